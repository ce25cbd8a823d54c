/**
 * Command 0: every command code, and those that ask of the disk something else than its sectors.
 *
 * @module
 */
import * as f from "../frames.ts";
import type { ExceptionName } from "./exceptions.ts";
import { type Group, readSector, scarring, type Step, step } from "./script.ts";

const WRITE_FLAG = 0x01;
const SMART_SIGNATURE = 0xc24f00;
const IDENTIFY = 0xec;
const FLUSH = 0xe7;
/** What dblade serves without further registers and vblade does not know. */
const SERVED_BY_US = [0x25, 0x35, 0x40, 0x42, 0xc8, 0xca, 0xe0, 0xe1, 0xe2, 0xe3, 0xe6, 0xea];

const ata = f.ataFrame;

function shownBy(opcode: number): readonly ExceptionName[] {
  if (opcode === IDENTIFY) return ["identify-count"];
  if (opcode === FLUSH) return ["flush"];
  return SERVED_BY_US.includes(opcode) ? ["ata-commands"] : [];
}

const EVERY_CODE: readonly Step[] = Array.from(
  { length: 256 },
  (_, opcode) => step(`opcode ${opcode.toString(16)}`, ata({ opcode, lba: 4 }), ...shownBy(opcode)),
);

const identify = (fields: Partial<f.AtaFields> = {}) =>
  ata({ opcode: IDENTIFY, count: 1, ...fields });

const IDENTIFIES: readonly Step[] = [
  step("IDENTIFY", identify()),
  step("IDENTIFY with an LBA", identify({ lba: 2 ** 47 })),
  step("IDENTIFY with the flag E", identify({ aflags: 0x40 })),
  step("IDENTIFY with a feature", identify({ feature: 3 })),
  ...[1, 512, 1478].map((size) =>
    step(
      `IDENTIFY with ${size} bytes of payload`,
      identify({ data: new Uint8Array(size).fill(0xcd) }),
    )
  ),
  step("IDENTIFY with the flag W", identify({ aflags: WRITE_FLAG }), "read-flag"),
  ...[2, 255].map((count) =>
    step(`IDENTIFY of ${count}`, ata({ opcode: IDENTIFY, count }), "identify-count")
  ),
];

const FLUSHES: readonly Step[] = [
  step("FLUSH with the flag W", ata({ opcode: FLUSH, aflags: WRITE_FLAG }), "flush"),
  step("FLUSH with a count", ata({ opcode: FLUSH, count: 1 }), "flush"),
  step("FLUSH with an LBA", ata({ opcode: FLUSH, lba: 2 ** 40 }), "flush"),
  step("FLUSH EXT with a count", ata({ opcode: 0xea, count: 1, aflags: 0x40 }), "ata-commands"),
];

const POWER: readonly Step[] = [
  step("CHECK POWER", ata({ opcode: 0xe5 })),
  step("CHECK POWER with an LBA", ata({ opcode: 0xe5, lba: 77 })),
  step("CHECK POWER with a count and W", ata({ opcode: 0xe5, count: 9, aflags: WRITE_FLAG })),
  ...[1, 2, 254].map((count) =>
    step(`CHECK POWER with count ${count}`, ata({ opcode: 0xe5, count }), "check-power-count")
  ),
  step("CHECK POWER with count 255", ata({ opcode: 0xe5, count: 255 })),
  ...[0xe0, 0xe1, 0xe2, 0xe3, 0xe6].map((opcode) =>
    step(`${opcode.toString(16)} with a count`, ata({ opcode, count: 12 }), "ata-commands")
  ),
];

const SMART: readonly Step[] = [
  ...[0xd0, 0xd4, 0xd8, 0xd9, 0xda].flatMap((feature) => [
    step(
      `SMART ${feature.toString(16)}`,
      ata({ opcode: 0xb0, feature, count: 1, lba: SMART_SIGNATURE }),
      "ata-commands",
    ),
    step(`SMART ${feature.toString(16)} unsigned`, ata({ opcode: 0xb0, feature, count: 1 })),
  ]),
  ...[0, 0xd1, 0xd2, 0xd5, 0xd6, 0xdb, 0xff].map((feature) =>
    step(
      `SMART ${feature.toString(16)}`,
      ata({ opcode: 0xb0, feature, count: 1, lba: SMART_SIGNATURE }),
    )
  ),
];

const FEATURES: readonly Step[] = [
  step("SET FEATURES: the cache that is on, on", ata({ opcode: 0xef, feature: 2 }), "ata-commands"),
  ...[0, 1, 3, 5, 0x10, 0x55, 0x66, 0x82, 0xaa, 0xcc].map((feature) =>
    step(`SET FEATURES ${feature.toString(16)}`, ata({ opcode: 0xef, feature, count: 8 }))
  ),
];

/** One range of `count` sectors from `lba` on. */
function range(lba: number, count: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(512);
  block.set([...f.littleEndian(lba, 6), ...f.littleEndian(count, 2)]);
  return block;
}

function trim(feature: number, count: number, data: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  return ata({ opcode: 0x06, aflags: 0x41, feature, count, data });
}

const OTHER_WAYS: readonly Step[] = [
  step("TRIM without a payload", trim(1, 1, []), "ata-commands"),
  step("TRIM of a feature that is none", trim(2, 1, range(8, 8))),
  step("TRIM behind the end", trim(1, 1, range(2047, 2)), "ata-commands"),
  step("TRIM of empty ranges", trim(1, 1, range(8, 0)), "ata-commands"),
  scarring(step("TRIM", trim(1, 1, range(400, 16)), "ata-commands"), "dblade", 400, 16),
  ...[0x25, 0xc8].map((opcode) =>
    step(`READ by ${opcode.toString(16)}`, ata({ opcode, lba: 6, count: 2 }), "ata-commands")
  ),
  ...[0x35, 0xca].map((opcode, index) =>
    scarring(
      step(
        `WRITE by ${opcode.toString(16)}`,
        ata({ opcode, aflags: 1, lba: 420 + index, count: 1, data: f.sectorsOf(1, 9) }),
        "ata-commands",
      ),
      "dblade",
      420 + index,
    )
  ),
  ...[0x40, 0x42].map((opcode) =>
    step(`VERIFY by ${opcode.toString(16)}`, ata({ opcode, count: 255 }), "ata-commands")
  ),
  step("VERIFY behind the end", ata({ opcode: 0x42, lba: 2048, count: 1 }), "ata-commands"),
];

/** Bytes 34 and 35 of a request mean nothing. */
function withReserved(frame: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  frame.set([0x12, 0x34], 34);
  return frame;
}

const RESERVED: readonly Step[] = [
  step("a READ with reserved bytes", withReserved(readSector()), "reserved-bytes"),
  step("an abort with reserved bytes", withReserved(ata({ opcode: 0 })), "reserved-bytes"),
];

/** All of them. */
export const ATA_GROUPS: readonly Group[] = [
  { name: "every ATA command code", steps: EVERY_CODE },
  {
    name: "ATA commands",
    steps: [
      ...[...IDENTIFIES, ...FLUSHES, ...POWER, ...SMART, ...FEATURES, ...OTHER_WAYS, ...RESERVED],
    ],
  },
];
