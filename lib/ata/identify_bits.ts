/**
 * What the bits of IDENTIFY DEVICE's words mean: ATA8-ACS section 7.16, and what ACS-2 and ACS-3
 * put where that has "reserved". Bits that are not here are reserved or obsolete.
 *
 * @module
 */

/** Bits that tell of features. */
export interface FeatureWord {
  /** The word that says what is there. */
  readonly supported: number;
  /** The word that says what is switched on, with the same bits; undefined where none does. */
  readonly enabled?: number;
  /** Bits that say something else, such as whether the word is valid. */
  readonly otherBits?: number;
  /** What the word is about. */
  readonly title: string;
  /** By bit. */
  readonly bits: Readonly<Record<number, string>>;
}

/** Bit 14 set and bit 15 clear: the word is valid. */
const VALIDITY = 0xc000;

/** All words of features, in their order. */
export const FEATURE_WORDS: readonly FeatureWord[] = [
  {
    supported: 49,
    title: "capabilities",
    bits: {
      8: "DMA",
      9: "LBA",
      10: "IORDY may be disabled",
      11: "IORDY",
      13: "standby timer as the standard has it",
    },
  },
  {
    supported: 50,
    otherBits: VALIDITY,
    title: "capabilities",
    bits: { 0: "a least time of the standby timer of its own" },
  },
  {
    supported: 59,
    otherBits: 0x01ff,
    title: "SANITIZE",
    bits: {
      12: "SANITIZE",
      13: "CRYPTO SCRAMBLE EXT",
      14: "OVERWRITE EXT",
      15: "BLOCK ERASE EXT",
    },
  },
  {
    supported: 69,
    title: "additional features",
    bits: {
      2: "write cache that keeps its data without power",
      3: "extended number of sectors",
      4: "encrypts all user data",
      5: "trimmed sectors read as zeros",
      6: "optional 28-bit commands",
      8: "DOWNLOAD MICROCODE DMA",
      9: "SET MAX PASSWORD DMA, SET MAX UNLOCK DMA",
      10: "WRITE BUFFER DMA",
      11: "READ BUFFER DMA",
      12: "DEVICE CONFIGURATION IDENTIFY DMA, DEVICE CONFIGURATION SET DMA",
      13: "reports a wrong alignment as an error",
      14: "trimmed sectors read the same every time",
    },
  },
  {
    supported: 76,
    title: "Serial ATA capabilities",
    bits: {
      1: "1.5 Gb/s",
      2: "3.0 Gb/s",
      3: "6.0 Gb/s",
      8: "native command queuing (NCQ)",
      9: "power management asked for by the host",
      10: "counters of PHY events",
      11: "unload while NCQ commands are under way",
      12: "priority of NCQ commands",
    },
  },
  {
    supported: 78,
    enabled: 79,
    title: "Serial ATA features",
    bits: {
      1: "offsets in DMA set-up",
      2: "DMA set-up activated by itself",
      3: "power management begun by the device",
      4: "data in order",
      6: "settings kept by software",
    },
  },
  {
    supported: 82,
    enabled: 85,
    title: "command sets",
    bits: {
      0: "SMART",
      1: "security",
      2: "removable medium",
      3: "power management",
      4: "PACKET",
      5: "write cache",
      6: "read look-ahead",
      7: "release interrupt",
      8: "SERVICE interrupt",
      9: "DEVICE RESET",
      10: "host protected area",
      12: "WRITE BUFFER",
      13: "READ BUFFER",
      14: "NOP",
    },
  },
  {
    supported: 83,
    enabled: 86,
    otherBits: VALIDITY,
    title: "command sets",
    bits: {
      0: "DOWNLOAD MICROCODE",
      1: "READ/WRITE DMA QUEUED",
      2: "CFA",
      3: "advanced power management",
      4: "notification of removable media",
      5: "power-up in standby",
      6: "SET FEATURES needed to spin up",
      8: "SET MAX security",
      9: "automatic acoustic management",
      10: "48-bit addresses",
      11: "device configuration overlay",
      12: "FLUSH CACHE",
      13: "FLUSH CACHE EXT",
    },
  },
  {
    supported: 84,
    enabled: 87,
    otherBits: VALIDITY,
    title: "command sets",
    bits: {
      0: "SMART error log",
      1: "SMART self-test",
      2: "serial number of the medium",
      3: "media card pass through",
      4: "streaming",
      5: "general purpose logging",
      6: "WRITE DMA FUA EXT",
      7: "WRITE DMA QUEUED FUA EXT",
      8: "64-bit world wide name",
      13: "IDLE IMMEDIATE with unload",
    },
  },
  {
    supported: 119,
    enabled: 120,
    otherBits: VALIDITY,
    title: "command sets",
    bits: {
      1: "write-read-verify",
      2: "WRITE UNCORRECTABLE EXT",
      3: "READ/WRITE LOG DMA EXT",
      4: "DOWNLOAD MICROCODE mode 3",
      5: "free-fall control",
      6: "sense data reporting",
      7: "extended power conditions",
    },
  },
  { supported: 169, title: "DATA SET MANAGEMENT", bits: { 0: "TRIM" } },
  {
    supported: 206,
    title: "SCT command transport",
    bits: {
      0: "SCT",
      2: "SCT WRITE SAME",
      3: "SCT error recovery control",
      4: "SCT feature control",
      5: "SCT data tables",
    },
  },
];

/** Word 128. */
export const SECURITY_BITS: Readonly<Record<number, string>> = {
  0: "supported",
  1: "enabled",
  2: "locked",
  3: "frozen",
  4: "no more passwords may be tried",
  5: "enhanced erase",
};

/** Words 80: which standards are followed. */
export const VERSION_BITS: Readonly<Record<number, string>> = {
  1: "ATA-1",
  2: "ATA-2",
  3: "ATA-3",
  4: "ATA/ATAPI-4",
  5: "ATA/ATAPI-5",
  6: "ATA/ATAPI-6",
  7: "ATA/ATAPI-7",
  8: "ATA8-ACS",
  9: "ACS-2",
  10: "ACS-3",
  11: "ACS-4",
};

/** Word 168. */
export const FORM_FACTORS: Readonly<Record<number, string>> = {
  1: "5.25 inch",
  2: "3.5 inch",
  3: "2.5 inch",
  4: "1.8 inch",
  5: "less than 1.8 inch",
};

/** First and last of the words of which facts tell (identify_facts.ts). */
export const FACT_WORDS: readonly (readonly [first: number, last: number])[] = [
  [1, 1],
  [3, 3],
  [6, 6],
  [10, 19],
  [23, 46],
  [47, 47],
  [53, 61],
  [63, 68],
  [75, 75],
  [80, 81],
  [88, 88],
  [91, 91],
  [93, 93],
  [100, 103],
  [105, 106],
  [108, 111],
  [117, 118],
  [128, 128],
  [168, 168],
  [170, 173],
  [176, 205],
  [209, 209],
  [217, 217],
  [255, 255],
];

const WORD_TITLES: Readonly<Record<number, string>> = {
  0: "general configuration",
  2: "specific configuration",
  48: "trusted computing",
  62: "single word DMA",
  77: "Serial ATA capabilities now",
  89: "time of SECURITY ERASE UNIT",
  90: "time of the enhanced erase",
  92: "master password identifier",
  94: "acoustic management",
  95: "stream: least request",
  96: "stream: time of a transfer by DMA",
  97: "stream: access latency",
  98: "stream: granularity",
  99: "stream: granularity",
  104: "stream: time of a transfer by PIO",
  107: "delay between seeks",
  127: "notification of removable media",
  160: "CFA power mode",
  210: "sectors of write-read-verify, mode 3",
  211: "sectors of write-read-verify, mode 3",
  212: "sectors of write-read-verify, mode 2",
  213: "sectors of write-read-verify, mode 2",
  214: "non-volatile cache",
  215: "non-volatile cache",
  216: "non-volatile cache",
  219: "non-volatile cache",
  220: "mode of write-read-verify",
  222: "version of the transport",
  223: "version of the transport",
  230: "extended number of sectors",
  231: "extended number of sectors",
  232: "extended number of sectors",
  233: "extended number of sectors",
  234: "least blocks of DOWNLOAD MICROCODE",
  235: "most blocks of DOWNLOAD MICROCODE",
};

/** What a word is for. */
export function wordTitle(word: number): string {
  if (word >= 129 && word <= 159) return "vendor specific";
  return WORD_TITLES[word] ?? "reserved";
}
