/**
 * Exceptions of commands 1, 2 and 3: config string, mask list, reservation.
 *
 * @module
 */
import type { Exception } from "./exception.ts";

/** In the order of docs/protocol.md. */
export const LIST_EXCEPTIONS = {
  "firmware": {
    vblade: "states the firmware version 4000h and its release, such as 4019h",
    dblade: "states 4000h and 16 × major + minor",
    because: "each states its own",
    fields: ["firmware"],
    vbladeHas: { firmware: /^40(?!00)/ },
    dbladeHas: { firmware: /^40(?!00)/ },
    isGeneral: true,
  },
  "config-too-long": {
    vblade: "does not answer where a config string is over 1024 bytes or longer than the frame",
    dblade: "answers error 2 where it was to be set, or the sub-command is unknown",
    because: "a bad argument is what that error is for; silence makes the client ask again",
    fields: ["outcome"],
    vbladeHas: { outcome: "silence" },
    dbladeHas: { outcome: "E2" },
  },
  "config-cut": {
    vblade: "holds a config string's length against the frame with its header: up to 32 bytes " +
      "of an earlier frame are taken for a part of it",
    dblade: "takes what the frame has: error 2, or no match",
    because: "what the client did not send must not be stored or matched",
    fields: ["outcome"],
    vbladeHas: { outcome: "reply" },
    dbladeHas: { outcome: /^(E2|silence)$/ },
  },
  "reply-over-mtu": {
    vblade: "ends when its reply does not fit the MTU",
    dblade: "answers error 2",
    because: "one frame must not stop a target",
    fields: ["outcome"],
    vbladeHas: { outcome: "end" },
    dbladeHas: { outcome: "E2" },
  },
  "advertisement": {
    vblade: "advertises itself at start only",
    dblade: "advertises a changed config string too, as a changed size, MTU or link",
    because: "clients learn of the change at once",
    fields: ["advertisements"],
    vbladeHas: { advertisements: "none" },
    dbladeHas: { advertisements: "some" },
  },
  "mask-add": {
    vblade: "writes a third entry of the mask list over the second",
    dblade: "keeps all three",
    because: "vblade counts bytes where it has entries",
    fields: ["list"],
    vbladeHas: { count: "3", list: /,0000000000000000$/ },
    dbladeHas: { count: "3", list: /^(00000200000000\d\d,?){3}$/ },
  },
  "mask-delete": {
    vblade: "says that it deleted the second entry of the mask list, and keeps it",
    dblade: "deletes it",
    because: "vblade counts bytes where it has entries",
    fields: ["count", "list"],
    vbladeHas: { outcome: "reply", count: "2" },
    dbladeHas: { outcome: "reply", count: "1" },
  },
  "mask-delete-ends": {
    vblade: "ends when the first entry of the mask list is deleted",
    dblade: "deletes it",
    because: "one frame must not stop a target",
    fields: ["outcome"],
    vbladeHas: { outcome: "end" },
    dbladeHas: { outcome: "reply", count: "1" },
  },
  "mask-full": {
    vblade: "has room for 32 masks",
    dblade: "has room for 255",
    because: "AoEr11 counts them in a byte",
    fields: ["outcome"],
    vbladeHas: { outcome: "reply cut", "mask error": "3", count: "30" },
    dbladeHas: { outcome: "reply", "mask error": "0", count: "42" },
  },
  "mask-stopped": {
    vblade: "counts the directives before a bad one, but does not send them back",
    dblade: "sends them back",
    because: "AoEr11 has the body of such a reply as it was in the request",
    fields: ["outcome"],
    vbladeHas: { outcome: "reply cut", "mask error": "2", count: "1" },
    dbladeHas: { outcome: "reply", "mask error": "2", count: "1" },
  },
  "mask-cut": {
    vblade: "carries out directives that are declared but not in the frame: earlier frames' bytes",
    dblade: "answers error 2",
    because: "what the client did not send must not be carried out",
    fields: ["outcome"],
    vbladeHas: { outcome: /^reply/ },
    dbladeHas: { outcome: "E2" },
  },
} satisfies Record<string, Exception>;
