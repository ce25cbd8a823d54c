/**
 * Exceptions of command 0.
 *
 * @module
 */
import type { Exception } from "./exception.ts";

/** Serial number, firmware, model; geometry; what is supported; sizes; the checksum. */
const IDENTITY_WORDS = [
  ...Array.from({ length: 37 }, (_, index) => 10 + index),
  ...[53, 54, 55, 56, 57, 58, 69, 80, 82, 83, 85, 86, 105, 106, 169, 209, 217, 255],
].map((index) => `word ${index}`);

/** In the order of docs/protocol.md. */
export const ATA_EXCEPTIONS = {
  "identity": {
    vblade: "names itself and says little else in IDENTIFY: nothing of ATA's version, write " +
      "cache, FLUSH EXT, SMART, TRIM, sector sizes",
    dblade: "says what is so",
    because: "clients act on it; the words that both fill in are the same",
    fields: IDENTITY_WORDS,
    vbladeHas: { "word 80": "0000", "word 83": "5400", "word 86": "1400", "word 255": "0000" },
    dbladeHas: { "word 80": "01f0", "word 83": "7400", "word 86": "7400", "word 255": /a5$/ },
    isGeneral: true,
  },
  "failed-count": {
    vblade: "leaves the sectors that were asked for in the count of a failure",
    dblade: "sets the count of a failure to 0",
    because: "nothing was read or written, so there is no rest to count",
    fields: ["count"],
    vbladeHas: { outcome: /^41\/(04|10)$/, count: /^(?!00)/ },
    dbladeHas: { outcome: /^41\/(04|10)$/, count: "00" },
    isGeneral: true,
  },
  "ata-commands": {
    vblade: "knows 20h, 24h, 30h, 34h, E5h, E7h, ECh and aborts all else",
    dblade: "knows DMA, VERIFY, TRIM, FLUSH EXT, SMART, SET FEATURES and power commands too",
    because: "clients send them",
    fields: ["outcome"],
    vbladeHas: { outcome: "41/04" },
    dbladeHas: { outcome: /^(40\/00|41\/10|E2)$/ },
  },
  "flush": {
    vblade: "answers FLUSH with status 0 and whatever error, and syncs nothing",
    dblade: "syncs and answers status 40h, error 0",
    because: "status 0 says that the disk is not ready; a FLUSH is for durability",
    fields: ["outcome"],
    vbladeHas: { outcome: /^00\// },
    dbladeHas: { outcome: "40/00", count: "00" },
  },
  "check-power-count": {
    vblade: "does not answer CHECK POWER with a count and without the flag W",
    dblade: "answers",
    because: "the count is an output of the command; vblade takes FFh for the sectors left",
    fields: ["outcome"],
    vbladeHas: { outcome: "silence" },
    dbladeHas: { outcome: "40/00", count: "ff" },
  },
  "identify-count": {
    vblade: "answers error 2 to IDENTIFY with a count other than 1",
    dblade: "takes 0 as 1 and aborts others",
    because: "ATA8-ACS has no count here; AoE errors are for faults of protocol",
    fields: ["outcome"],
    vbladeHas: { outcome: "E2" },
    dbladeHas: { outcome: /^(40\/00|41\/04)$/ },
  },
  "read-flag": {
    vblade: "sends no data where a READ or IDENTIFY has the flag W",
    dblade: "sends the data",
    because: "the command code says which way the data goes",
    fields: ["outcome"],
    vbladeHas: { outcome: "40/00 cut", end: /^\d+ bytes missing$/ },
    dbladeHas: { outcome: "40/00", end: "exact" },
  },
  "write-flag": {
    vblade: "sends the data of a WRITE without the flag W back",
    dblade: "sends 60 bytes",
    because: "the command code says which way the data goes",
    fields: ["end"],
    vbladeHas: { outcome: "40/00", end: /^512 more bytes, not zero$/ },
    dbladeHas: { outcome: "40/00", end: "padded" },
  },
  "read-size": {
    vblade: "answers error 2 to a READ of more sectors than a frame carries",
    dblade: "aborts it",
    because: "Linux drops replies with E and repeats such a READ for three minutes",
    fields: ["outcome"],
    vbladeHas: { outcome: "E2" },
    dbladeHas: { outcome: "41/04" },
  },
  "write-size": {
    vblade: "answers error 2 to a WRITE of more sectors than its sector count",
    dblade: "serves it if its data is there",
    because: "Linux repeats a frame as it was, after the MTU fell too",
    fields: ["outcome"],
    vbladeHas: { outcome: "E2" },
    dbladeHas: { outcome: "40/00" },
  },
  "count-0": {
    vblade: "looks where nothing is read or written, and may find no sector there",
    dblade: "succeeds",
    because: "nothing is asked of a sector",
    fields: ["outcome"],
    vbladeHas: { outcome: "41/10" },
    dbladeHas: { outcome: "40/00" },
  },
  "read-only-first": {
    vblade: "finds out that a disk is read-only when it writes: not with count 0 or behind the end",
    dblade: "aborts every WRITE to a read-only disk",
    because: "one answer tells the client what is wrong",
    fields: ["outcome"],
    vbladeHas: { outcome: /^(40\/00|41\/10)$/ },
    dbladeHas: { outcome: "41/04" },
  },
  "reserved-questions": {
    vblade: "lets others have IDENTIFY alone of a reserved disk",
    dblade: "lets them have CHECK POWER and SMART too",
    because: "they are questions about the disk and change nothing",
    fields: ["outcome"],
    vbladeHas: { outcome: "E6" },
    dbladeHas: { outcome: "40/00" },
  },
  "reserved-bytes": {
    vblade: "sends the reserved bytes of commands 0 and 2 back",
    dblade: "sends zeros",
    because: "no byte of a reply is a byte of the request that nobody looked at",
    fields: ["reserved"],
    vbladeHas: { reserved: /[^0]/ },
    dbladeHas: { reserved: /^0+$/ },
  },
} satisfies Record<string, Exception>;
