/**
 * What is read from IDENTIFY: facts, features, words that are left; names whose bytes are not
 * swapped.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Identity, readNames, writeIdentify } from "../lib/ata/identify.ts";
import { identifySections } from "../lib/ata/identify_facts.ts";
import { areNamesSwapped } from "../lib/ata/identify_names.ts";
import { identifyFeatures, otherWords } from "../lib/ata/identify_report.ts";
import { IdentifyWords } from "../lib/ata/identify_words.ts";
import { dumpWords } from "../lib/cli/commands/identify.ts";

const IDENTITY: Identity = {
  serial: "258.3:host",
  firmware: "0.1.0",
  model: "dblade",
  sectors: 2048,
  writeCache: true,
  trim: "zeros",
  physicalSize: 4096,
  physicalOffset: 1,
};

/** The words of a disk of ours, changed. */
function wordsOf(changes: Readonly<Record<number, number>> = {}, identity: Partial<Identity> = {}) {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  writeIdentify(view, 0, { ...IDENTITY, ...identity });
  for (const [index, value] of Object.entries(changes)) {
    view.setUint16(2 * Number(index), value, true);
  }
  return new IdentifyWords(bytes);
}

/** The words of a disk that says nothing but its names, typed as they lie on the wire. */
function namedOf(serial: string, firmware: string, model: string): IdentifyWords {
  const bytes = new Uint8Array(512);
  [[serial, 20], [firmware, 46], [model, 54]].forEach(([text, at]) =>
    bytes.set(new TextEncoder().encode(`${text}`), Number(at))
  );
  return new IdentifyWords(bytes);
}

function fact(words: IdentifyWords, section: string, key: string): unknown {
  const facts = identifySections(words).find((candidate) => candidate.key === section)?.facts;
  return facts?.find((candidate) => candidate.key === key)?.value;
}

for (
  const [section, key, changes, value] of [
    ["names", "model", {}, "dblade"],
    ["names", "swapped", {}, true],
    ["size", "sectors", {}, 2048],
    ["size", "bytes", {}, 2 ** 20],
    ["size", "lba48Sectors", {}, 2048],
    ["size", "lba48Sectors", { 83: 0x7000 }, null],
    ["size", "physicalSectorBytes", {}, 4096],
    ["size", "alignment", {}, 1],
    ["size", "alignment", { 209: 0 }, null],
    ["size", "logicalSectorBytes", { 106: 0x5000, 117: 0x0800, 118: 0 }, 4096],
    ["size", "bytes", { 106: 0x5000, 117: 0x0800, 118: 0 }, 2 ** 23],
    ["geometry", "cylinders", {}, 2],
    ["geometry", "cylinders", { 53: 0 }, null],
    ["geometry", "reachedSectors", {}, 2016],
    ["transfer", "pio", { 53: 2, 64: 3 }, ["3", "4"]],
    ["transfer", "pio", { 53: 0, 64: 3 }, []],
    ["transfer", "mwdma", { 63: 0x0407 }, ["0", "1", "2"]],
    ["transfer", "udma", { 53: 4, 88: 0x407f }, ["0", "1", "2", "3", "4", "5", "6"]],
    ["transfer", "udma", { 53: 0, 88: 0x407f }, []],
    ["transfer", "queueDepth", { 75: 31 }, 32],
    ["transfer", "trimBlocksMax", { 105: 8 }, 8],
    ["behaviour", "writeCache", {}, true],
    ["behaviour", "trim", {}, "zeros"],
    ["behaviour", "trim", { 69: 0x4000 }, "deterministic"],
    ["behaviour", "trim", { 69: 0x0020 }, "undefined"],
    ["behaviour", "trim", { 169: 0 }, null],
    ["behaviour", "rotation", {}, 0],
    ["behaviour", "rotation", { 217: 7200 }, 7200],
    ["behaviour", "rotation", { 217: 0xffff }, null],
    ["behaviour", "formFactor", { 168: 3 }, "2.5 inch"],
    ["behaviour", "security", { 128: 0x0029 }, ["supported", "frozen", "enhanced erase"]],
    ["standard", "versions", { 80: 0x0110 }, ["ATA/ATAPI-4", "ATA8-ACS"]],
    ["standard", "versions", { 80: 0xffff }, []],
    ["standard", "minorVersion", { 81: 0x0028 }, 0x28],
    [
      "standard",
      "wwn",
      { 87: 0x4100, 108: 0x5000, 109: 0xc500, 110: 0x1234, 111: 0xabcd },
      "5000c5001234abcd",
    ],
    ["standard", "wwn", { 108: 0x5000 }, null],
    ["standard", "integrity", {}, true],
    ["standard", "integrity", { 200: 1 }, false],
    ["standard", "integrity", { 255: 0 }, null],
  ] as const
) {
  Deno.test(`identifySections() reads ${section}.${key} as ${value}`, () => {
    assertEquals(fact(wordsOf(changes), section, key), value);
  });
}

Deno.test("identifyFeatures() tells what is supported and what is on, bit by bit", () => {
  const words = wordsOf({ 82: 0x0021, 85: 0x0401, 119: 0x4002, 120: 0x4000, 76: 0xffff });
  const told = identifyFeatures(words).filter(({ word }) => [76, 82, 119].includes(word));
  assertEquals(told, [
    { word: 82, bit: 0, name: "SMART", supported: true, enabled: true },
    { word: 82, bit: 5, name: "write cache", supported: true, enabled: false },
    { word: 82, bit: 10, name: "host protected area", supported: false, enabled: true },
    { word: 119, bit: 1, name: "write-read-verify", supported: true, enabled: false },
  ]);
  const [reserved] = identifyFeatures(wordsOf({ 169: 0x8000 })).filter(({ word }) => word === 169);
  assertEquals(reserved, {
    word: 169,
    bit: 15,
    name: "reserved",
    supported: true,
    enabled: undefined,
  });
});

Deno.test("otherWords() lists what is not zero and told of nowhere else", () => {
  assertEquals(otherWords(wordsOf()), []);
  assertEquals(otherWords(wordsOf({ 7: 0x1234, 130: 1, 0: 0x0040 })), [
    { word: 0, value: 0x0040, title: "general configuration" },
    { word: 7, value: 0x1234, title: "reserved" },
    { word: 130, value: 1, title: "vendor specific" },
  ]);
});

for (
  const [target, serial, firmware, model, swapped] of [
    ["a target that forgets to swap", "/dev/sdb", "", "123456789", false],
    ["one whose model alone shows it", "ab", "", "123456789", false],
    ["one whose serial number alone shows it", "/dev/sdb", "", "", false],
    ["one where nothing shows it", "ab", "", "12345678", true],
    ["an odd name that is swapped", "", "", "bldade\0x", true],
    ["a name with a blank before its last character", "", "", "iDks1 ", true],
    ["a name padded with zeros in front", "\0\0\0\0DWX1", "", "", true],
    ["nothing", "", "", "", true],
  ] as const
) {
  Deno.test(`areNamesSwapped() is ${swapped} for ${target}`, () => {
    assertEquals(areNamesSwapped(namedOf(serial, firmware, model).view, 0), swapped);
  });
}

Deno.test("readNames() reads names legibly whose bytes are not swapped", () => {
  assertEquals(readNames(namedOf("/dev/sdb", "", "123456789").view, 0), {
    serial: "/dev/sdb",
    firmware: "",
    model: "123456789",
  });
});

Deno.test("dumpWords() prints eight words a line", () => {
  const lines = dumpWords(wordsOf({ 8: 0x00ab, 255: 0xa5a5 })).split("\n");
  assertEquals(lines.length, 33);
  assertEquals(lines[1], "  8: 00ab 0000 3235 382e 333a 686f 7374 2020");
  assertEquals(lines[31], "248: 0000 0000 0000 0000 0000 0000 0000 a5a5");
});
