/**
 * A gibibyte over a wire that loses one frame of a hundred in each direction: it arrives, byte for
 * byte.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Image, pattern } from "../image.ts";
import { command, Wire } from "../namespace.ts";
import { e2e } from "../requires.ts";
import { runTool, startTarget } from "./transfer_rig.ts";

const MIB = 2 ** 20;
const PART = 64 * MIB;
const PARTS = 16;

/** Loses one frame in a hundred of those that reach eth0. */
async function lose(namespace: string): Promise<void> {
  for (
    const rule of [
      "add table netdev loss",
      "add chain netdev loss in { type filter hook ingress device eth0 priority 0; }",
      "add rule netdev loss in numgen random mod 100 == 0 counter drop",
    ]
  ) await command("ip", "netns", "exec", namespace, "nft", rule);
}

/** How many frames it lost. */
async function lostFrames(namespace: string): Promise<number> {
  const text = await command("ip", "netns", "exec", namespace, "nft", "list", "ruleset");
  return Number(/counter packets (\d+)/.exec(text)?.[1]);
}

e2e("a gibibyte arrives though frames are lost in both directions", ["nft", "cmp"], async () => {
  await using wire = await Wire.open(9000);
  using image = new Image(PARTS * PART, "/dev/shm");
  using work = new Image(0, "/dev/shm");
  {
    using file = Deno.openSync(work.path, { write: true });
    for (let part = 0; part < PARTS; part++) {
      const bytes = pattern(PART, part + 1);
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
    }
  }
  await using _target = await startTarget(wire, "dblade", image.path);
  for (const host of [wire.initiator, wire.target]) await lose(host);
  const copied = await runTool(wire, ["copy", work.path, "e0.0"]);
  assertEquals(copied.code, 0, copied.stderr);
  await command("cmp", work.path, image.path);
  const same = await runTool(wire, ["verify", "e0.0", work.path, "--length", "256M"]);
  assertEquals(same.code, 0, same.stderr);
  for (const host of [wire.initiator, wire.target]) assert(await lostFrames(host) > 1000);
});
