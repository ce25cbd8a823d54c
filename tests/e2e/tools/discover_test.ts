/**
 * `dblade discover` where frames are lost.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { inNamespace } from "../namespace.ts";
import { Initiator } from "../../../lib/client/initiator.ts";
import { e2e } from "../requires.ts";
import { TargetProcess } from "../target_process.ts";
import { Image } from "../image.ts";
import { BridgedWire } from "./bridged_wire.ts";

e2e("who answers is found though frames are lost, with three questions in 300 ms", [
  "nft",
], async () => {
  await using wire = await BridgedWire.open(1500);
  using image = new Image(2 ** 20);
  await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  // The first two of each three frames that come from the client.
  await wire.drop("client", "ether type 0x88a2 numgen inc mod 3 < 2");
  using initiator = inNamespace(wire.client, () => Initiator.open("eth0"));
  for (let turn = 0; turn < 3; turn++) {
    const found = await initiator.discover();
    assertEquals(found.map(({ shelf, slot }) => [shelf, slot]), [[0, 0]]);
  }
});
