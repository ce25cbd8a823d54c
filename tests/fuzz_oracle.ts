/**
 * What the specification lets happen to a frame, worked out once more and without lib/: whether it
 * may be answered, how an ATA command ends, and what is done to the disk.
 *
 * @module
 */
import type { Kind } from "./fake_export.ts";
import { BROADCAST_MAC, SHELF, SLOT, TARGET_MAC } from "./frames.ts";
import { numberAt } from "./replies.ts";

/** What the outcome of a frame depends on. */
export interface World {
  mtu: number;
  sectors: number;
  readOnly: boolean;
  durable: boolean;
  /** Whether the backing can do TRIM. */
  trim: boolean;
  /** Whether a sync failed. */
  faulted: boolean;
  masks: readonly number[];
  reservations: readonly number[];
  /** What fails now. */
  fails: ReadonlySet<Kind>;
}

/** What may come of a frame. */
export interface Forecast {
  /** Each outcome that is right, as outcomeOf() names it; null: commands 1, 2, 3, any of theirs. */
  outcomes: readonly string[] | null;
  /** What is done to the backing; a save is not foretold. */
  operations: readonly string[];
}

/** By command. */
const HEADER_SIZES = [36, 32, 28, 26];
const READS = [0x20, 0x24, 0x25, 0xc8];
const WRITES = [0x30, 0x34, 0x35, 0xca];
const VERIFIES = [0x40, 0x42];
const WIDE = [0x24, 0x25, 0x34, 0x35, 0x42];
const FREE_WHILE_RESERVED = [0xec, 0xe5, 0xb0];

function only(outcome: string, operations: readonly string[] = []): Forecast {
  return { outcomes: [outcome], operations };
}

/** Foretells what comes of `frame`. */
export function forecast(frame: Uint8Array, world: World): Forecast {
  if (!isAdmitted(frame, world)) return only("silence");
  const version = numberAt(frame, 14, 1) >> 4;
  if (version > 1) return only("E5");
  const command = numberAt(frame, 19, 1);
  if (command > 3) return only("E1");
  if (frame.length < (HEADER_SIZES[command] ?? 24)) return only("silence");
  return command === 0 ? ataForecast(frame, world) : { outcomes: null, operations: [] };
}

function isAdmitted(frame: Uint8Array, world: World): boolean {
  if (frame.length < 24 || numberAt(frame, 12, 2) !== 0x88a2) return false;
  if ((numberAt(frame, 14, 1) & 8) !== 0) return false;
  const shelf = numberAt(frame, 16, 2);
  const slot = numberAt(frame, 18, 1);
  if (shelf !== SHELF && shelf !== 0xffff || slot !== SLOT && slot !== 0xff) return false;
  if ((shelf !== SHELF || slot !== SLOT) && !isQuestion(frame)) return false;
  const dst = numberAt(frame, 0, 6);
  if (dst !== TARGET_MAC && dst !== BROADCAST_MAC) return false;
  const src = numberAt(frame, 6, 6);
  if (src === 0 || (numberAt(frame, 6, 1) & 1) === 1) return false;
  return world.masks.length === 0 || world.masks.includes(src);
}

/** What may be asked of every target at once. */
function isQuestion(frame: Uint8Array): boolean {
  const command = numberAt(frame, 19, 1);
  if (command === 1) return true;
  if (command === 2) return frame.length >= 28 && frame[25] === 0;
  return command === 3 && frame.length >= 26 && frame[24] === 0;
}

function ataForecast(frame: Uint8Array, world: World): Forecast {
  const feature = numberAt(frame, 25, 1);
  const count = numberAt(frame, 26, 1);
  const opcode = numberAt(frame, 27, 1);
  const { reservations } = world;
  const isShutOut = reservations.length > 0 && !reservations.includes(numberAt(frame, 6, 6));
  if (isShutOut && !FREE_WHILE_RESERVED.includes(opcode)) return only("E6");
  if (READS.includes(opcode) || VERIFIES.includes(opcode)) return readForecast(frame, world);
  if (WRITES.includes(opcode)) return writeForecast(frame, world);
  const isSmart = [0xd0, 0xd4, 0xd8, 0xd9, 0xda].includes(feature) &&
    frame[29] === 0x4f && frame[30] === 0xc2;
  const accepts = (accepted: boolean): Forecast => only(accepted ? "40/00" : "41/04");
  switch (opcode) {
    case 0x06:
      return trimForecast(frame, world);
    case 0xe7:
    case 0xea:
      return world.faulted ? only("61/04") : synced([], world);
    case 0xec:
      return accepts(count <= 1);
    case 0xb0:
      return accepts(isSmart);
    case 0xef:
      return accepts(feature === (world.durable ? 0x82 : 0x02));
    default:
      return accepts([0xe0, 0xe1, 0xe2, 0xe3, 0xe5, 0xe6].includes(opcode));
  }
}

function addressOf(frame: Uint8Array): number {
  const lba = numberAt(frame.slice(28, 34).reverse(), 0, 6);
  return WIDE.includes(numberAt(frame, 27, 1)) ? lba : lba % 2 ** 28;
}

function readForecast(frame: Uint8Array, world: World): Forecast {
  const count = numberAt(frame, 26, 1);
  const kind = READS.includes(numberAt(frame, 27, 1)) ? "read" : "verify";
  if (kind === "read" && 36 + 512 * count > world.mtu + 14) return only("41/04");
  return ranged(frame, world) ??
    only(world.fails.has(kind) ? "41/40" : "40/00", [operation(kind, addressOf(frame), count)]);
}

function writeForecast(frame: Uint8Array, world: World): Forecast {
  const count = numberAt(frame, 26, 1);
  if (frame.length < 36 + 512 * count) return only("E2");
  if (world.readOnly) return only("41/04");
  if (world.faulted) return only("61/04");
  return ranged(frame, world) ?? written([operation("write", addressOf(frame), count)], world);
}

function trimForecast(frame: Uint8Array, world: World): Forecast {
  const count = numberAt(frame, 26, 1);
  if (frame.length < 36 + 512 * count) return only("E2");
  if (world.readOnly || !world.trim || (numberAt(frame, 25, 1) & 1) === 0) return only("41/04");
  if (world.faulted) return only("61/04");
  const operations: string[] = [];
  for (let at = 36; at < 36 + 512 * count; at += 8) {
    const sectors = numberAt(frame.slice(at + 6, at + 8).reverse(), 0, 2);
    if (sectors === 0) continue;
    const lba = numberAt(frame.slice(at, at + 6).reverse(), 0, 6);
    if (lba + sectors > world.sectors) return only("41/10");
    operations.push(operation("trim", lba, sectors));
  }
  if (operations.length === 0) return only("40/00");
  return written(world.fails.has("trim") ? operations.slice(0, 1) : operations, world);
}

/** Where nothing is moved: count 0, or a range past the end. */
function ranged(frame: Uint8Array, world: World): Forecast | null {
  const count = numberAt(frame, 26, 1);
  const isPast = addressOf(frame) + count > world.sectors;
  // The specification does not say which of the two rules goes first.
  if (count === 0) return { outcomes: isPast ? ["40/00", "41/10"] : ["40/00"], operations: [] };
  return isPast ? only("41/10") : null;
}

function written(operations: readonly string[], world: World): Forecast {
  const kind: Kind = operations[0]?.startsWith("trim") ? "trim" : "write";
  if (world.fails.has(kind)) return only("41/04", operations);
  return world.durable ? synced(operations, world) : only("40/00", operations);
}

function synced(operations: readonly string[], world: World): Forecast {
  return only(world.fails.has("flush") ? "61/04" : "40/00", [...operations, "flush"]);
}

function operation(kind: Kind, lba: number, count: number): string {
  return `${kind} ${lba * 512}+${count * 512}`;
}
