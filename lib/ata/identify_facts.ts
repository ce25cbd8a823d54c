/**
 * What IDENTIFY DEVICE says but for the features: facts with a name, a value and a text (ATA8-ACS
 * section 7.16, with what ACS-2 and ACS-3 added).
 *
 * @module
 */
import { getLba48, SECTOR_SIZE } from "../wire/ata.ts";
import { checksum, readNames, readSectors, readText } from "./identify.ts";
import { FORM_FACTORS, SECURITY_BITS, VERSION_BITS } from "./identify_bits.ts";
import { areNamesSwapped } from "./identify_names.ts";
import { hexWord, IdentifyWords } from "./identify_words.ts";

/** A value as JSON has it. */
export type FactValue = string | number | boolean | null | readonly string[];

/** One thing that the disk says. */
export interface Fact {
  /** Its name in JSON. */
  readonly key: string;
  /** Its name for a person. */
  readonly label: string;
  /** Its value. */
  readonly value: FactValue;
  /** Its value for a person, where that is more than the value. */
  readonly text?: string;
}

/** Facts that belong together. */
export interface Section {
  /** Its name in JSON. */
  readonly key: string;
  /** Its name for a person. */
  readonly title: string;
  /** At least one. */
  readonly facts: readonly Fact[];
}

const SIGNATURE = 0xa5;

/** All facts but the features. */
export function identifySections(words: IdentifyWords): readonly Section[] {
  return [
    { key: "names", title: "Names", facts: nameFacts(words) },
    { key: "size", title: "Size", facts: sizeFacts(words) },
    { key: "geometry", title: "Geometry", facts: geometryFacts(words) },
    { key: "transfer", title: "Transfer", facts: transferFacts(words) },
    { key: "behaviour", title: "Behaviour", facts: behaviourFacts(words) },
    { key: "standard", title: "Standard", facts: standardFacts(words) },
  ];
}

function nameFacts({ view }: IdentifyWords): readonly Fact[] {
  const { model, serial, firmware } = readNames(view, 0);
  const isSwapped = areNamesSwapped(view, 0);
  const product = readText(view, 2 * 170, 8, isSwapped);
  const medium = readText(view, 2 * 176, 60, isSwapped);
  return [
    { key: "model", label: "model", value: model },
    { key: "serial", label: "serial number", value: serial },
    { key: "firmware", label: "firmware", value: firmware },
    ...(product === "" ? [] : [{ key: "product", label: "product", value: product }]),
    ...(medium === "" ? [] : [{ key: "medium", label: "medium's serial number", value: medium }]),
    {
      key: "swapped",
      label: "bytes of names",
      value: isSwapped,
      text: isSwapped ? "swapped, as ATA has them" : "not swapped: the target's fault, mended here",
    },
  ];
}

function sizeFacts(words: IdentifyWords): readonly Fact[] {
  const sectors = readSectors(words.view, 0);
  const hasSizes = words.isValid(106);
  const logicalWords = hasSizes && words.bit(106, 12) ? words.double(117) : SECTOR_SIZE / 2;
  const logical = 2 * logicalWords;
  const exponent = hasSizes && words.bit(106, 13) ? words.word(106) & 15 : 0;
  const isAligned = words.isValid(209);
  const alignment = isAligned ? words.word(209) & 0x3fff : null;
  return [
    { key: "sectors", label: "sectors", value: sectors },
    { key: "bytes", label: "bytes", value: sectors * logical },
    { key: "lba28Sectors", label: "by 28-bit addresses", value: words.double(60) },
    {
      key: "lba48Sectors",
      label: "by 48-bit addresses",
      value: words.bit(83, 10) ? getLba48(words.view, 200) : null,
    },
    {
      key: "logicalSectorBytes",
      label: "logical sector",
      value: logical,
      text: `${logical} bytes`,
    },
    {
      key: "physicalSectorBytes",
      label: "physical sector",
      value: logical * 2 ** exponent,
      text: hasSizes ? `${logical * 2 ** exponent} bytes` : "not told, 512 bytes are assumed",
    },
    {
      key: "alignment",
      label: "sector 0 in its physical sector",
      value: alignment,
      ...(alignment === null ? {} : { text: `number ${alignment}` }),
    },
  ];
}

function geometryFacts(words: IdentifyWords): readonly Fact[] {
  const isValid = words.bit(53, 0);
  const word = (index: number): number | null => isValid ? words.word(index) : null;
  return [
    { key: "defaultCylinders", label: "cylinders by default", value: words.word(1) },
    { key: "defaultHeads", label: "heads by default", value: words.word(3) },
    { key: "defaultTrackSectors", label: "sectors of a track by default", value: words.word(6) },
    { key: "cylinders", label: "cylinders", value: word(54) },
    { key: "heads", label: "heads", value: word(55) },
    { key: "trackSectors", label: "sectors of a track", value: word(56) },
    {
      key: "reachedSectors",
      label: "sectors reached that way",
      value: isValid ? words.double(57) : null,
    },
  ];
}

function transferFacts(words: IdentifyWords): readonly Fact[] {
  const multiple = words.word(47) & 0xff;
  const hasTimes = words.bit(53, 1);
  const current = words.bit(59, 8) ? words.word(59) & 0xff : 0;
  const nanoseconds = (index: number): number | null => hasTimes ? words.word(index) : null;
  const blocks = words.word(105);
  return [
    { key: "multipleMax", label: "sectors of READ MULTIPLE at most", value: multiple },
    { key: "multiple", label: "sectors of READ MULTIPLE now", value: current },
    ...modes(words, "pio", "PIO modes", hasTimes ? words.word(64) & 3 : 0, 0, 3),
    ...modes(words, "mwdma", "multiword DMA modes", words.word(63) & 7, 63, 0),
    ...modes(words, "udma", "Ultra DMA modes", words.bit(53, 2) ? words.word(88) & 0x7f : 0, 88, 0),
    { key: "mwdmaCycleMinNs", label: "shortest DMA cycle in ns", value: nanoseconds(65) },
    { key: "mwdmaCycleNs", label: "recommended DMA cycle in ns", value: nanoseconds(66) },
    { key: "pioCycleNs", label: "shortest PIO cycle in ns", value: nanoseconds(67) },
    { key: "pioIordyCycleNs", label: "the same with IORDY in ns", value: nanoseconds(68) },
    { key: "queueDepth", label: "commands in the queue", value: (words.word(75) & 31) + 1 },
    { key: "trimBlocksMax", label: "blocks of ranges of a TRIM at most", value: blocks },
  ];
}

/** The modes of one kind, and the one that is selected where word `selected` says so. */
function modes(
  words: IdentifyWords,
  key: string,
  label: string,
  bits: number,
  selected: number,
  first: number,
): readonly Fact[] {
  const names = Array.from({ length: 8 }, (_, bit) => bit).filter((bit) => (bits >> bit & 1) === 1);
  const active = selected === 0 ? 0 : words.word(selected) >> 8 & 0x7f;
  const value = names.map((bit) => `${bit + first}`);
  const text = names.map((bit) => `${bit + first}${(active >> bit & 1) === 1 ? " (in use)" : ""}`);
  return [{ key, label, value, text: text.length > 0 ? text.join(", ") : "none" }];
}

function behaviourFacts(words: IdentifyWords): readonly Fact[] {
  const isCached = words.bit(85, 5);
  const uncached = words.bit(82, 5) ? "off" : "not told";
  const security = bitNames(words.word(128), SECURITY_BITS);
  return [
    {
      key: "writeCache",
      label: "write cache",
      value: isCached,
      text: isCached ? "on: a write may be answered before it is durable" : uncached,
    },
    trimFact(words),
    rotationFact(words.told(217)),
    { key: "formFactor", label: "form", value: FORM_FACTORS[words.word(168) & 15] ?? null },
    {
      key: "security",
      label: "security",
      value: security,
      text: security.length > 0 ? security.join(", ") : "none",
    },
    {
      key: "powerLevel",
      label: "level of power management",
      value: words.bit(86, 3) ? words.word(91) & 0xff : null,
    },
    { key: "removable", label: "removable medium", value: words.bit(0, 7) },
  ];
}

function trimFact(words: IdentifyWords): Fact {
  const [key, label] = ["trim", "TRIM"];
  if (!words.bit(169, 0)) return { key, label, value: null, text: "no" };
  const read = "yes; trimmed sectors read as";
  if (!words.bit(69, 14)) return { key, label, value: "undefined", text: `${read} anything` };
  if (words.bit(69, 5)) return { key, label, value: "zeros", text: `${read} zeros` };
  return { key, label, value: "deterministic", text: `${read} the same every time` };
}

function rotationFact(rotation: number): Fact {
  const [key, label] = ["rotation", "rotation"];
  if (rotation === 0) return { key, label, value: null };
  if (rotation === 1) return { key, label, value: 0, text: "none" };
  return { key, label, value: rotation, text: `${rotation} rounds a minute` };
}

function standardFacts(words: IdentifyWords): readonly Fact[] {
  const versions = bitNames(words.told(80), VERSION_BITS);
  const minor = words.told(81);
  const hasWwn = words.bit(87, 8);
  const wwn = [108, 109, 110, 111].map((index) => hexWord(words.word(index))).join("");
  const hasIntegrity = (words.word(255) & 0xff) === SIGNATURE;
  const isWhole = hasIntegrity && words.view.getUint8(SECTOR_SIZE - 1) === checksum(words.view, 0);
  return [
    {
      key: "versions",
      label: "standards",
      value: versions,
      text: versions.length > 0 ? versions.join(", ") : "not told",
    },
    {
      key: "minorVersion",
      label: "minor version",
      value: minor === 0 ? null : minor,
      ...(minor === 0 ? {} : { text: `0x${hexWord(minor)}` }),
    },
    { key: "wwn", label: "world wide name", value: hasWwn ? wwn : null },
    {
      key: "resetResult",
      label: "result of the last reset",
      value: `0x${hexWord(words.word(93))}`,
    },
    {
      key: "integrity",
      label: "checksum",
      value: hasIntegrity ? isWhole : null,
      text: hasIntegrity ? (isWhole ? "right" : "WRONG") : "none",
    },
  ];
}

/** The names of the bits that are set. */
function bitNames(word: number, names: Readonly<Record<number, string>>): readonly string[] {
  return Array.from({ length: 16 }, (_, bit) => bit)
    .filter((bit) => (word >> bit & 1) === 1 && names[bit] !== undefined)
    .map((bit) => names[bit] ?? "");
}
