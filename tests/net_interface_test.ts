/**
 * What the kernel says about interfaces, held against what it says in /sys.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { InterfaceQuery } from "../ffi/net_interface.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";

function sysfs(name: string, attribute: string): string {
  return Deno.readTextFileSync(`/sys/class/net/${name}/${attribute}`).trim();
}

Deno.test("InterfaceQuery.ask() knows the loopback interface", () => {
  using query = InterfaceQuery.open();
  const state = query.ask("lo");
  assert(state !== undefined);
  assertEquals(state.kind, "loopback");
  assertEquals(state.mac, 0);
  assert(state.index > 0);
  assert(state.mtu > 0);
});

/** ARPHRD_ETHER, as /sys has it. */
const ETHERNET = "1";
const names = ["lo"];
for (const { name } of Deno.readDirSync("/sys/class/net")) {
  // veth pairs come and go with other tests
  if (sysfs(name, "type") === ETHERNET && !name.startsWith("veth")) names.push(name);
}

for (const name of names) {
  Deno.test(`InterfaceQuery.ask() says of ${name} what /sys says`, () => {
    using query = InterfaceQuery.open();
    const state = query.ask(name);
    assert(state !== undefined);
    assertEquals(state.index, Number(sysfs(name, "ifindex")));
    assertEquals(state.mtu, Number(sysfs(name, "mtu")));
    assertEquals(state.mac, Number(`0x${sysfs(name, "address").replaceAll(":", "")}`));
    assertEquals(state.kind, name === "lo" ? "loopback" : "ethernet");
    const isUp = (Number(sysfs(name, "flags")) & 1) === 1;
    // An interface that is down has no carrier to read.
    assertEquals(state.up, isUp && sysfs(name, "carrier") === "1");
  });
}

for (
  const [what, name] of [
    ["an unknown name", "nonexistent0"],
    ["no name", ""],
    ["the longest name", "x".repeat(15)],
    ["a name that is too long by one", "x".repeat(16)],
    ["a name that is far too long", "lo".repeat(500)],
    ["a known name that is cut off", "l"],
    ["a known name and more", "lo0"],
    ["a name too long in bytes", "é".repeat(8)],
  ] as const
) {
  Deno.test(`InterfaceQuery.ask() gives undefined for ${what}`, () => {
    using query = InterfaceQuery.open();
    assertEquals(query.ask(name), undefined);
  });
}

Deno.test("InterfaceQuery.ask() answers again and again, each question on its own", () => {
  using query = InterfaceQuery.open();
  const first = query.ask("lo");
  assert(first !== undefined);
  assertEquals(query.ask("nonexistent0"), undefined);
  assertEquals(query.ask("lo"), first);
});

e2e(
  "InterfaceQuery.askAll() says of each interface what ask() says, and of no other",
  [],
  async () => {
    await using wire = await Wire.open();
    await wire.plug(1400, "lan7");
    inNamespace(wire.target, () => {
      using query = InterfaceQuery.open();
      const states = query.askAll();
      assertEquals([...states.keys()].toSorted(), ["eth0", "lan7", "lo"]);
      for (const [name, state] of states) assertEquals(state, query.ask(name), name);
      assertEquals(states.get("lan7")?.mtu, 1400);
    });
  },
);
