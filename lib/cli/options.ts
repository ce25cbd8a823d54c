/**
 * The one table of the command line: parsing and help are made from it.
 *
 * @module
 */

/** One option. */
export interface OptionSpec {
  /** Long name, without the dashes. */
  readonly name: string;
  /** One letter, as vblade has it, where there is one. */
  readonly short?: string;
  /** Name of its value in the help; undefined: it takes none. */
  readonly value?: string;
  /** What it does, in one line. */
  readonly help: string;
}

/** The options of an export. */
export const EXPORT_OPTIONS: readonly OptionSpec[] = [
  { name: "buffers", short: "b", value: "N", help: "requests a client may have under way [128]" },
  { name: "direct", short: "d", help: "bypass the page cache (O_DIRECT)" },
  { name: "sync", short: "s", help: "make every write durable before its reply" },
  { name: "read-only", short: "r", help: "refuse every write" },
  { name: "mask", short: "m", value: "MAC,...", help: "serve these MAC addresses only, or all" },
  { name: "offset", short: "o", value: "SECTORS", help: "first sector of FILE to export [0]" },
  { name: "length", short: "l", value: "SECTORS", help: "number of sectors to export [all]" },
  { name: "engine", value: "NAME", help: "auto, ring or plain [auto]" },
  { name: "busy-poll", value: "US", help: "microseconds to look for the next frame [50]" },
  {
    name: "state",
    value: "DIR",
    help: "keep config string, mask list and reservation in this folder",
  },
  { name: "shared", help: "export FILE even where another process uses it" },
  { name: "force", help: "go on where another target answers for SHELF.SLOT" },
  { name: "log-level", value: "LEVEL", help: "debug, info, warning or error [info]" },
  { name: "log-format", value: "FORMAT", help: "text or json [text]" },
  { name: "help", short: "h", help: "show this help" },
  { name: "version", short: "V", help: "show the version" },
];

/** The help text, from the table. */
export function helpText(): string {
  const rows = EXPORT_OPTIONS.map(({ name, short, value, help }) => {
    const left = `${short === undefined ? "    " : `-${short}, `}--${name}`;
    return { left: value === undefined ? left : `${left} ${value}`, help };
  });
  const width = Math.max(...rows.map(({ left }) => left.length));
  const options = rows.map(({ left, help }) => `  ${left.padEnd(width)}  ${help}`).join("\n");
  return `dblade exports a file or block device to the LAN as an ATA over Ethernet disk.

usage: dblade [OPTIONS] SHELF SLOT INTERFACE[,INTERFACE...] FILE
   such as: dblade 0 0 eth0 disk.img

  SHELF      0 to 65534, the upper half of the disk's address e{SHELF}.{SLOT}
  SLOT       0 to 254, the lower half
  INTERFACE  the Ethernet interface to export on, such as eth0; several: eth0,eth1
  FILE       a regular file or a block device

${options}

Numbers may be decimal or hexadecimal (0x10). Exit status: 0 after SIGINT or SIGTERM, 1 where the
system refused something, 2 where the command line is wrong.
`;
}

/** The long option nearest to a mistyped one; undefined where none is near. */
export function nearestOption(typed: string): string | undefined {
  const begun = EXPORT_OPTIONS.find(({ name }) => typed.length > 2 && name.startsWith(typed));
  if (begun !== undefined) return begun.name;
  let best: string | undefined;
  let bestDistance = 3;
  for (const { name } of EXPORT_OPTIONS) {
    const distance = editDistance(typed, name);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** Levenshtein's distance: how many characters must change to make one text the other. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 0; at < one.length; at++) {
    const next = [at + 1];
    for (let to = 0; to < other.length; to++) {
      const change = (row[to] ?? 0) + (one[at] === other[to] ? 0 : 1);
      next.push(Math.min(change, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
