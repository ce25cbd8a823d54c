/**
 * What is said about a path, and what to do about it.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { findingsOf } from "../lib/sancheck/findings.ts";
import type { PathCheck } from "../lib/sancheck/path_check.ts";
import { type DirectionResult, frameSize } from "../lib/sancheck/prober.ts";

const SIZES = Array.from({ length: 17 }, (_, index) => frameSize(index + 1));

/** A direction whose largest frame is of `limit` bytes; `isExact`: found byte by byte. */
function limited(limit: number, isExact: boolean): DirectionResult {
  const passed = SIZES.filter((size) => size <= limit);
  const lost = SIZES.filter((size) => size > limit);
  const coarse = { passes: passed.at(-1) ?? 0, loses: lost[0] ?? Infinity };
  const exact = isExact && lost.length > 0 ? { passes: limit, loses: limit + 1 } : {};
  return { passed, lost, trouble: undefined, ...coarse, ...exact };
}

const ALL = limited(9014, true);
const GOOD: PathCheck = {
  ownMtu: 9000,
  ownSectors: 17,
  sectors: 17,
  toTarget: ALL,
  toClient: ALL,
  smallSent: 0,
  smallLost: 0,
};
const TROUBLED = (trouble: DirectionResult["trouble"]): DirectionResult => ({
  passed: [],
  lost: [],
  trouble,
  passes: 0,
  loses: Infinity,
});

function say(change: Partial<PathCheck>, targetSectors = 17): readonly string[] {
  const name = { disk: "e0.0", interface: "eth0", targetSectors };
  return findingsOf(name, { ...GOOD, ...change }).map(({ kind, text }) => `${kind}: ${text}`);
}

const cases: readonly (readonly [
  name: string,
  change: Partial<PathCheck>,
  targetSectors: number,
  ...parts: (readonly string[])[],
])[] = [
  ["nothing of a good path", {}, 17],
  [
    "once what is lost both ways",
    { toTarget: limited(1514, true), toClient: limited(1514, false) },
    17,
    [
      "fault: eth0 here has MTU 9000 and e0.0 takes 17 sectors (8740 bytes) a frame",
      "frames larger than 1514 bytes do not get through to e0.0, nor back",
      "smaller MTU (1500)",
      "hang",
      "Set the MTU of everything on the way to 9000 or more, or that of eth0 to 1500",
    ],
  ],
  [
    "1500 of a switch that leaves room for a VLAN tag",
    { toTarget: limited(1518, true), toClient: limited(1518, false) },
    17,
    ["larger than 1518 bytes", "smaller MTU (1500)", "eth0 to 1500"],
  ],
  [
    "the exact MTU where it is an odd one",
    { toTarget: limited(1464, true), toClient: limited(1464, false) },
    17,
    ["larger than 1464 bytes", "smaller MTU (1450)", "eth0 to 1450"],
  ],
  [
    "which way is lost, to the target",
    { toTarget: limited(1514, true) },
    17,
    ["do not get through to e0.0: "],
  ],
  [
    "which way is lost, from it, and guesses",
    { toClient: limited(1514, false) },
    17,
    [
      "frames of 1572 bytes and more do not get through from e0.0, those of 1060 do",
      "probably 1500",
      "eth0 to 1500",
    ],
  ],
  [
    "both ways where they differ",
    { toTarget: limited(4014, true), toClient: limited(1514, false) },
    17,
    ["larger than 4014 bytes do not get through to e0.0", "(4000)"],
    ["do not get through from e0.0"],
  ],
  [
    "no lower MTU where not one sector passes",
    { toTarget: limited(300, true) },
    17,
    ["larger than 300 bytes", "to 9000 or more"],
  ],
  [
    "that no MTU loses single sizes",
    { toTarget: { ...ALL, lost: [2084], passes: 1572, loses: 2084 } },
    17,
    ["fault: frames of 2084 bytes do not get through to e0.0, while larger ones do", "cable"],
  ],
  [
    "that the disk is reserved",
    { toClient: TROUBLED("refused") },
    17,
    ["note: the disk is reserved for others", "only frames to it were tried"],
  ],
  ["that reads fail", { toClient: TROUBLED("failed") }, 17, ["note: the disk answers reads"]],
  [
    "once that the target went away",
    {
      toTarget: TROUBLED("silent"),
      toClient: TROUBLED("silent"),
      smallSent: 100,
      smallLost: 40,
    },
    17,
    ["fault: the target does not answer any more"],
  ],
  ["that too much is lost", { toTarget: TROUBLED("uncertain") }, 17, ["fault: too many frames"]],
  [
    "that reads stopped, of which small ones tell nothing",
    { toClient: TROUBLED("silent"), smallSent: 100, smallLost: 40 },
    17,
    ["fault: the target stopped"],
  ],
  [
    "that the target has the smaller MTU",
    { sectors: 2 },
    2,
    ["note: the target's interface has the smaller MTU: e0.0 takes 2 sectors", "could take 17"],
  ],
  [
    "that this host has the smaller MTU",
    { ownMtu: 1500, ownSectors: 2, sectors: 2 },
    17,
    ["note: this host has the smaller MTU: eth0 has room for 2 sectors", "takes 17", "8740"],
  ],
  [
    "what everything on the way needs where the target is between",
    { sectors: 7, toTarget: limited(1514, true), toClient: limited(1514, false) },
    7,
    ["everything on the way to 3620 or more"],
    ["note: the target's interface"],
  ],
  [
    "that small frames are lost by chance",
    { smallSent: 100, smallLost: 9 },
    17,
    ["note: 9 of 100 small frames had no answer"],
  ],
  [
    "only that an MTU is too small for a sector",
    { ownMtu: 547, ownSectors: 0, sectors: 0 },
    17,
    ["fault: eth0 here has MTU 547, too small for a sector: set it to 8740 or more"],
  ],
  ["nothing of a single small frame", { smallSent: 19, smallLost: 1 }, 17],
];

for (const [name, change, targetSectors, ...expected] of cases) {
  Deno.test(`findingsOf() tells ${name}`, () => {
    const said = say(change, targetSectors);
    assertEquals(said.length, expected.length, said.join("\n"));
    expected.forEach((parts, index) => {
      for (const part of parts) assertStringIncludes(said[index] ?? "", part);
    });
  });
}

Deno.test("findingsOf() proposes the least MTU that has room for the target's sectors", () => {
  const [said = ""] = say({ ownMtu: 1500, ownSectors: 2, sectors: 2 });
  const mtu = Number(/set it to (\d+) or more/.exec(said)?.[1]);
  // As clients and targets reckon, the Ethernet header included.
  assertEquals([mtu, mtu - 1].map((each) => Math.floor((each - 36) / 512)), [17, 16]);
});

Deno.test("findingsOf() proposes no MTU that has no room for a sector", () => {
  assertEquals(say({ toTarget: limited(300, true) })[0]?.includes("that of eth0"), false);
});
