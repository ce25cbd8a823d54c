/**
 * Replies to requests as bytes.
 *
 * @module
 */
import {
  Errno,
  REPLY_FLAG_DONE,
  ReplyType,
  SIMPLE_REPLY_MAGIC,
  STRUCTURED_REPLY_MAGIC,
} from "./constants.ts";
import type { NbdRequest } from "./request.ts";

const SIMPLE_SIZE = 16;
const CHUNK_SIZE = 20;
const OFFSET_SIZE = 8;
const encoder = new TextEncoder();

/** Size of what a reply to a read has around its data in bytes, at most. */
export const READ_OVERHEAD: number = CHUNK_SIZE + OFFSET_SIZE;

/** A reply without data: success, or an error. */
export function simpleReply(
  request: NbdRequest,
  errno: number = Errno.NONE,
  dataSize: number = 0,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIMPLE_SIZE + dataSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SIMPLE_REPLY_MAGIC);
  view.setUint32(4, errno);
  view.setBigUint64(8, request.cookie);
  return bytes;
}

/** A reply that says what is wrong, in words where the client can hear them. */
export function errorReply(
  request: NbdRequest,
  errno: number,
  message: string,
  isStructured: boolean,
): Uint8Array<ArrayBuffer> {
  if (!isStructured) return simpleReply(request, errno);
  const text = encoder.encode(message);
  const bytes = chunk(request, ReplyType.ERROR, 6 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(CHUNK_SIZE, errno);
  view.setUint16(CHUNK_SIZE + 4, text.length);
  bytes.set(text, CHUNK_SIZE + 6);
  return bytes;
}

/** A reply to a successful read: the whole, and where its data is to be put before it is sent. */
export function readReply(
  request: NbdRequest,
  isStructured: boolean,
): { bytes: Uint8Array<ArrayBuffer>; data: Uint8Array<ArrayBuffer> } {
  if (!isStructured) {
    const bytes = simpleReply(request, Errno.NONE, request.length);
    return { bytes, data: bytes.subarray(SIMPLE_SIZE) };
  }
  const bytes = chunk(request, ReplyType.OFFSET_DATA, OFFSET_SIZE + request.length);
  new DataView(bytes.buffer).setBigUint64(CHUNK_SIZE, BigInt(request.offset));
  return { bytes, data: bytes.subarray(CHUNK_SIZE + OFFSET_SIZE) };
}

/** The only, and so the last, chunk of a reply. */
function chunk(request: NbdRequest, type: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(CHUNK_SIZE + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, STRUCTURED_REPLY_MAGIC);
  view.setUint16(4, REPLY_FLAG_DONE);
  view.setUint16(6, type);
  view.setBigUint64(8, request.cookie);
  view.setUint32(16, size);
  return bytes;
}
