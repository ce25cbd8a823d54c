/**
 * Reads files in the format of pcap, by the text of draft-ietf-opsawg-pcap and nothing of lib/.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

/** One frame in a file. */
export interface PcapRecord {
  readonly timeNs: bigint;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** All records; throws where the file is anything but nanoseconds, little-endian, Ethernet. */
export function readPcap(file: Uint8Array): readonly PcapRecord[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const header = [0, 4, 8, 12, 16, 20].map((at) => view.getUint32(at, true));
  assertEquals(header, [0xa1b23c4d, 0x00040002, 0, 0, 262144, 1]);
  const records: PcapRecord[] = [];
  for (let at = 24; at < file.length;) {
    const [seconds = 0, nanoseconds = 0, kept = 0, size = 0] = [0, 4, 8, 12]
      .map((field) => view.getUint32(at + field, true));
    const bytes = file.slice(at + 16, at + 16 + kept);
    assertEquals(bytes.length, kept, `the record at ${at} is cut`);
    records.push({ timeNs: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds), size, bytes });
    at += 16 + kept;
  }
  return records;
}
