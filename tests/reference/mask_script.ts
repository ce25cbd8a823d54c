/**
 * Command 2: the list of those who are served at all. Where vblade's list breaks, a group ends.
 *
 * @module
 */
import { formatMac } from "../../lib/wire/mac.ts";
import * as f from "../frames.ts";
import { type Group, KEEPER_MAC, readSector, type Step, step } from "./script.ts";

const NOP = 0;
const ADD = 1;
const DELETE = 2;
const src = KEEPER_MAC;

type Directives = NonNullable<f.MaskFields["directives"]>;

/** An edit by the one that is always on the list. */
function edit(...directives: Directives): Uint8Array<ArrayBuffer> {
  return f.maskFrame({ src, mcmd: 1, directives });
}

/** An edit by somebody else. */
function editByClient(...directives: Directives): Uint8Array<ArrayBuffer> {
  return f.maskFrame({ mcmd: 1, directives });
}

function withReserved(frame: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  frame[24] = 0x77;
  return frame;
}

const OPEN: readonly Step[] = [
  step("no mask", f.maskFrame({ mcmd: 0 })),
  step("read with directives", f.maskFrame({ mcmd: 0, directives: [[ADD, f.CLIENT_MAC]] })),
  step("read with directives declared", f.maskFrame({ mcmd: 0, count: 255 })),
  step("edit of nothing", editByClient()),
  step("edit of NOPs", editByClient([NOP, 1], [NOP, 2])),
  step("delete where there is nothing", editByClient([DELETE, 1])),
  step("a bad directive first", editByClient([3, 1])),
  step("a bad directive, and good ones", editByClient([255, 1], [ADD, 2])),
  step("bytes behind the directives", f.withTail(editByClient([NOP, 1]), 100)),
  ...[2, 3, 0x11, 0xff].map((mcmd) =>
    step(`sub-command ${mcmd}`, f.maskFrame({ mcmd, directives: [[ADD, f.CLIENT_MAC]] }))
  ),
  step("a bad directive after a NOP", edit([NOP, 5], [9, 6]), "mask-stopped"),
];

const MASKED: readonly Step[] = [
  step("add oneself", edit([ADD, src])),
  step("mask of one", f.maskFrame({ src, mcmd: 0 })),
  step("READ by another", readSector()),
  step("config read by another", f.configFrame({ ccmd: 0 })),
  step("config read by another, to all", f.configFrame({ ccmd: 0, dst: f.BROADCAST_MAC })),
  step("config force by another", f.configFrame({ ccmd: 4, string: "mine" })),
  step("mask read by another", f.maskFrame({ mcmd: 0 })),
  step("edit by another", editByClient([ADD, f.CLIENT_MAC])),
  step("reserve read by another", f.reserveFrame({ rcmd: 0 })),
  step("reserve force by another", f.reserveFrame({ rcmd: 2, macs: [f.CLIENT_MAC] })),
  step("unknown command by another", f.anyFrame(9)),
  step("READ by the listed", readSector({ src })),
  step("add oneself again", edit([ADD, src])),
  step("delete one that is not listed", edit([DELETE, f.THIRD_MAC])),
  step("add another", edit([ADD, f.CLIENT_MAC])),
  step("mask of two", f.maskFrame({ mcmd: 0 })),
  step("READ by the other listed", readSector()),
  step("READ by a third", readSector({ src: f.THIRD_MAC })),
  step("an add and a bad directive", edit([ADD, src], [7, 8]), "mask-stopped"),
  step("a reserved byte set", withReserved(edit([NOP, 1])), "reserved-bytes"),
];

const FOUR = [src, f.CLIENT_MAC, f.OTHER_MAC, f.THIRD_MAC];
const FOUR_TEXT = FOUR.map(formatMac).join();

const GIVEN: readonly Step[] = [
  step("the buffer count of the command line", f.configFrame({ src, ccmd: 0 })),
  step("mask of the command line", f.maskFrame({ mcmd: 0 })),
  ...FOUR.map((mac) => step(`READ by ${formatMac(mac)}, who is given`, readSector({ src: mac }))),
  step("READ by one who is not given", readSector({ src: 0x02_00_00_00_00_99 })),
  step("READ by one who is almost given", readSector({ src: f.CLIENT_MAC + 4 * 2 ** 40 })),
  step("reserve among those given", f.reserveFrame({ rcmd: 1, macs: [f.CLIENT_MAC] })),
  step("READ by one who is given and shut out", readSector({ src: f.OTHER_MAC })),
];

/** One of both entries breaks in what follows: not that of the one who asks. */
const OTHER_FIRST = step("add two", edit([ADD, f.CLIENT_MAC], [ADD, src]));
const OTHER_SECOND = step("add two", edit([ADD, src], [ADD, f.CLIENT_MAC]));

const CUT: readonly Step[] = [
  step("one declared, none there", f.maskFrame({ src, mcmd: 1, count: 1 }), "mask-cut"),
  step(
    "two declared, one there",
    f.maskFrame({ src, mcmd: 1, count: 2, directives: [[NOP, 1]] }),
    "mask-cut",
  ),
  step("255 declared, none there", f.maskFrame({ src, mcmd: 1, count: 255 }), "mask-cut"),
];

const FORTY = f.macList(40).map((mac) => [ADD, mac] as const);

/** All of them. */
export const MASK_GROUPS: readonly Group[] = [
  { name: "mask list", steps: [...OPEN, ...MASKED] },
  { name: "mask list of the command line", options: ["-b", "5", "-m", FOUR_TEXT], steps: GIVEN },
  { name: "mask list: directives that are not there", steps: CUT },
  {
    name: "mask list: a third entry",
    steps: [OTHER_SECOND, step("add the third", edit([ADD, f.OTHER_MAC]), "mask-add")],
  },
  {
    name: "mask list: delete the second entry",
    steps: [OTHER_SECOND, step("delete it", edit([DELETE, f.CLIENT_MAC]), "mask-delete")],
  },
  {
    name: "mask list: delete the first entry",
    steps: [OTHER_FIRST, step("delete it", edit([DELETE, f.CLIENT_MAC]), "mask-delete-ends")],
  },
  {
    name: "mask list: more entries than vblade has",
    steps: [OTHER_SECOND, step("add 40", edit(...FORTY), "mask-full")],
  },
];
