/**
 * Exports with options: read-only, durable, a part of the image.
 *
 * @module
 */
import * as f from "../frames.ts";
import { type Group, readSector, type Step, step, writeSector } from "./script.ts";

const ata = f.ataFrame;
const IDENTIFY = ata({ opcode: 0xec, count: 1 });
const FLUSH = ata({ opcode: 0xe7 });
const CACHE_ON = ata({ opcode: 0xef, feature: 0x02 });
const CACHE_OFF = ata({ opcode: 0xef, feature: 0x82 });

const READ_ONLY: readonly Step[] = [
  step("READ", readSector()),
  step("WRITE EXT", writeSector(10, 1)),
  step("WRITE", ata({ opcode: 0x30, aflags: 1, lba: 11, count: 1, data: f.sectorsOf(1) })),
  step("WRITE of too little data", ata({ opcode: 0x30, lba: 11, count: 2, data: f.sectorsOf(1) })),
  step("WRITE of nothing", ata({ opcode: 0x34, aflags: 1 }), "read-only-first"),
  step("WRITE behind the end", writeSector(5000, 2), "read-only-first"),
  step("WRITE DMA", ata({ opcode: 0xca, aflags: 1, count: 1, data: f.sectorsOf(1) })),
  step("TRIM", ata({ opcode: 0x06, feature: 1, aflags: 1, count: 1, data: f.sectorsOf(1) })),
  step("FLUSH", FLUSH, "flush"),
  step("IDENTIFY", IDENTIFY),
  step("config set", f.configFrame({ ccmd: 3, string: "read-only" })),
];

/** Of 64 sectors. */
const PART: readonly Step[] = [
  step("IDENTIFY", IDENTIFY),
  ...[0, 1, 62, 63, 64, 65, 2000].flatMap((lba) => [
    step(`READ at ${lba}`, ata({ opcode: 0x24, lba, count: 1 })),
    step(`WRITE at ${lba}`, writeSector(lba, 10 + lba)),
    step(`READ 2 at ${lba}`, ata({ opcode: 0x24, lba, count: 2 })),
  ]),
  step("SET FEATURES: the cache that is off, on", CACHE_ON),
  step("SET FEATURES: the cache that is off, off", CACHE_OFF, "ata-commands"),
  step("FLUSH", FLUSH, "flush"),
];

/** All of them. */
export const OPTION_GROUPS: readonly Group[] = [
  { name: "a read-only disk", options: ["-r"], advertises: true, steps: READ_ONLY },
  { name: "a part of the image, durable", options: ["-s", "-o", "8", "-l", "64"], steps: PART },
];
