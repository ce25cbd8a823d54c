/**
 * Command 0: reads and writes, by every way to name sectors and at every border.
 *
 * @module
 */
import * as f from "../frames.ts";
import { type Group, scarring, SECTORS, type Step, step } from "./script.ts";

const WRITE_FLAG = 0x01;
const ASYNC_FLAG = 0x02;
const DEVICE_FLAG = 0x10;
const EXTENDED_FLAG = 0x40;
const NAMES: Readonly<Record<number, string>> = {
  0x20: "READ",
  0x24: "READ EXT",
  0x30: "WRITE",
  0x34: "WRITE EXT",
};
const LAST = SECTORS - 1;

type Fields = Omit<f.AtaFields, "opcode">;

function read(opcode: number, fields: Fields): Uint8Array<ArrayBuffer> {
  return f.ataFrame({ aflags: opcode === 0x24 ? EXTENDED_FLAG : 0, ...fields, opcode });
}

let seed = 0;

/** Every write has data of its own. */
function write(opcode: number, fields: Fields): Uint8Array<ArrayBuffer> {
  const aflags = WRITE_FLAG | (opcode === 0x34 ? EXTENDED_FLAG : 0);
  return f.ataFrame({ aflags, data: f.sectorsOf(fields.count ?? 0, ++seed), ...fields, opcode });
}

const READS: readonly Step[] = [0x20, 0x24].flatMap((opcode) => [
  ...[0, 1, 2, 255, 256, 1000, LAST - 1, LAST, SECTORS, SECTORS + 1, 0xfffffff].flatMap((lba) =>
    [1, 2].map((count) => step(`${NAMES[opcode]} ${count} at ${lba}`, read(opcode, { lba, count })))
  ),
  ...[0, LAST, SECTORS].map((lba) =>
    step(`${NAMES[opcode]} nothing at ${lba}`, read(opcode, { lba, count: 0 }))
  ),
  step(`${NAMES[opcode]} nothing behind the end`, read(opcode, { lba: 5000 }), "count-0"),
  ...[3, 128, 255].map((count) =>
    step(`${NAMES[opcode]} ${count} at 0`, read(opcode, { count }), "read-size")
  ),
  ...[0, EXTENDED_FLAG, DEVICE_FLAG, ASYNC_FLAG, 0xfe].map((aflags) =>
    step(`${NAMES[opcode]} with aflags ${aflags}`, read(opcode, { lba: 3, count: 1, aflags }))
  ),
  ...[1, 2].map((count) =>
    step(
      `${NAMES[opcode]} ${count} with the flag W`,
      read(opcode, { lba: 3, count, aflags: WRITE_FLAG }),
      "read-flag",
    )
  ),
  step(
    `${NAMES[opcode]} behind the end with the flag W`,
    read(opcode, { lba: SECTORS, count: 1, aflags: WRITE_FLAG }),
  ),
  step(
    `${NAMES[opcode]} with a payload`,
    read(opcode, { lba: 3, count: 2, data: new Uint8Array(1024).fill(0xab) }),
  ),
  step(`${NAMES[opcode]} with a feature`, read(opcode, { lba: 3, count: 1, feature: 0x5a })),
]);

/** LBA bytes that 28 bits have no room for. */
const HIGH_BITS = [2 ** 28, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 47, 2 ** 48 - 2 ** 28];

const HIGH: readonly Step[] = HIGH_BITS.flatMap((high) => [
  step(`READ at ${high} + 9 is READ at 9`, read(0x20, { lba: high + 9, count: 1 })),
  step(`READ EXT at ${high} + 9`, read(0x24, { lba: high + 9, count: 1 })),
  step(`WRITE at ${high} + 40 is WRITE at 40`, write(0x30, { lba: high + 40, count: 1 })),
  step(`WRITE EXT at ${high} + 41`, write(0x34, { lba: high + 41, count: 1 })),
]);

const WRITES: readonly Step[] = [0x30, 0x34].flatMap((opcode, index) => [
  ...[50, 60, LAST - 1, LAST, SECTORS, SECTORS + 1, 0xfffffff].flatMap((lba) =>
    [1, 2].map((count) =>
      step(`${NAMES[opcode]} ${count} at ${lba}`, write(opcode, { lba, count }))
    )
  ),
  ...[0, LAST, SECTORS].map((lba) =>
    step(`${NAMES[opcode]} nothing at ${lba}`, write(opcode, { lba, count: 0 }))
  ),
  step(`${NAMES[opcode]} nothing behind the end`, write(opcode, { lba: 5000 }), "count-0"),
  ...[0, EXTENDED_FLAG, DEVICE_FLAG, ASYNC_FLAG].map((aflags) =>
    step(
      `${NAMES[opcode]} without the flag W, with aflags ${aflags}`,
      write(opcode, { lba: 70 + index, count: 1, aflags }),
      "write-flag",
    )
  ),
  ...[WRITE_FLAG, WRITE_FLAG | ASYNC_FLAG, WRITE_FLAG | DEVICE_FLAG, 0xff].map((aflags) =>
    step(
      `${NAMES[opcode]} with aflags ${aflags}`,
      write(opcode, { lba: 72 + index, count: 1, aflags }),
    )
  ),
  ...[0, 1, 511, 512, 1023].map((size) =>
    step(
      `${NAMES[opcode]} 2 with ${size} bytes`,
      write(opcode, { lba: 80, count: 2, data: f.sectorsOf(2).slice(0, size) }),
    )
  ),
  step(
    `${NAMES[opcode]} 1 with 2 sectors of data`,
    write(opcode, { lba: 82 + index, count: 1, data: f.sectorsOf(2) }),
  ),
  ...[3, 255].map((count) =>
    step(
      `${NAMES[opcode]} ${count} with 2 sectors of data`,
      write(opcode, { lba: 84, count, data: f.sectorsOf(2) }),
    )
  ),
  step(`${NAMES[opcode]} with a feature`, write(opcode, { lba: 86, count: 1, feature: 0x5a })),
]);

const READ_BACK: readonly Step[] = [40, 41, 50, 60, 70, 72, 80, 82, 84, 86, LAST - 1].map((lba) =>
  step(`what lies at ${lba} and behind it`, read(0x24, { lba, count: 2 }))
);

const END = 2 ** 28;

const LARGE: readonly Step[] = [
  step("IDENTIFY of more than 28 bits", f.ataFrame({ opcode: 0xec, count: 1 })),
  ...[END - 1, END, END + 5, END + LAST, END + SECTORS].flatMap((lba) => [
    step(`READ at ${lba}`, read(0x20, { lba, count: 1 })),
    step(`READ EXT at ${lba}`, read(0x24, { lba, count: 1 })),
  ]),
  step("READ across the end of 28 bits", read(0x20, { lba: END - 1, count: 2 })),
  step("WRITE across the end of 28 bits", write(0x30, { lba: END - 1, count: 2 })),
  step("READ EXT of what that wrote", read(0x24, { lba: END - 1, count: 2 })),
  step("WRITE at 2^28 + 7", write(0x30, { lba: END + 7, count: 1 })),
  step("WRITE EXT at 2^28 + 8", write(0x34, { lba: END + 8, count: 2 })),
  step("READ EXT at 2^28 + 8", read(0x24, { lba: END + 8, count: 2 })),
  step("READ EXT at 2^40 + 8", read(0x24, { lba: 2 ** 40 + 8, count: 1 })),
];

const JUMBO: readonly Step[] = [
  step("config read at MTU 9000", f.configFrame({ ccmd: 0 })),
  ...[1, 2, 16, 17].flatMap((count) => [
    step(`WRITE EXT ${count}`, write(0x34, { lba: 200, count })),
    step(`READ EXT ${count}`, read(0x24, { lba: 195, count })),
  ]),
  step("READ EXT 18", read(0x24, { count: 18 }), "read-size"),
  step("READ EXT 17 across the end", read(0x24, { lba: LAST - 15, count: 17 })),
  step("WRITE EXT 17 across the end", write(0x34, { lba: LAST - 15, count: 17 })),
  step("WRITE EXT 17 with 16", write(0x34, { lba: 300, count: 17, data: f.sectorsOf(16) })),
];

/** The interface takes frames of 1060 bytes, and sends 1056. */
const FALLEN_MTU: readonly Step[] = [
  step("config read at MTU 1042", f.configFrame({ ccmd: 0 })),
  step("READ EXT 1 at MTU 1042", read(0x24, { lba: 5, count: 1 })),
  step("READ EXT 2 at MTU 1042", read(0x24, { lba: 5, count: 2 }), "read-size"),
  step("WRITE EXT 1 at MTU 1042", write(0x34, { lba: 20, count: 1 })),
  scarring(
    step("WRITE EXT 2 at MTU 1042", write(0x34, { lba: 30, count: 2 }), "write-size"),
    "dblade",
    30,
    2,
  ),
];

/** All of them. */
export const SECTOR_GROUPS: readonly Group[] = [
  { name: "reads", steps: READS },
  { name: "writes", steps: [...HIGH, ...WRITES, ...READ_BACK] },
  { name: "a disk of more than 28 bits", sectors: 2 ** 28 + SECTORS, steps: LARGE },
  { name: "jumbo frames", mtu: 9000, steps: JUMBO },
  { name: "an MTU that carries one sector", mtu: 1042, steps: FALLEN_MTU },
];
