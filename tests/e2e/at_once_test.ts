/**
 * Two targets that start at once under one address do not both serve, and one of them does.
 *
 * They have 100 ms to hear of each other, so that no other test should run beside these.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Image } from "./image.ts";
import { Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";

const IMAGE_SIZE = 64 * 1024;
/** Where one of two is held up for too long, both give way: they are started again then. */
const TURNS = 5;

for (const names of ["eth0", "eth0,eth1"]) {
  e2e(`of two targets that start at once on ${names}, one serves`, [], async () => {
    await using wire = await Wire.open();
    await wire.plug(9000, "eth1");
    using image = new Image(IMAGE_SIZE);
    using other = new Image(IMAGE_SIZE);
    let servingCount = 0;
    for (let turn = 0; turn < TURNS && servingCount === 0; turn++) {
      await using stack = new AsyncDisposableStack();
      const starts = await Promise.allSettled([
        TargetProcess.start(wire.target, "0", "0", names, image.path),
        TargetProcess.start(wire.initiator, "0", "0", names, other.path),
      ]);
      for (const start of starts) {
        if (start.status === "fulfilled") stack.use(start.value);
        else {
          const complaint = /ended with 1: dblade: .* answers for that address already/;
          assertMatch(String(start.reason), complaint);
        }
      }
      servingCount = starts.filter(({ status }) => status === "fulfilled").length;
      assert(servingCount < 2, "both serve");
    }
    assertEquals(servingCount, 1);
  });
}
