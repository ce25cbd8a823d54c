/**
 * What is written in the format of pcap is read back as it was.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { pcapHeader, pcapRecord } from "../lib/sniff/pcap.ts";
import { readPcap } from "./pcap.ts";

Deno.test("records are read back with time, size and bytes", () => {
  const records = [
    { timeNs: 1_700_000_000_123_456_789n, size: 60, bytes: new Uint8Array(60).fill(7) },
    { timeNs: 4_294_967_295_999_999_999n, size: 9014, bytes: new Uint8Array([1, 2, 3]) },
    { timeNs: 0n, size: 0, bytes: new Uint8Array(0) },
  ];
  const parts = records.map(({ timeNs, size, bytes }) => pcapRecord(timeNs, bytes, size));
  const file = new Uint8Array([pcapHeader(), ...parts].flatMap((part) => [...part]));
  assertEquals(readPcap(file), records);
  assertEquals(readPcap(pcapHeader()), []);
});
