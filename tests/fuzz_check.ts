/**
 * What must hold of every reply, and the loop that throws frames at an export until it does not.
 *
 * @module
 */
import { FakeExport, type FakeOptions, type Kind, STALE } from "./fake_export.ts";
import { hex, SHELF, SLOT, TARGET_MAC } from "./frames.ts";
import { fuzzFrame } from "./fuzz_frames.ts";
import { type Forecast, forecast, type World } from "./fuzz_oracle.ts";
import { Random } from "./random.ts";
import { headerOf, numberAt, outcomeOf } from "./replies.ts";

/** So many frames go to one export; the next one has other options and no memory. */
const LIFE = 400;
const KINDS: readonly Kind[] = ["read", "verify", "write", "trim", "flush", "save"];

export interface FuzzOptions {
  seed: number;
  frames: number;
  /** Makes the export, for a planted fault. */
  make?: (options: FakeOptions) => FakeExport;
}

/** Throws frames at exports. Returns what went wrong first, and on what; null: nothing. */
export function fuzz({ seed, frames, make = (options) => new FakeExport(options) }: FuzzOptions):
  | string
  | null {
  const random = new Random(seed);
  for (let done = 0; done < frames; done += LIFE) {
    const problem = fuzzOne(random, Math.min(LIFE, frames - done), make);
    if (problem !== null) return `FUZZ_SEED=${seed}, after ${done} frames: ${problem}`;
  }
  return null;
}

function fuzzOne(
  random: Random,
  frames: number,
  make: (options: FakeOptions) => FakeExport,
): string | null {
  const options = {
    sectors: 2048,
    mtu: random.pick([1500, 1500, 9000, 576]),
    readOnly: random.oneIn(6),
    durable: random.oneIn(3),
    trim: random.pick(["zeros", "undefined", "none"] as const),
  };
  const fake = make(options);
  const mirror = fake.disk.slice();
  const world: World = {
    ...options,
    trim: options.trim !== "none",
    faulted: false,
    masks: [],
    reservations: [],
    fails: new Set(),
  };
  const isFlaky = random.oneIn(3);
  for (let done = 0; done < frames; done++) {
    if (isFlaky && random.oneIn(8)) toggle(fake, random.pick(KINDS));
    const { masks, reservations } = fake.target.settings.current;
    Object.assign(world, { masks, reservations, fails: new Set(fake.failures.keys()) });
    const frame = fuzzFrame(random);
    const problem = tryFrame(fake, frame, world, mirror);
    if (problem !== null) return `${problem}; the frame is ${hex(frame)}`;
    if (fake.operations.includes("flush") && fake.failures.has("flush")) world.faulted = true;
    fake.operations = [];
    fake.unasked = [];
  }
  for (let at = 0; at < mirror.length; at++) {
    if (mirror[at] !== fake.disk[at]) return `byte ${at} of the disk changed and nothing said so`;
  }
  return null;
}

function toggle(fake: FakeExport, kind: Kind): void {
  if (!fake.failures.delete(kind)) fake.failures.set(kind, 5);
}

function tryFrame(
  fake: FakeExport,
  frame: Uint8Array,
  world: World,
  mirror: Uint8Array,
): string | null {
  const expected = forecast(frame, world);
  let reply: Uint8Array | null;
  try {
    reply = fake.exchange(frame);
  } catch (error) {
    return `it threw ${error}`;
  }
  return operationsProblem(fake, expected) ??
    diskProblem(fake, frame, world, mirror) ??
    (reply === null ? null : replyProblem(frame, reply, world, mirror)) ??
    outcomeProblem(reply, expected) ??
    fake.unasked.map((sent) => stale(sent.frame)).find((problem) => problem !== null) ?? null;
}

function operationsProblem(fake: FakeExport, expected: Forecast): string | null {
  const isSave = expected.outcomes === null && fake.operations.join() === "save";
  const done = fake.operations.join(", ");
  const foretold = expected.operations.join(", ");
  return isSave || done === foretold ? null : `done was [${done}] instead of [${foretold}]`;
}

/** Carries out on the mirror what was done, by what the frame says, and looks at the same place. */
function diskProblem(
  fake: FakeExport,
  frame: Uint8Array,
  world: World,
  mirror: Uint8Array,
): string | null {
  for (const operation of fake.operations) {
    const [kind = "", range = ""] = operation.split(" ");
    const [offset = 0, length = 0] = range.split("+").map(Number);
    if (kind !== "write" && kind !== "trim" || world.fails.has(kind)) continue;
    if (kind === "write") mirror.set(frame.subarray(36, 36 + length), offset);
    else mirror.fill(0, offset, offset + length);
    for (let at = offset; at < offset + length; at++) {
      if (mirror[at] !== fake.disk[at]) {
        return `byte ${at} of the disk is not that of "${operation}"`;
      }
    }
  }
  return null;
}

function outcomeProblem(reply: Uint8Array | null, { outcomes }: Forecast): string | null {
  const outcome = outcomeOf(reply);
  if (outcomes === null || outcomes.includes(outcome)) return null;
  return `the outcome is ${outcome} instead of ${outcomes.join(" or ")}`;
}

function replyProblem(
  frame: Uint8Array,
  reply: Uint8Array,
  world: World,
  mirror: Uint8Array,
): string | null {
  if (reply.length < 60 || reply.length > world.mtu + 14) return `it has ${reply.length} bytes`;
  const header = headerOf(reply);
  const isError = header.error !== 0;
  const isRight = header.dst === numberAt(frame, 6, 6) && header.src === TARGET_MAC &&
    header.etherType === 0x88a2 && header.version === 1 && header.flags === (isError ? 12 : 8) &&
    header.error <= 6 && header.shelf === SHELF && header.slot === SLOT &&
    header.command === frame[19] && header.tag === numberAt(frame, 20, 4);
  if (!isRight) return `its header is ${JSON.stringify(header)}`;
  const size = definedSize(frame, reply);
  if (reply.length !== Math.max(60, size)) return `it has ${reply.length} bytes for ${size}`;
  for (let at = size; at < reply.length; at++) {
    if (reply[at] !== 0) return `byte ${at} of its padding is ${reply[at]}`;
  }
  return reservedProblem(reply) ?? stale(reply) ?? dataProblem(frame, reply, mirror);
}

/** Size of a reply by what stands in it. */
function definedSize(frame: Uint8Array, reply: Uint8Array): number {
  const { command, error } = headerOf(reply);
  if (error === 1 || error === 5) return 24;
  switch (command) {
    case 0: {
      if (outcomeOf(reply) !== "40/00") return 36;
      const opcode = numberAt(frame, 27, 1);
      if (opcode === 0xec || opcode === 0xb0) return 548;
      return 36 + ([0x20, 0x24, 0x25, 0xc8].includes(opcode) ? 512 * numberAt(frame, 26, 1) : 0);
    }
    case 1:
      return 32 + numberAt(reply, 30, 2);
    case 2:
      return 28 + 8 * numberAt(reply, 27, 1);
    default:
      return 26 + 6 * numberAt(reply, 25, 1);
  }
}

/** Reserved bytes are zero, registers that the reply keeps are those of the request. */
function reservedProblem(reply: Uint8Array): string | null {
  const command = numberAt(reply, 19, 1);
  if (command === 0 && numberAt(reply, 34, 2) !== 0) return "its bytes 34 and 35 are not zero";
  if (command !== 2 || headerOf(reply).error !== 0) return null;
  if (reply[24] !== 0) return "its byte 24 is not zero";
  for (let index = 0; index < numberAt(reply, 27, 1); index++) {
    if (reply[28 + 8 * index] !== 0) return `byte 0 of its directive ${index} is not zero`;
  }
  return null;
}

function stale(reply: Uint8Array): string | null {
  let run = 0;
  for (let at = reply.indexOf(STALE); at >= 0 && at < reply.length; at++) {
    run = reply[at] === STALE ? run + 1 : 0;
    if (run === 4) return `its bytes from ${at - 3} are stale memory`;
  }
  return null;
}

/** What a read returns is what lies on the disk; flags and LBA come back. */
function dataProblem(
  frame: Uint8Array,
  reply: Uint8Array,
  mirror: Uint8Array,
): string | null {
  const { command, error } = headerOf(reply);
  if (command !== 0 || error === 1 || error === 5) return null;
  const isKept = reply[24] === frame[24] && numberAt(reply, 28, 6) === numberAt(frame, 28, 6);
  if (!isKept) return "its flags or LBA are not those of the request";
  const opcode = numberAt(frame, 27, 1);
  if (outcomeOf(reply) !== "40/00" || ![0x20, 0x24, 0x25, 0xc8].includes(opcode)) return null;
  // On this small disk what is right has all its bits in the lower 28, of wide opcodes too.
  const start = (numberAt(frame.slice(28, 32).reverse(), 0, 4) % 2 ** 28) * 512;
  for (let at = 36; at < 36 + 512 * numberAt(frame, 26, 1); at++) {
    if (reply[at] !== mirror[start + at - 36]) {
      return `its data differs from the disk at ${at - 36}`;
    }
  }
  return null;
}
