/**
 * Command 3: who has the disk to himself, and what others still get.
 *
 * @module
 */
import * as f from "../frames.ts";
import { type Group, readSector, type Step, step, writeSector } from "./script.ts";

/** Another client than the one that sends what names no source. */
const other = { src: f.OTHER_MAC };

const show = (header: f.HeaderFields = {}) => f.reserveFrame({ ...header, rcmd: 0 });
const set = (macs: readonly number[], header: f.HeaderFields = {}) =>
  f.reserveFrame({ ...header, rcmd: 1, macs });
const force = (macs: readonly number[]) => f.reserveFrame({ rcmd: 2, macs });
const ata = (fields: Omit<f.AtaFields, "src">) => f.ataFrame({ ...other, ...fields });

/** While the disk is reserved for the client. */
const BY_ANOTHER: readonly Step[] = [
  step("READ by another", readSector(other)),
  step("WRITE by another", writeSector(20, 1, other)),
  step("READ behind the end by another", ata({ opcode: 0x20, lba: 4e6 })),
  step("WRITE without its data by another", ata({ opcode: 0x34, count: 2 })),
  step("FLUSH by another", ata({ opcode: 0xe7 })),
  step("unknown opcode by another", ata({ opcode: 0xff })),
  step("TRIM by another", ata({ opcode: 0x06, feature: 1 })),
  step("IDENTIFY by another", ata({ opcode: 0xec, count: 1 })),
  step("CHECK POWER by another", ata({ opcode: 0xe5 }), "reserved-questions"),
  step(
    "SMART by another",
    ata({ opcode: 0xb0, feature: 0xda, lba: 0xc24f00 }),
    "reserved-questions",
  ),
  step("config read by another", f.configFrame({ ...other, ccmd: 0 })),
  step("mask read by another", f.maskFrame({ ...other, mcmd: 0 })),
  step("shown to another", show(other)),
  step("set by another", set([f.OTHER_MAC], other)),
  step("released by another", set([], other)),
];

const HELD: readonly Step[] = [
  step("not reserved", show()),
  step("release what is not reserved", set([])),
  step("reserve for oneself", set([f.CLIENT_MAC])),
  step("shown to its holder", show()),
  step("READ by its holder", readSector()),
  step("WRITE by its holder", writeSector(21, 2)),
  ...BY_ANOTHER,
  step("reserve again", set([f.CLIENT_MAC])),
  step("reserve for two", set([f.CLIENT_MAC, f.OTHER_MAC])),
  step("for two: READ by the other", readSector(other)),
  step("for two: given away by the other", set([f.OTHER_MAC, f.THIRD_MAC], other)),
  step("given away: READ", readSector()),
  step("given away: set", set([f.CLIENT_MAC])),
  step("given away: taken over", force([f.CLIENT_MAC])),
  step("taken over: READ", readSector()),
  step("taken over: READ by another", readSector(other)),
];

const LISTS: readonly Step[] = [
  step("the same MAC three times", force([f.CLIENT_MAC, f.CLIENT_MAC, f.CLIENT_MAC])),
  step("bytes behind the MACs", f.withTail(force([f.CLIENT_MAC]), 100)),
  step("248 MACs", force(f.macList(248))),
  step("248 MACs: shown", show()),
  step("248 MACs: READ by nobody of them", readSector()),
  step("248 MACs: READ by the last", readSector({ src: f.macList(248).at(-1) ?? 0 })),
  step("released by force", force([])),
  ...[3, 4, 0x10, 0xff].map((rcmd) =>
    step(`sub-command ${rcmd}`, f.reserveFrame({ rcmd, macs: [f.CLIENT_MAC] }))
  ),
  ...[1, 2].flatMap((rcmd) =>
    [1, 2, 255].map((count) =>
      step(
        `sub-command ${rcmd} with ${count} MACs that are not there`,
        f.reserveFrame({ rcmd, count }),
      )
    )
  ),
  step("a MAC and a half", f.reserveFrame({ rcmd: 1, macs: [1, 2], count: 2 }).slice(0, 35)),
  step("read with MACs declared", f.reserveFrame({ rcmd: 0, count: 255 })),
  step("reserve for nobody that is there", set([1, 2])),
  step("still reserved", show()),
  step("sub-command 3 while reserved", f.reserveFrame({ rcmd: 3 })),
  step("half a MAC while reserved", f.reserveFrame({ rcmd: 2, count: 1 })),
  step("released at last", force([])),
  step("READ after all", readSector()),
];

const MOST: readonly Step[] = [
  step("255 MACs", force(f.macList(255))),
  step("255 MACs: shown", show()),
  step("255 MACs: READ by nobody of them", readSector()),
  step("255 MACs: READ by the last", readSector({ src: f.macList(255).at(-1) ?? 0 })),
];

/** All of them. */
export const RESERVE_GROUPS: readonly Group[] = [
  { name: "reservation", steps: [...HELD, ...LISTS] },
  { name: "a reservation for 255", mtu: 9000, steps: MOST },
];
