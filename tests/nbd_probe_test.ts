/**
 * How `dblade nbd` finds a FLUSH that works, and what it tells clients of a target's trouble.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { troubleOf } from "../lib/client/outcome.ts";
import { DiskError, RefusedError } from "../lib/client/target_error.ts";
import { refusesWrites } from "../lib/client/write_probe.ts";
import { SystemError, TimeoutError } from "../lib/error.ts";
import { AtaFrame } from "../lib/wire/ata.ts";
import { chooseFlush } from "../lib/nbd/aoe_probe.ts";
import { NbdError } from "../lib/nbd/disk.ts";
import { toNbdError } from "../lib/nbd/disk_error.ts";

const ABORTED = new DiskError(0x41, 0x04);
const FAULTED = new DiskError(0x61, 0x04);

/** A disk that answers each opcode so. */
function disk(answers: Readonly<Record<number, Error | undefined>>) {
  return ({ opcode }: { opcode: number }): Promise<void> => {
    const answer = answers[opcode];
    return answer === undefined ? Promise.resolve() : Promise.reject(answer);
  };
}

for (
  const [what, opcodes, answers, chosen] of [
    ["the first one that works", [0xea, 0xe7], {}, 0xea],
    ["the other one where the first is aborted", [0xea, 0xe7], { 0xea: ABORTED }, 0xe7],
    ["none where both are", [0xea, 0xe7], { 0xea: ABORTED, 0xe7: ABORTED }, undefined],
    ["none where none is announced", [], {}, undefined],
    ["ggaoed's, whose status is the opcode", [0xe7], { 0xe7: new DiskError(0xe7, 0) }, 0xe7],
    ["a faulted disk's", [0xea], { 0xea: FAULTED }, 0xea],
    ["a reserved disk's", [0xea], { 0xea: new RefusedError(6) }, 0xea],
    ["one that takes long", [0xea], { 0xea: new TimeoutError("no answer") }, 0xea],
  ] as const
) {
  Deno.test(`chooseFlush() takes ${what}`, async () => {
    assertEquals(await chooseFlush(disk(answers), opcodes), chosen);
  });
}

/** What a reply with that status, or a refusal, says of a FLUSH. */
function flushTrouble(opcode: number, status: number, aoeError?: number) {
  const reply = new AtaFrame(new DataView(new ArrayBuffer(60)));
  reply.opcode = status;
  reply.setVersionAndFlags(1, aoeError === undefined ? 8 : 12);
  reply.error = aoeError ?? 0;
  return troubleOf(reply, 60, opcode);
}

Deno.test("troubleOf() passes on every failure of a flush but ggaoed's success", () => {
  assertEquals(flushTrouble(0xea, 0xea), undefined);
  assert(flushTrouble(0xea, FAULTED.status) instanceof DiskError);
  assert(flushTrouble(0xe7, 0xea) instanceof DiskError);
  assert(flushTrouble(0xe7, 0x40, 6) instanceof RefusedError);
});

for (
  const [answer, refuses] of [
    [undefined, false],
    [ABORTED, true],
    [FAULTED, false],
    [new RefusedError(6), false],
  ] as const
) {
  Deno.test(`refusesWrites() takes "${answer?.message ?? "success"}" for ${refuses}`, async () => {
    assertEquals(await refusesWrites(disk({ 0x34: answer })), refuses);
  });
}

for (
  const [error, doing, errno] of [
    [new RefusedError(6), "write", 1],
    [new RefusedError(3), "write", 5],
    [new DiskError(0x41, 0x10), "write", 28],
    [new DiskError(0x41, 0x10), "read", 5],
    [new DiskError(0x41, 0x40), "read", 5],
    [ABORTED, "write", 5],
    [FAULTED, "flush", 5],
    [new TimeoutError("no answer"), "trim", 5],
    [new SystemError("no link", "sendto", 100), "read", 5],
    [new NbdError(1, "as it is"), "read", 1],
  ] as const
) {
  Deno.test(`toNbdError() makes ${errno} of "${error.message}" at a ${doing}`, () => {
    const told = toNbdError(error, doing);
    assert(told instanceof NbdError);
    assertEquals(told.errno, errno);
  });
}

Deno.test("toNbdError() leaves a bug what it is", () => {
  const bug = new RangeError("a bug");
  assertEquals(toNbdError(bug, "read"), bug);
});

Deno.test("a device fault is told with both reasons that dblade has, and where to look", () => {
  const told = toNbdError(new DiskError(0x61, 0x04, 9), "write");
  assert(told instanceof NbdError);
  assertEquals(
    told.message,
    "write: The disk does not write at sector 9: it refuses writes, because a sync failed or its " +
      'stored state could not be read (status 0x61, error 0x4); "dblade status" at the target, ' +
      "or its log, tells which",
  );
});
