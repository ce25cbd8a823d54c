/**
 * The file format that Wireshark, tshark and tcpdump read (draft-ietf-opsawg-pcap): a header, then
 * records of one frame each, with times in nanoseconds.
 *
 * @module
 */

/** Times have nanoseconds; also tells the byte order, little-endian here. */
const MAGIC = 0xa1b23c4d;
const VERSION = [2, 4] as const;
/** LINKTYPE_ETHERNET. */
const LINK_TYPE = 1;
/** No frame is longer than that. */
const SNAP_LENGTH = 0x40000;
const HEADER_SIZE = 24;
const RECORD_HEADER_SIZE = 16;
const NS_PER_S = 1_000_000_000n;

/** What a file begins with. */
export function pcapHeader(): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(HEADER_SIZE));
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION[0], true);
  view.setUint16(6, VERSION[1], true);
  // bytes 8 to 15: time zone and accuracy, which nobody uses
  view.setUint32(16, SNAP_LENGTH, true);
  view.setUint32(20, LINK_TYPE, true);
  return new Uint8Array(view.buffer);
}

/**
 * The record of one frame.
 *
 * @param timeNs when it passed, in nanoseconds since 1970
 * @param bytes the frame, as much of it as was taken
 * @param size its size on the wire in bytes
 */
export function pcapRecord(
  timeNs: bigint,
  bytes: Uint8Array,
  size: number,
): Uint8Array<ArrayBuffer> {
  const record = new Uint8Array(RECORD_HEADER_SIZE + bytes.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, Number(timeNs / NS_PER_S), true);
  view.setUint32(4, Number(timeNs % NS_PER_S), true);
  view.setUint32(8, bytes.length, true);
  view.setUint32(12, size, true);
  record.set(bytes, RECORD_HEADER_SIZE);
  return record;
}
