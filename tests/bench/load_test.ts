/**
 * A load generator that finds nothing wrong may be a blind one.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Image } from "../e2e/image.ts";
import { Wire } from "../e2e/namespace.ts";
import { e2e } from "../e2e/requires.ts";
import { TargetProcess } from "../e2e/target_process.ts";
import { LoadGenerator } from "./load.ts";
import { parseLoad } from "./suites.ts";

const SECTORS = 1000;

e2e("the load generator finds what is not as it was written", ["taskset", "gcc"], async () => {
  await using wire = await Wire.open();
  using image = new Image(SECTORS * 512);
  using generator = await LoadGenerator.build();
  await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  const scope = { namespace: wire.initiator, sectors: 2, seconds: 0, span: SECTORS, seed: 7 };
  const wrongIn = async (seed: number): Promise<number> => {
    const figures = await generator.run(parseLoad("rv-seq-16"), { ...scope, seed });
    assertEquals([figures.done, figures.bad, figures.unanswered], [SECTORS / 2, 0, 0]);
    return figures.wrongSectors;
  };
  assertEquals(await wrongIn(7), SECTORS);
  assertEquals((await generator.run(parseLoad("wv-rand-1"), scope)).done, SECTORS / 2);
  await generator.run(parseLoad("wv-seq-16"), scope);
  assertEquals(await wrongIn(7), 0);
  assertEquals(await wrongIn(8), SECTORS);
  // One bit of the last byte of a sector, and the first of another.
  const bytes = image.read();
  for (const at of [400 * 512 + 511, 999 * 512]) bytes[at] = (bytes[at] ?? 0) ^ 1;
  Deno.writeFileSync(image.path, bytes);
  assertEquals(await wrongIn(7), 2);
});

e2e("the load generator tells of requests that are refused", ["taskset", "gcc"], async () => {
  await using wire = await Wire.open();
  using image = new Image(SECTORS * 512);
  using generator = await LoadGenerator.build();
  const words = ["--read-only", "0", "0", "eth0", image.path];
  await using _target = await TargetProcess.start(wire.target, ...words);
  const scope = { namespace: wire.initiator, sectors: 2, seconds: 0, span: SECTORS, seed: 7 };
  const { done, bad } = await generator.run(parseLoad("w-seq-16"), scope);
  assertEquals([done, bad], [SECTORS / 2, SECTORS / 2]);
});
