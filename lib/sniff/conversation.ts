/**
 * Finds the request that a reply answers, and requests that are sent again. What is kept is
 * bounded: the oldest requests are forgotten.
 *
 * @module
 */
import { Command, SHELF_ANY, SLOT_ANY } from "../wire/frame.ts";
import { isGroupMac } from "../wire/mac.ts";
import type { Body } from "./body.ts";
import { type Decoded, type Header, isResponse } from "./decode.ts";

/** A request that was seen. */
export interface Asked {
  /** What it asks for. */
  readonly request: { readonly header: Header; readonly body: Body | undefined };
  /** When it was first sent, in nanoseconds since 1970. */
  readonly firstNs: bigint;
  /** How often it was sent with this tag. */
  sendCount: number;
  /** How many replies to it were seen. */
  replyCount: number;
}

/** What is known of a frame from those before it. */
export interface Context {
  /** Of a reply: what it answers. Of a request: itself, perhaps sent before. */
  readonly asked?: Asked;
  /** Of a reply: nanoseconds since the request was first sent. */
  readonly roundTripNs?: bigint;
  /** Of a request that has a new tag: the tag of the same one that nobody has answered yet. */
  readonly repeatsTag?: number;
}

/** A copy that comes later is a new request of a client that has used up its tags. */
const COPY_NS_MAX = 60_000_000_000n;

interface Entry extends Asked {
  readonly digest: number;
  /** One for all tags under which the same is asked until there is a reply to one. */
  readonly group: { isAnswered: boolean };
  lastNs: bigint;
}

/** The requests of late. */
export class Conversation {
  readonly #max: number;
  readonly #byTag = new Map<string, Entry>();
  /** ATA requests by what they ask for: the Linux driver sends one again under a new tag. */
  readonly #byContent = new Map<string, Entry>();

  /** Keeps up to `max` requests. */
  constructor(max: number = 8192) {
    this.#max = max;
  }

  /** Looks at the next frame that passed the interface `name`. */
  note(name: string, decoded: Decoded, timeNs: bigint): Context {
    const { header } = decoded;
    if (header === undefined) return {};
    const place = `${name} ${header.vlans.join(".")}`;
    return isResponse(header)
      ? this.#noteReply(place, header, timeNs)
      : this.#noteRequest(place, header, decoded, timeNs);
  }

  #noteRequest(place: string, header: Header, decoded: Decoded, timeNs: bigint): Context {
    const digest = digestOf(decoded.bytes);
    const key = keyOf(place, header.source, header, header.shelf, header.slot);
    const before = this.#byTag.get(key);
    // Tag 0 is no mark: who looks for targets every minute sends the same frame each time.
    const isCopy = before !== undefined && header.tag !== 0 && before.digest === digest &&
      before.request.header.destination === header.destination &&
      timeNs - before.lastNs < COPY_NS_MAX;
    if (isCopy) {
      before.sendCount++;
      before.lastNs = timeNs;
      return { asked: before };
    }
    const content = `${place} ${header.source} ${header.shelf}.${header.slot} ${digest}`;
    const same = header.command === Command.ATA ? this.#openRequest(content, timeNs) : undefined;
    const asked: Entry = {
      request: { header, body: decoded.body },
      firstNs: timeNs,
      sendCount: 1,
      replyCount: 0,
      digest,
      group: same?.group ?? { isAnswered: false },
      lastNs: timeNs,
    };
    keep(this.#byTag, key, asked, this.#max);
    if (header.command === Command.ATA) keep(this.#byContent, content, asked, this.#max);
    const tag = same?.request.header.tag;
    return tag === undefined || tag === header.tag ? { asked } : { asked, repeatsTag: tag };
  }

  /** The request of that content that waits for its reply. */
  #openRequest(content: string, timeNs: bigint): Entry | undefined {
    const same = this.#byContent.get(content);
    const isOpen = same !== undefined && !same.group.isAnswered &&
      timeNs - same.lastNs < COPY_NS_MAX;
    return isOpen ? same : undefined;
  }

  #noteReply(place: string, header: Header, timeNs: bigint): Context {
    for (const shelf of [header.shelf, SHELF_ANY]) {
      for (const slot of [header.slot, SLOT_ANY]) {
        const key = keyOf(place, header.destination, header, shelf, slot);
        const asked = this.#byTag.get(key);
        if (asked === undefined) continue;
        const whom = asked.request.header.destination;
        if (whom !== header.source && !isGroupMac(whom)) continue;
        asked.replyCount++;
        asked.group.isAnswered = true;
        return { asked, roundTripNs: timeNs - asked.firstNs };
      }
    }
    return {};
  }
}

/** Puts an entry behind all others; the first goes where there are too many. */
function keep(table: Map<string, Entry>, key: string, entry: Entry, max: number): void {
  table.delete(key);
  table.set(key, entry);
  if (table.size <= max) return;
  for (const oldest of table.keys()) {
    table.delete(oldest);
    return;
  }
}

function keyOf(
  place: string,
  client: number,
  { command, tag }: Header,
  shelf: number,
  slot: number,
): string {
  return `${place} ${client} ${command} ${tag} ${shelf}.${slot}`;
}

const BODY_OFFSET = 24;
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** 32 bits that tell bodies apart (as FNV-1a, by words of 4 bytes); the command is not in it. */
function digestOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let digest = FNV_BASIS ^ bytes.length;
  let at = BODY_OFFSET;
  for (; at + 4 <= bytes.length; at += 4) {
    digest = Math.imul(digest ^ view.getUint32(at), FNV_PRIME);
    digest ^= digest >>> 15; // the upper bits must reach the lower ones, too
  }
  for (; at < bytes.length; at++) digest = Math.imul(digest ^ view.getUint8(at), FNV_PRIME);
  return digest;
}
