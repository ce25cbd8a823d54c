/**
 * The common header: versions, flags, error, command codes, and frames of every size.
 *
 * @module
 */
import * as f from "../frames.ts";
import { type Group, scarring, type Step, step } from "./script.ts";

type Make = (header: f.HeaderFields) => Uint8Array<ArrayBuffer>;

const KINDS: readonly (readonly [name: string, make: Make])[] = [
  ["READ", (h) => f.ataFrame({ ...h, opcode: 0x24, aflags: 0x40, lba: 7, count: 1 })],
  ["unknown opcode", (h) => f.ataFrame({ ...h, opcode: 0xfe, lba: 7 })],
  ["config read", (h) => f.configFrame({ ...h, ccmd: 0 })],
  ["mask read", (h) => f.maskFrame({ ...h, mcmd: 0 })],
  ["reserve read", (h) => f.reserveFrame({ ...h, rcmd: 0 })],
  ["unknown command", (h) => f.anyFrame(9, h, [1, 2, 3, 4])],
];

const VERSIONS: readonly Step[] = [
  ...KINDS.map(([name, make]) => step(`${name} of version 0`, make({ version: 0 }), "version-0")),
  ...[2, 3, 8, 15].flatMap((version) =>
    KINDS.map(([name, make]) =>
      step(`${name} of version ${version}`, make({ version }), "other-versions")
    )
  ),
  scarring(
    step(
      "WRITE of version 2",
      f.ataFrame({
        version: 2,
        opcode: 0x34,
        aflags: 0x41,
        lba: 9,
        count: 1,
        data: f.sectorsOf(1),
      }),
      "other-versions",
    ),
    "vblade",
    9,
  ),
];

const RESPONSES = [8, 9, 12, 15].flatMap((flags) =>
  KINDS.map(([name, make]) => step(`${name} with the flags ${flags}`, make({ flags })))
);

const FLAGS: readonly Step[] = [
  ...[1, 2, 3, 4, 7].flatMap((flags) =>
    KINDS.slice(0, 5).map(([name, make]) =>
      step(`${name} with the flags ${flags}`, make({ flags }), "header-echoed")
    )
  ),
  ...KINDS.slice(0, 5).map(([name, make]) =>
    step(`${name} with an error`, make({ error: 3 }), "header-echoed")
  ),
  step("unknown command with the flag E", f.anyFrame(9, { flags: 4, error: 3 })),
];

const COMMANDS: readonly Step[] = [4, 5, 6, 7, 15, 16, 0x7f, 0x80, 0xef, 0xf0, 0xf1, 0xfe, 0xff]
  .flatMap((command) => [
    step(`command ${command}`, f.anyFrame(command)),
    step(`command ${command} with a body`, f.anyFrame(command, {}, new Uint8Array(40).fill(0xbe))),
  ]);

/** Around the size of each command's header, of a padded frame, and of the MTU. */
const SIZES = [24, 25, 26, 27, 28, 31, 32, 35, 36, 40, 59, 60, 61, 100, 548, 1513, 1514];

const OF_EVERY_SIZE: readonly Step[] = KINDS.flatMap(([name, make]) =>
  SIZES.map((size) => step(`${name} in ${size} bytes`, resized(make({}), size)))
);

/** Not even a common header. */
const STUMPS: readonly Step[] = [14, 15, 16, 18, 19, 20, 22, 23].map((size) =>
  step(`config read in ${size} bytes`, resized(f.configFrame({ ccmd: 0 }), size))
);

function resized(frame: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  return f.withTail(frame.slice(0, size), Math.max(0, size - frame.length));
}

/** All of them. */
export const HEADER_GROUPS: readonly Group[] = [
  { name: "versions and flags", steps: [...VERSIONS, ...RESPONSES, ...FLAGS] },
  { name: "commands and sizes", steps: [...COMMANDS, ...OF_EVERY_SIZE, ...STUMPS] },
];
