/**
 * The meaning of the 256 command codes, from docs/protocol.md and ATA8-ACS, not from the program.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { addressOf, needsReservation, type Operation, operationOf } from "../lib/ata/command.ts";

/** All that is not here is unknown. */
const OPERATIONS: Readonly<Record<number, Operation>> = {
  0x06: "trim",
  0x20: "read",
  0x24: "read",
  0x25: "read",
  0x30: "write",
  0x34: "write",
  0x35: "write",
  0x40: "verify",
  0x42: "verify",
  0xb0: "smart",
  0xc8: "read",
  0xca: "write",
  0xe0: "rest",
  0xe1: "rest",
  0xe2: "rest",
  0xe3: "rest",
  0xe5: "power",
  0xe6: "rest",
  0xe7: "flush",
  0xea: "flush",
  0xec: "identify",
  0xef: "features",
};

function hex(opcode: number): string {
  return `0x${opcode.toString(16).padStart(2, "0")}`;
}

for (const [opcode, operation] of Object.entries(OPERATIONS)) {
  Deno.test(`operationOf() takes ${hex(Number(opcode))} as ${operation}`, () => {
    assertEquals(operationOf(Number(opcode)), operation);
  });
}

Deno.test("operationOf() knows no other of the 256 codes", () => {
  let count = 0;
  for (let opcode = 0; opcode < 256; opcode++) {
    if (opcode in OPERATIONS) continue;
    assertEquals(operationOf(opcode), "unknown", hex(opcode));
    count++;
  }
  assertEquals(count, 234);
});

const LBA = 0x8765_f432_10ab;
for (const opcode of [0x20, 0x30, 0x40, 0xc8, 0xca]) {
  Deno.test(`addressOf() takes 28 bits for ${hex(opcode)}`, () => {
    assertEquals(addressOf(opcode, LBA), 0x43210ab);
    assertEquals(addressOf(opcode, 2 ** 28 - 1), 2 ** 28 - 1);
    assertEquals(addressOf(opcode, 2 ** 28), 0);
    assertEquals(addressOf(opcode, 2 ** 48 - 1), 2 ** 28 - 1);
  });
}

for (const opcode of [0x24, 0x25, 0x34, 0x35, 0x42]) {
  Deno.test(`addressOf() takes 48 bits for ${hex(opcode)}`, () => {
    for (const lba of [0, LBA, 2 ** 28, 2 ** 32, 2 ** 48 - 1]) {
      assertEquals(addressOf(opcode, lba), lba);
    }
  });
}

Deno.test("needsReservation() frees IDENTIFY, CHECK POWER and SMART and nothing else", () => {
  const free = new Set([0xec, 0xe5, 0xb0]);
  for (let opcode = 0; opcode < 256; opcode++) {
    assertEquals(needsReservation(opcode), !free.has(opcode), hex(opcode));
  }
});

Deno.test("needsReservation() holds for every operation that changes the disk", () => {
  for (let opcode = 0; opcode < 256; opcode++) {
    const operation = operationOf(opcode);
    if (operation === "write" || operation === "trim") assert(needsReservation(opcode));
  }
});
