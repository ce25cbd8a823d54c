/**
 * From the bytes of a frame to its fields. Any bytes at all are decoded as far as they go; what is
 * wrong with them is noted, and nothing throws.
 *
 * @module
 */
import {
  Command,
  ETHER_HEADER_SIZE,
  ETHER_TYPE,
  FLAG_ERROR,
  FLAG_RESPONSE,
  Frame,
  HEADER_SIZE,
  VERSION,
} from "../wire/frame.ts";
import { SERVICE_VLAN_TYPE, VLAN_ID_MASK, VLAN_TAG_SIZE, VLAN_TYPE } from "../wire/vlan.ts";
import { type Body, decodeBody } from "./body.ts";

/** What every frame says. */
export interface Header {
  /** Receiver's MAC. */
  readonly destination: number;
  /** Sender's MAC. */
  readonly source: number;
  /** The VLANs that it is tagged for, the outermost first. */
  readonly vlans: readonly number[];
  /** Protocol version. */
  readonly version: number;
  /** All four flags. */
  readonly flags: number;
  /** Error code, of meaning in a reply with the flag E. */
  readonly error: number;
  /** Upper half of the address. */
  readonly shelf: number;
  /** Lower half of the address. */
  readonly slot: number;
  /** Command code. */
  readonly command: number;
  /** The client's mark. */
  readonly tag: number;
}

/** A decoded frame. */
export interface Decoded {
  /** Size on the wire in bytes. */
  readonly size: number;
  /** Undefined where the frame is too short to have one, or is no frame of the protocol. */
  readonly header: Header | undefined;
  /** What the command says; undefined where there is nothing, or it cannot be read. */
  readonly body: Body | undefined;
  /** The frame from its first byte, tags of VLANs taken out: offsets are those of the protocol. */
  readonly bytes: Uint8Array;
  /** What is wrong with it. */
  readonly faults: readonly string[];
}

const TYPE_OFFSET = 12;
const RESERVED_FLAGS = 0x03;

/** Whether the frame is a reply, or an advertisement. */
export function isResponse(header: Header): boolean {
  return (header.flags & FLAG_RESPONSE) !== 0;
}

/** Whether the frame is a reply that refuses. */
export function isRefusal(header: Header): boolean {
  return isResponse(header) && (header.flags & FLAG_ERROR) !== 0;
}

/**
 * Decodes one frame.
 *
 * @param frame its bytes from the Ethernet header on
 * @param size its size on the wire in bytes, more than `frame` has where that was cut
 */
export function decodeFrame(frame: Uint8Array, size: number = frame.length): Decoded {
  const { bytes, vlans } = takeTags(frame);
  const faults: string[] = [];
  if (size > frame.length) faults.push(`only ${frame.length} of its bytes were taken`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nothing = { size, header: undefined, body: undefined, bytes, faults };
  if (bytes.length < ETHER_HEADER_SIZE) {
    faults.push("it ends in its Ethernet header");
    return nothing;
  }
  const type = view.getUint16(TYPE_OFFSET);
  if (type !== ETHER_TYPE) {
    faults.push(`EtherType 0x${type.toString(16).padStart(4, "0")} is not AoE`);
    return nothing;
  }
  if (bytes.length < HEADER_SIZE) {
    faults.push(`it ends in its header, of ${HEADER_SIZE} bytes`);
    return nothing;
  }
  const header = readHeader(new Frame(view), vlans);
  faults.push(...faultsOf(header));
  const isKnown = header.version <= VERSION;
  const body = isKnown ? decodeBody(bytes, header.command, isResponse(header)) : undefined;
  if (body !== undefined && !isRefusal(header)) faults.push(...body.faults);
  else if (body === undefined && needsBody(header)) {
    faults.push("it ends in the header of its command");
  }
  return { size, header, body: readable(header, body), bytes, faults };
}

/** A refusal may have the common header only, with anything behind it. */
function readable(header: Header, body: Body | undefined): Body | undefined {
  return isRefusal(header) && body !== undefined && body.faults.length > 0 ? undefined : body;
}

function needsBody(header: Header): boolean {
  return header.version <= VERSION && header.command <= Command.RESERVE && !isRefusal(header);
}

function takeTags(frame: Uint8Array): { bytes: Uint8Array; vlans: readonly number[] } {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const vlans: number[] = [];
  let at = TYPE_OFFSET;
  while (at + VLAN_TAG_SIZE + 2 <= frame.length) {
    const type = view.getUint16(at);
    if (type !== VLAN_TYPE && type !== SERVICE_VLAN_TYPE) break;
    vlans.push(view.getUint16(at + 2) & VLAN_ID_MASK);
    at += VLAN_TAG_SIZE;
  }
  if (at === TYPE_OFFSET) return { bytes: frame, vlans };
  const bytes = frame.slice(at - TYPE_OFFSET);
  bytes.set(frame.subarray(0, TYPE_OFFSET));
  return { bytes, vlans };
}

function readHeader(frame: Frame, vlans: readonly number[]): Header {
  return {
    destination: frame.destination,
    source: frame.source,
    vlans,
    version: frame.version,
    flags: frame.flags,
    error: frame.error,
    shelf: frame.shelf,
    slot: frame.slot,
    command: frame.command,
    tag: frame.tag,
  };
}

function faultsOf(header: Header): readonly string[] {
  const faults: string[] = [];
  if (header.version !== VERSION) faults.push(`version ${header.version}`);
  if ((header.flags & RESERVED_FLAGS) !== 0) {
    faults.push(`reserved flags 0x${(header.flags & RESERVED_FLAGS).toString(16)}`);
  }
  if (!isResponse(header) && (header.flags & FLAG_ERROR) !== 0) {
    faults.push("a request with the flag E");
  }
  return faults;
}
