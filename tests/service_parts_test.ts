/**
 * How a service decides: which worker serves an export, what a changed file takes, and which
 * interfaces an export is on.
 *
 * @module
 */
import "./library.ts";
import { assertEquals } from "@std/assert";
import type { ExportConfig } from "../lib/config.ts";
import { byAddress, changesBetween } from "../lib/server/changes.ts";
import { candidates, isWanted } from "../lib/server/interfaces.ts";
import { Placement } from "../lib/server/placement.ts";
import { DEFAULTS } from "./local_crew.ts";

Deno.test("a new export goes to the worker that has the fewest, and stays there", () => {
  const placement = new Placement(3);
  const names = ["a", "b", "c", "d"];
  assertEquals(names.map((name) => placement.place(name)), [0, 1, 2, 0]);
  placement.remove("b");
  placement.remove("b");
  placement.remove("unknown");
  assertEquals([placement.of("a"), placement.of("b"), placement.of("d")], [0, undefined, 0]);
  assertEquals([placement.place("e"), placement.place("f"), placement.place("g")], [1, 1, 2]);
});

const CONFIG: ExportConfig = { ...DEFAULTS, path: "/disk", interfaces: ["eth0"] };

/** What a change of one export's keys takes. */
function kindOf(changes: Partial<ExportConfig>, before = CONFIG): string {
  const next = byAddress([{ ...before, ...changes }]);
  const { added, removed, replaced, adopted, unchanged } = changesBetween(
    byAddress([before]),
    next,
  );
  assertEquals([added.length, removed.length], [0, 0]);
  return [...replaced.map(() => "replaced"), ...adopted.map(() => "adopted")].join() ||
    `${unchanged} unchanged`;
}

Deno.test("a change that takes no new file is made in place, and every other one anew", () => {
  assertEquals(kindOf({}), "1 unchanged");
  assertEquals(kindOf({ deny: [], interfaces: ["eth0"] }), "1 unchanged");
  const inPlace: readonly Partial<ExportConfig>[] = [
    { interfaces: [] },
    { accept: [1] },
    { deny: [1] },
    { broadcast: true },
    { buffers: 64 },
    { force: true },
  ];
  for (const changes of inPlace) assertEquals(kindOf(changes), "adopted", JSON.stringify(changes));
  const anew: readonly Partial<ExportConfig>[] = [
    { path: "/other" },
    { offsetSectors: 8 },
    { lengthSectors: 8 },
    { readOnly: true },
    { direct: true },
    { sync: true },
    { masks: [] },
    { masks: [1] },
    { serial: "s" },
    { model: "m" },
    { shared: true },
    { readOnly: true, buffers: 64 },
  ];
  for (const changes of anew) assertEquals(kindOf(changes), "replaced", JSON.stringify(changes));
  // Every key is among them, but for those that make the address.
  const keys = new Set([...inPlace, ...anew].flatMap((changes) => Object.keys(changes)));
  assertEquals([...keys, "shelf", "slot"].sort(), Object.keys(CONFIG).sort());
});

Deno.test("a key that is taken back is a change, too", () => {
  assertEquals(kindOf({ accept: undefined }, { ...CONFIG, accept: [1] }), "adopted");
  assertEquals(kindOf({ masks: undefined }, { ...CONFIG, masks: [1] }), "replaced");
  assertEquals(kindOf({ serial: undefined }, { ...CONFIG, serial: "s" }), "replaced");
});

Deno.test("exports come, go and stay by their addresses", () => {
  const at = (slot: number, changes = {}): ExportConfig => ({ ...CONFIG, slot, ...changes });
  const changes = changesBetween(
    byAddress([at(0), at(1), at(2), at(3)]),
    byAddress([at(4), at(3, { path: "/x" }), at(2, { buffers: 2 }), at(1)]),
  );
  assertEquals(changes, {
    added: [at(4)],
    removed: ["e0.0"],
    replaced: [at(3, { path: "/x" })],
    adopted: [at(2, { buffers: 2 })],
    unchanged: 1,
  });
});

Deno.test("an export is on interfaces by their names, by patterns, or on all that are up", () => {
  const state = (kind: "ethernet" | "loopback" | "other", up = true) =>
    ({ index: 1, kind, up, mtu: 1500, mac: 1 }) as const;
  const wanted = (patterns: readonly string[], kind: Parameters<typeof state>[0], up?: boolean) =>
    isWanted(patterns, "eth0", state(kind, up));
  assertEquals([wanted([], "ethernet"), wanted([], "ethernet", false)], [true, false]);
  assertEquals([wanted([], "loopback"), wanted([], "other")], [false, false]);
  assertEquals([wanted(["eth0"], "ethernet", false), wanted(["eth1"], "ethernet")], [true, false]);
  assertEquals([wanted(["eth?"], "ethernet", false), wanted(["eth?"], "loopback")], [true, false]);
  assertEquals([wanted(["eth0"], "loopback"), wanted(["eth0"], "other")], [true, false]);
  assertEquals(wanted(["en*", "et*"], "ethernet"), true);
});

Deno.test("interfaces that are named are looked for before they are there", () => {
  const names = candidates([["later0", "lat*"], [], ["la?er1", "eth[01]"]]);
  assertEquals([names.has("lo"), names.has("later0")], [true, true]);
  assertEquals([...names].filter((name) => /[*?[]/.test(name)), []);
});
