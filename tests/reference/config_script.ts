/**
 * Command 1: what the config string is, what it is compared with, and how long it may be.
 *
 * @module
 */
import * as f from "../frames.ts";
import { type Group, type Step, step } from "./script.ts";

const READ = 0;
const TEST = 1;
const PREFIX = 2;
const SET = 3;
const FORCE = 4;
const NAMES = ["read", "test", "prefix", "set", "force"];

const LONGEST = "0123456789abcdef".repeat(64);
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

function config(
  ccmd: number,
  string: string | Uint8Array,
  length?: number,
): Uint8Array<ArrayBuffer> {
  return f.configFrame(length === undefined ? { ccmd, string } : { ccmd, string, length });
}

const EMPTY: readonly Step[] = [
  step("read where there is none", config(READ, "")),
  step("read with an argument", config(READ, "ignored")),
  step("test for none", config(TEST, "")),
  step("test for some", config(TEST, "a")),
  step("none is a prefix of none", config(PREFIX, "")),
  step("some is no prefix of none", config(PREFIX, "a")),
  step("set none to none", config(SET, "")),
  step("force none to none", config(FORCE, "")),
];

const SHORT: readonly Step[] = [
  step("set where there is none", config(SET, "shelf one")),
  step("read what is set", config(READ, "")),
  step("read with the string as an argument", config(READ, "shelf one")),
  step("set it again", config(SET, "shelf one")),
  step("set another", config(SET, "shelf two")),
  step("set a part of it", config(SET, "shelf")),
  step("set more than it", config(SET, "shelf one two")),
  step("set nothing over it", config(SET, "")),
  ...["shelf one", "shelf onE", "Shelf one", "shelf on", "shelf one ", "", "s", "x"].flatMap(
    (string) => [
      step(`test for "${string}"`, config(TEST, string)),
      step(`prefix "${string}"`, config(PREFIX, string)),
    ],
  ),
  step("test with bytes behind it", f.withTail(config(TEST, "shelf one"), 30)),
  step("test with less declared than is there", config(TEST, "shelf one", 5)),
  step("prefix with less declared than is there", config(PREFIX, "shelf two", 6)),
  step("set it with bytes behind it", f.withTail(config(SET, "shelf one"), 30)),
  step("set another with bytes behind it", f.withTail(config(SET, "shelf 1"), 30)),
];

const FORCED: readonly Step[] = [
  step("force another", config(FORCE, "another")),
  step("force it again", config(FORCE, "another")),
  step("force a part of it", config(FORCE, "ano")),
  step("read the part", config(READ, "")),
  step("force nothing", config(FORCE, "")),
  step("read nothing", config(READ, "")),
  step("force every byte there is", config(FORCE, EVERY_BYTE)),
  step("test for every byte", config(TEST, EVERY_BYTE)),
  step("prefix of half of them", config(PREFIX, EVERY_BYTE.slice(0, 128))),
  step("force one NUL", config(FORCE, "\0")),
  step("test for two NULs", config(TEST, "\0\0")),
  step("set nothing over a NUL", config(SET, "")),
  step("force less than is there", config(FORCE, "declared and not", 8)),
  step("read the declared", config(READ, "")),
  step("force with bytes behind it", f.withTail(config(FORCE, "exact"), 100)),
  step("read the exact", config(READ, "")),
];

const LONG: readonly Step[] = [
  step("force 1024 bytes", config(FORCE, LONGEST)),
  step("read 1024 bytes", config(READ, "")),
  step("test for 1024 bytes", config(TEST, LONGEST)),
  step("test for 1023 bytes", config(TEST, LONGEST.slice(1))),
  step("prefix of 1024 bytes", config(PREFIX, LONGEST)),
  step("prefix of 1023 bytes", config(PREFIX, LONGEST.slice(0, 1023))),
  step("set 1024 bytes again", config(SET, LONGEST)),
  step("set 1023 bytes over them", config(SET, LONGEST.slice(1))),
  ...[READ, TEST, PREFIX].map((ccmd) =>
    step(`${NAMES[ccmd]} with 1025 bytes`, config(ccmd, LONGEST + "!"))
  ),
  ...[SET, FORCE].map((ccmd) =>
    step(`${NAMES[ccmd]} 1025 bytes`, config(ccmd, LONGEST + "!"), "config-too-long")
  ),
  step("sub-command 5 with 1025 bytes", config(5, LONGEST + "!"), "config-too-long"),
];

/** More is declared than the frame holds. */
const DECLARED: readonly Step[] = [
  step("force a short one", config(FORCE, "another")),
  ...[100, 1024, 1025, 0x7fff, 0xffff].flatMap((length) => [
    ...[READ, TEST, PREFIX].map((ccmd) =>
      step(`${NAMES[ccmd]} with ${length} bytes declared`, config(ccmd, "another", length))
    ),
    ...[SET, FORCE].map((ccmd) =>
      step(
        `${NAMES[ccmd]} ${length} bytes that are not there`,
        config(ccmd, "no", length),
        "config-too-long",
      )
    ),
  ]),
  step("test for a string that is not there", config(TEST, "", 7), "config-cut"),
  step("prefix that is not there", config(PREFIX, "", 3), "config-cut"),
  step("set a string that is half there", config(SET, "ano", 7), "config-cut"),
  step("force a string that is half there", config(FORCE, "half", 7), "config-cut"),
  step("force one that is there", config(FORCE, "there")),
];

const SUB_COMMANDS: readonly Step[] = [
  ...[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((ccmd) =>
    step(`sub-command ${ccmd}`, config(ccmd, "there"))
  ),
  ...[READ, TEST, PREFIX, SET].map((ccmd) =>
    step(`${NAMES[ccmd]} with another version beside it`, config(0xf0 | ccmd, "there"))
  ),
  step("sub-command 5 with a version beside it", config(0x15, "")),
];

/** All of them. */
export const CONFIG_GROUPS: readonly Group[] = [
  {
    name: "config string",
    advertises: true,
    steps: [...EMPTY, ...SHORT, ...FORCED, ...LONG, ...DECLARED, ...SUB_COMMANDS],
  },
  {
    name: "config string that does not fit the MTU",
    mtu: 1041,
    steps: [
      step("read at a small MTU", config(READ, "")),
      step("force what does not fit the reply", config(FORCE, LONGEST), "reply-over-mtu"),
    ],
  },
];
