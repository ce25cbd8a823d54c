/**
 * One line of text for each frame.
 *
 * @module
 */
import { formatMac } from "../wire/mac.ts";
import type { CapturedFrame } from "../../ffi/capture_socket.ts";
import type { Context } from "./conversation.ts";
import { type Decoded, type Header, isResponse } from "./decode.ts";
import { describeReply } from "./describe_reply.ts";
import { describeRequest } from "./describe_request.ts";
import { nameOfDisk } from "./names.ts";

/** A frame that passed, and all that is known of it. */
export interface Seen {
  /** The interface that it passed. */
  readonly interface: string;
  /** The frame. */
  readonly frame: CapturedFrame;
  /** When it passed, in nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** Its fields. */
  readonly decoded: Decoded;
  /** What is known of it from those before it. */
  readonly context: Context;
}

/** A line, and what to think of it. */
export interface Line {
  /** The line, without its end; nothing in it can be obeyed by a terminal. */
  readonly text: string;
  /** "trouble": refused, failed or malformed; "notice": sent again. */
  readonly tone: "plain" | "notice" | "trouble";
}

/** The line for one frame. */
export function describe(seen: Seen): Line {
  const { decoded, context } = seen;
  const { header, faults } = decoded;
  const begin = `${formatTime(seen.timeNs)} ${seen.interface}`;
  const complaint = faults.length > 0 ? ` [${faults.join("; ")}]` : "";
  if (header === undefined) {
    return { text: `${begin} ${decoded.size} bytes${complaint}`, tone: "trouble" };
  }
  const reply = isResponse(header) ? describeReply(header, decoded, context) : undefined;
  const what = reply?.text ?? describeRequest(header, decoded);
  const again = reply === undefined ? describeCopy(context) : "";
  const failed = reply?.failed === true || faults.length > 0;
  return {
    text: `${begin} ${routeOf(header)} ${what} ${tagOf(header.tag)}${again}${complaint}`,
    tone: failed ? "trouble" : again === "" ? "plain" : "notice",
  };
}

function routeOf(header: Header): string {
  const vlans = header.vlans.map((vlan) => ` vlan ${vlan}`).join("");
  const route = `${formatMac(header.source)} > ${formatMac(header.destination)}`;
  return `${route}${vlans} ${nameOfDisk(header.shelf, header.slot)}`;
}

function describeCopy({ asked, repeatsTag }: Context): string {
  if (asked !== undefined && asked.sendCount > 1) return `, sent ${asked.sendCount} times`;
  return repeatsTag === undefined ? "" : `, asked before by ${tagOf(repeatsTag)}`;
}

function tagOf(tag: number): string {
  return `tag 0x${tag.toString(16)}`;
}

const NS_PER_US = 1000n;
const US_PER_S = 1_000_000n;

/** The last second that was shown, because to ask for the local time takes long. */
const shown = { second: -1n, clock: "" };

/** The time of day, local, to the microsecond. */
function formatTime(timeNs: bigint): string {
  const us = timeNs / NS_PER_US;
  const second = us / US_PER_S;
  if (second !== shown.second) {
    const date = new Date(Number(second) * 1000);
    const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
    shown.second = second;
    shown.clock = parts.map((part) => String(part).padStart(2, "0")).join(":");
  }
  return `${shown.clock}.${String(us % US_PER_S).padStart(6, "0")}`;
}
