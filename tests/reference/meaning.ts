/**
 * What an answer means: a reply taken apart by the specification (AoEr11), so that answers of two
 * targets can be compared field by field. Nothing here uses lib/wire.
 *
 * @module
 */
import { headerOf, numberAt, outcomeOf, present, refusalOf } from "../replies.ts";

/** Fields by name, as texts. `outcome` is always there, the others as far as the reply has them. */
export type Meaning = Readonly<Record<string, string>>;

/** What came back before the next question was answered; "end" where the target ended instead. */
export type Answer = readonly Uint8Array[] | "end";

/** The common header, but for flags and error, which are part of the outcome. */
export const HEADER_FIELDS = ["to", "from", "type", "version", "address", "command"] as const;

/** Where the body begins and its least size, by command. */
const HEADER_SIZES = [36, 32, 28, 26];
const COMMON_SIZE = 24;
const REPLY_SIZE_MIN = 60;
const SECTOR_SIZE = 512;
const READS = [0x20, 0x24, 0x25, 0xc8];
const IDENTIFY = 0xec;
const SMART = 0xb0;

interface Body {
  readonly outcome: string;
  /** How many bytes the reply should have by what stands in it, before it is padded. */
  readonly size: number;
  readonly fields: Meaning;
}

/** What came back for `request`. */
export function meaningOf(request: Uint8Array, answer: Answer): Meaning {
  if (answer === "end") return { outcome: "end" };
  if (answer.length !== 1) {
    return { outcome: answer.length === 0 ? "silence" : `${answer.length} replies` };
  }
  const reply = present(answer[0] ?? null);
  const header = headerOf(reply);
  const body = bodyOf(request, reply);
  const isCut = reply.length < body.size;
  return {
    outcome: isCut ? `${body.outcome} cut` : body.outcome,
    to: hex(header.dst, 6),
    from: hex(header.src, 6),
    type: hex(header.etherType, 2),
    version: `${header.version}`,
    address: `${header.shelf}.${header.slot}`,
    command: `${header.command}`,
    flags: hex(header.flags, 1),
    error: `${header.error}`,
    end: endOf(reply, body.size),
    ...body.fields,
  };
}

function hex(value: number, size: number): string {
  return value.toString(16).padStart(2 * size, "0");
}

function bytes(reply: Uint8Array, start: number, end: number): string {
  return reply.slice(start, end).toHex();
}

/** What follows the last byte that means something. */
function endOf(reply: Uint8Array, size: number): string {
  const rest = reply.subarray(size);
  if (reply.length === size) return size < REPLY_SIZE_MIN ? "not padded" : "exact";
  if (reply.length < size) return `${size - reply.length} bytes missing`;
  const isZero = rest.every((byte) => byte === 0);
  if (isZero && reply.length === REPLY_SIZE_MIN) return "padded";
  return `${rest.length} more bytes${isZero ? "" : ", not zero"}`;
}

function bodyOf(request: Uint8Array, reply: Uint8Array): Body {
  const { command } = headerOf(reply);
  const { refused, error } = refusalOf(reply);
  const outcome = refused ? `E${error}` : "reply";
  const hasBody = !refused || (error !== 1 && error !== 5 && !(error === 2 && command === 2));
  const least = hasBody ? HEADER_SIZES[command] ?? COMMON_SIZE : COMMON_SIZE;
  if (least === COMMON_SIZE || reply.length < least) return { outcome, size: least, fields: {} };
  switch (command) {
    case 0:
      return refused ? refusedAta(reply, outcome) : ataBody(request, reply);
    case 1:
      return configBody(reply, outcome);
    case 2:
      return maskBody(reply, outcome);
    default:
      return reserveBody(reply, outcome);
  }
}

/** The registers stay as they came. */
function refusedAta(reply: Uint8Array, outcome: string): Body {
  const fields = { registers: bytes(reply, 24, 34), reserved: bytes(reply, 34, 36) };
  return { outcome, size: 36, fields };
}

function ataBody(request: Uint8Array, reply: Uint8Array): Body {
  const opcode = numberAt(request, 27, 1);
  const hasFailed = (numberAt(reply, 27, 1) & 1) === 1;
  const size = 36 + (hasFailed ? 0 : dataSize(opcode, numberAt(request, 26, 1)));
  const isIdentity = opcode === IDENTIFY && size > 36 && reply.length >= size;
  const fields = {
    aflags: bytes(reply, 24, 25),
    count: bytes(reply, 26, 27),
    lba: bytes(reply, 28, 34),
    reserved: bytes(reply, 34, 36),
    ...(isIdentity ? words(reply) : { data: bytes(reply, 36, size) }),
  };
  return { outcome: outcomeOf(reply), size, fields };
}

function dataSize(opcode: number, count: number): number {
  if (READS.includes(opcode)) return count * SECTOR_SIZE;
  return opcode === IDENTIFY || opcode === SMART ? SECTOR_SIZE : 0;
}

/** The 256 words of IDENTIFY. */
function words(reply: Uint8Array): Meaning {
  const entries = Array.from({ length: 256 }, (_, index) => {
    const at = 36 + 2 * index;
    return [`word ${index}`, hex(numberAt(reply.slice(at, at + 2).reverse(), 0, 2), 2)] as const;
  });
  return Object.fromEntries(entries);
}

function configBody(reply: Uint8Array, outcome: string): Body {
  const size = 32 + numberAt(reply, 30, 2);
  const fields = {
    buffers: `${numberAt(reply, 24, 2)}`,
    firmware: bytes(reply, 26, 28),
    sectors: `${numberAt(reply, 28, 1)}`,
    "version and sub-command": bytes(reply, 29, 30),
    string: bytes(reply, 32, size),
  };
  return { outcome, size, fields };
}

function maskBody(reply: Uint8Array, outcome: string): Body {
  const count = numberAt(reply, 27, 1);
  const fields = {
    reserved: bytes(reply, 24, 25),
    "sub-command": bytes(reply, 25, 26),
    "mask error": `${numberAt(reply, 26, 1)}`,
    count: `${count}`,
    list: entries(reply, 28, 8, count),
  };
  return { outcome, size: 28 + 8 * count, fields };
}

function reserveBody(reply: Uint8Array, outcome: string): Body {
  const count = numberAt(reply, 25, 1);
  const fields = {
    "sub-command": bytes(reply, 24, 25),
    count: `${count}`,
    list: entries(reply, 26, 6, count),
  };
  return { outcome, size: 26 + 6 * count, fields };
}

function entries(reply: Uint8Array, start: number, size: number, count: number): string {
  const at = (index: number): number => start + index * size;
  return Array.from({ length: count }, (_, index) => bytes(reply, at(index), at(index + 1))).join();
}
