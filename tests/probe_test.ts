/**
 * The search for another target says that there is none only where it could have heard one.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { findOtherTargets } from "../lib/server/probe.ts";
import { sleep } from "../ffi/packet_socket.ts";
import { InterfaceQuery } from "../ffi/net_interface.ts";
import { Image } from "./e2e/image.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import { TargetProcess } from "./e2e/target_process.ts";

/** How many answered, or that nobody could be asked. */
function ask(wire: Wire, serve: () => void = () => sleep(2)): number | "not asked" {
  return inNamespace(wire.initiator, () => {
    using query = InterfaceQuery.open();
    const { mac = 0, mtu = 0 } = query.ask("eth0") ?? {};
    const port = { name: "eth0", mac, mtu, loopback: false };
    const ownMacs: number[] = [];
    const questions = [{ shelf: 0, slot: 0, tag: 77 }, { shelf: 0, slot: 9, tag: 78 }];
    const found = findOtherTargets({ port, ownMacs, questions, serve });
    if (found === "not asked") return found;
    assert(!found.has(questions[1]!)); // there are two
    return found.size;
  });
}

e2e(
  "findOtherTargets() names the target that answers, and only one of that address",
  [],
  async () => {
    await using wire = await Wire.open();
    using image = new Image(65536);
    assertEquals(ask(wire), 0);
    await using _other = await TargetProcess.start(wire.target, "0", "1", "eth0", image.path);
    assertEquals(ask(wire), 0);
    using same = new Image(65536);
    await using _same = await TargetProcess.start(wire.target, "0", "0", "eth0", same.path);
    assertEquals(ask(wire), 1);
  },
);

e2e(
  "findOtherTargets() was not asking where the link is or goes down, or is missing",
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
