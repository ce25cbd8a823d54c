/**
 * The table's rows of what moves data between disks, files and streams.
 *
 * @module
 */
import type { CommandSpec, OperandSpec, OptionSpec } from "../command.ts";
import { DISK, DISK_OPTIONS, JSON_OUTPUT, WINDOW, YES } from "../options.ts";

const QUIET: OptionSpec = { name: "quiet", short: "q", help: "no progress and no summary" };
const NO_CHECKSUM: OptionSpec = { name: "no-checksum", help: "do not take the SHA-256" };
const COMMON: readonly OptionSpec[] = [...DISK_OPTIONS, WINDOW, QUIET, NO_CHECKSUM, JSON_OUTPUT];
const LENGTH: OptionSpec = {
  name: "length",
  short: "l",
  value: "SECTORS",
  help: "how much, in sectors of 512 bytes or such as 1M [all]",
};
const OFFSET: OptionSpec = {
  name: "offset",
  short: "o",
  value: "SECTORS",
  help: "first sector of DISK, or such as 1M [0]",
};

const FILE_OUT: OperandSpec = {
  name: "FILE",
  help: "where to: a file, a block device, or - for standard output [-]",
  optional: true,
};
const FILE_IN: OperandSpec = {
  name: "FILE",
  help: "where from: a file, a block device, or - for standard input [-]",
  optional: true,
};

const IN_USE = "What holds a partition table, a file system or the like, or a file that is not " +
  "empty, is overwritten only when the question about it is answered with y, or with --yes. " +
  "A local block device that is in use is refused.";

const JSON_PLACE = "With --json the JSON takes the summary's place; it goes to standard output, " +
  "or to standard error where the data goes to standard output.";

/** `dblade read` and its like. */
export const TRANSFER: readonly CommandSpec[] = [
  {
    name: "read",
    summary: "copy a disk into a file or to standard output",
    operands: [DISK, FILE_OUT],
    options: [OFFSET, LENGTH, ...COMMON, YES],
    details: ["Zeros become holes in a file. " + IN_USE, JSON_PLACE],
    examples: [
      { line: "dblade read e0.0 disk.img", does: "the whole disk into a file" },
      { line: "dblade read e0.0 | zstd > disk.zst", does: "compressed" },
    ],
    load: () => import("../commands/read.ts"),
  },
  {
    name: "write",
    summary: "copy a file or standard input to a disk",
    operands: [DISK, FILE_IN],
    options: [OFFSET, LENGTH, ...COMMON, YES],
    details: [
      "It ends with a flush, so that what is told as written is durable as far as the target can " +
      "tell. What does not fit is refused before anything is written; of a pipe, whose length " +
      "nobody knows, as much as fits is written first. Of a last sector that is not whole the " +
      "rest stays as it is. " + IN_USE,
    ],
    examples: [
      { line: "dblade write e0.0 disk.img", does: "a file to the disk" },
      {
        line: "dblade write e0.0 --yes < disk.img",
        does: "from standard input, whatever is there",
      },
    ],
    load: () => import("../commands/write.ts"),
  },
  {
    name: "copy",
    summary: "copy between disks, files and standard streams, and go on after an interruption",
    operands: [
      {
        name: "SOURCE",
        help: "a disk such as e0.0, a file, a block device, or -",
        completes: "file",
      },
      {
        name: "DEST",
        help: "the same; a file with the name of a disk is ./e0.0",
        completes: "file",
      },
    ],
    options: [
      { ...OFFSET, help: "first sector of SOURCE, or such as 1M [0]" },
      {
        name: "dest-offset",
        value: "SECTORS",
        help: "first sector of DEST; the rest of a file then stays as it is [0]",
      },
      LENGTH,
      { name: "resume", value: "FILE", help: "keep in FILE how far it is, and go on from there" },
      ...COMMON,
      YES,
    ],
    details: [
      "With --resume about once a second what was copied is made durable and FILE is replaced; " +
      "after any end, even that of the machine, the same command line goes on from there. It " +
      "refuses to where SOURCE or DEST is another one by then. FILE is removed at the end.",
      IN_USE,
      JSON_PLACE,
    ],
    examples: [
      { line: "dblade copy e0.0 e1.0 --resume state", does: "a disk to another one" },
      { line: "dblade copy disk.img e0.0 --dest-offset 1M", does: "a file into a partition" },
    ],
    load: () => import("../commands/copy.ts"),
  },
  {
    name: "verify",
    summary: "compare a disk with a file, a stream or another disk",
    operands: [
      DISK,
      {
        name: "FILE",
        help: "a file, a block device, another disk, or - for standard input",
      },
    ],
    options: [OFFSET, LENGTH, ...COMMON],
    details: [
      "As much is compared as FILE has, from its beginning on. The exit status is 5 where a byte " +
      "differs, or FILE has more than the disk. The SHA-256 is that of what the disk holds there.",
    ],
    examples: [{ line: "dblade verify e0.0 disk.img", does: "whether the disk holds disk.img" }],
    load: () => import("../commands/verify.ts"),
  },
];
