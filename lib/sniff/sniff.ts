/**
 * Shows the frames that pass until there were enough of them, the time is over, somebody wishes the
 * end, or nobody reads what is shown.
 *
 * @module
 */
import type { OutputStream } from "../../ffi/output_stream.ts";
import { Conversation } from "./conversation.ts";
import { decodeFrame, isRefusal } from "./decode.ts";
import { describe, type Line, type Seen } from "./describe.ts";
import { dump } from "./escape.ts";
import { pcapHeader, pcapRecord } from "./pcap.ts";
import { reportOf } from "./report.ts";
import type { Captured, Sniffer } from "./sniffer.ts";

/** What to show, and where. */
export interface SniffOptions {
  /** Lines go there; undefined: none are made. */
  readonly lines: OutputStream | undefined;
  /** Whether a line is JSON. */
  readonly json: boolean;
  /** Whether all bytes of each frame are shown. */
  readonly hex: boolean;
  /** Gives a line its colour. */
  readonly paint: (line: Line) => string;
  /** Frames go there in the format of pcap; undefined: nowhere. */
  readonly pcap: OutputStream | undefined;
  /** How many frames to show at most. */
  readonly count: number;
  /** For how many milliseconds to look at most. */
  readonly durationMs: number;
  /** Whether somebody wishes the end. */
  readonly isStopped: () => boolean;
}

/** What was seen in all. */
export interface SniffTotals {
  /** Frames that passed. */
  frames: number;
  /** Requests that were sent again; not counted where no lines are made. */
  copies: number;
  /** Refusals, as {@linkcode copies} are. */
  refusals: number;
  /** Frames with something wrong, as {@linkcode copies} are. */
  malformed: number;
  /** Frames that passed and were lost. */
  dropped: number;
}

/** Frames that are shown together. */
const BATCH = 256;
const WAIT_MS = 50;

/** Shows the frames; returns what was seen. */
export async function sniff(sniffer: Sniffer, options: SniffOptions): Promise<SniffTotals> {
  const { lines, pcap, count } = options;
  const totals = { frames: 0, copies: 0, refusals: 0, malformed: 0, dropped: 0 };
  const endMs = performance.now() + options.durationMs;
  const goesOn = (): boolean => !options.isStopped() && performance.now() < endMs;
  const conversation = new Conversation();
  let isRead = pcap === undefined || await pcap.write(pcapHeader(), goesOn);
  while (isRead && totals.frames < count && goesOn()) {
    const batch: Captured[] = [];
    while (batch.length < Math.min(BATCH, count - totals.frames)) {
      const captured = sniffer.next();
      if (captured === undefined) break;
      batch.push(captured);
    }
    totals.frames += batch.length;
    if (pcap !== undefined) isRead = await pcap.write(recordsOf(batch), goesOn);
    if (lines !== undefined && isRead) {
      const text = batch.map((one) => show(observe(conversation, one, totals), options)).join("");
      isRead = await lines.write(encoder.encode(text), goesOn);
    }
    // Also with more at hand: only a rest of the event loop lets signals be heard.
    if (totals.frames < count) await sniffer.waitAsync(WAIT_MS);
  }
  totals.dropped = sniffer.droppedCount;
  return totals;
}

const encoder = new TextEncoder();

function observe(conversation: Conversation, captured: Captured, totals: SniffTotals): Seen {
  const { frame, timeNs } = captured;
  const decoded = decodeFrame(frame.bytes, frame.size);
  const context = conversation.note(captured.interface, decoded, timeNs);
  const isRequest = context.asked !== undefined && context.roundTripNs === undefined;
  if (isRequest && (context.asked.sendCount > 1 || context.repeatsTag !== undefined)) {
    totals.copies++;
  }
  if (decoded.header !== undefined && isRefusal(decoded.header)) totals.refusals++;
  if (decoded.faults.length > 0) totals.malformed++;
  return { ...captured, decoded, context };
}

function show(seen: Seen, { json, hex, paint }: SniffOptions): string {
  const { bytes } = seen.frame;
  if (json) {
    return JSON.stringify({ ...reportOf(seen), ...(hex ? { bytes: bytes.toHex() } : {}) }) + "\n";
  }
  return `${paint(describe(seen))}\n${hex ? `${dump(bytes)}\n` : ""}`;
}

function recordsOf(batch: readonly Captured[]): Uint8Array {
  const records = batch.map(({ frame, timeNs }) => pcapRecord(timeNs, frame.bytes, frame.size));
  const all = new Uint8Array(records.reduce((size, record) => size + record.length, 0));
  let at = 0;
  for (const record of records) {
    all.set(record, at);
    at += record.length;
  }
  return all;
}
