/**
 * Answers to options, and the greeting, as bytes.
 *
 * @module
 */
import {
  HandshakeFlag,
  Info,
  OPTION_MAGIC,
  OPTION_REPLY_MAGIC,
  SERVER_MAGIC,
} from "./constants.ts";

const encoder = new TextEncoder();

/** The server's first words: fixed newstyle, and the 124 zeros of old are not needed. */
export function greeting(): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(18));
  view.setBigUint64(0, SERVER_MAGIC);
  view.setBigUint64(8, OPTION_MAGIC);
  view.setUint16(16, HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES);
  return new Uint8Array(view.buffer);
}

/** One answer to `option`; a string is what people may read. */
export function optionReply(
  option: number,
  type: number,
  data: Uint8Array | string = "",
): Uint8Array<ArrayBuffer> {
  const payload = typeof data === "string" ? encoder.encode(data) : data;
  const bytes = new Uint8Array(20 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, OPTION_REPLY_MAGIC);
  view.setUint32(8, option);
  view.setUint32(12, type);
  view.setUint32(16, payload.length);
  bytes.set(payload, 20);
  return bytes;
}

/** Data of an answer to LIST: the name of an export, behind its length. */
export function serverData(name: string): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(name);
  const bytes = new Uint8Array(4 + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length);
  bytes.set(text, 4);
  return bytes;
}

/** Data of an information: size and what can be done. */
export function exportInfo(sizeBytes: number, flags: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint16(0, Info.EXPORT);
  view.setBigUint64(2, BigInt(sizeBytes));
  view.setUint16(10, flags);
  return new Uint8Array(view.buffer);
}

/** Data of an information: sizes of requests. */
export function blockSizeInfo(sizes: readonly number[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(2 + 4 * sizes.length));
  view.setUint16(0, Info.BLOCK_SIZE);
  for (const [index, size] of sizes.entries()) view.setUint32(2 + 4 * index, size);
  return new Uint8Array(view.buffer);
}

/** Data of an information: a text. */
export function textInfo(type: number, text: string): Uint8Array<ArrayBuffer> {
  const encoded = encoder.encode(text);
  const bytes = new Uint8Array(2 + encoded.length);
  new DataView(bytes.buffer).setUint16(0, type);
  bytes.set(encoded, 2);
  return bytes;
}

/** The answer to EXPORT_NAME, which has no header. */
export function exportNameReply(
  sizeBytes: number,
  flags: number,
  noZeroes: boolean,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(noZeroes ? 10 : 134));
  view.setBigUint64(0, BigInt(sizeBytes));
  view.setUint16(8, flags);
  return new Uint8Array(view.buffer);
}
