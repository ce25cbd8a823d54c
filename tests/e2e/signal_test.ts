/**
 * The target ends at once when it is told to, and what it acknowledged is on the file.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Initiator } from "../../lib/client/initiator.ts";
import { SECTOR_SIZE } from "../../lib/wire/ata.ts";
import { Image, pattern } from "./image.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";

/** What is at once even on a slow machine. */
const AT_ONCE_MS = 5000;
const WRITES_BEFORE = 200;

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  e2e(`${signal} ends an idle target with 0`, [], async () => {
    await using wire = await Wire.open();
    using image = new Image(2 ** 20);
    await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startMs = performance.now();
    target.kill(signal);
    assertEquals((await target.ended()).code, 0);
    assert(performance.now() - startMs < AT_ONCE_MS);
  });

  e2e(`${signal} in the middle of writes loses none that was acknowledged`, [], async () => {
    await using wire = await Wire.open();
    using image = new Image(8 * 2 ** 20);
    await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
    using initiator = inNamespace(
      wire.initiator,
      () => Initiator.open("eth0", { patienceMs: 3000 }),
    );
    const device = await initiator.find(0, 0);
    const acknowledged: number[] = [];
    const data = (index: number) => pattern(2 * SECTOR_SIZE, index + 1);
    const writer = async (): Promise<void> => {
      for (let index = 0; index < 8000; index++) {
        await initiator.write(device, 2 * index, data(index));
        acknowledged.push(index);
        if (acknowledged.length === WRITES_BEFORE) target.kill(signal);
      }
    };
    const broken = writer().then(() => false, () => true);
    assertEquals((await target.ended()).code, 0);
    assert(await broken);
    const bytes = image.read();
    assert(acknowledged.length >= WRITES_BEFORE);
    for (const index of acknowledged) {
      const start = 2 * index * SECTOR_SIZE;
      assertEquals(bytes.slice(start, start + 2 * SECTOR_SIZE), data(index));
    }
  });
}
