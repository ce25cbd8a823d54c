/**
 * The search for another target says "alone" only where it could have heard one.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { findOtherTarget, type ProbeOutcome } from "../lib/server/probe.ts";
import { sleep } from "../ffi/packet_socket.ts";
import { InterfaceQuery } from "../ffi/net_interface.ts";
import { Image } from "./e2e/image.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import { TargetProcess } from "./e2e/target_process.ts";

function ask(wire: Wire, serve: () => void = () => sleep(2)): ProbeOutcome {
  return inNamespace(wire.initiator, () => {
    using query = InterfaceQuery.open();
    const { mac = 0, mtu = 0 } = query.ask("eth0") ?? {};
    const port = { name: "eth0", mac, mtu, loopback: false };
    const ownMacs: number[] = [];
    return findOtherTarget({ port, ownMacs, shelf: 0, slot: 0, tag: 77, serve });
  });
}

e2e(
  "findOtherTarget() names the target that answers, and only one of that address",
  [],
  async () => {
    await using wire = await Wire.open();
    using image = new Image(65536);
    assertEquals(ask(wire), "alone");
    await using _other = await TargetProcess.start(wire.target, "0", "1", "eth0", image.path);
    assertEquals(ask(wire), "alone");
    using same = new Image(65536);
    await using _same = await TargetProcess.start(wire.target, "0", "0", "eth0", same.path);
    assertEquals(typeof ask(wire), "number");
  },
);

e2e(
  "findOtherTarget() was not asking where the link is or goes down, or is missing",
  [],
  async () => {
    await using wire = await Wire.open();
    let turns = 0;
    const goDown = (): void => {
      sleep(2);
      if (turns++ > 0) return;
      const args = ["-n", wire.initiator, "link", "set", "eth0", "down"];
      new Deno.Command("ip", { args }).outputSync();
    };
    assertEquals(ask(wire, goDown), "not asked");
    assertEquals(ask(wire), "not asked");
    await wire.ip(wire.initiator, "link del eth0");
    assertEquals(ask(wire), "not asked");
  },
);
