/**
 * Exceptions of every command: who is answered, and what stands around the answer.
 *
 * @module
 */
import type { Exception } from "./exception.ts";

const SERVED = /^(reply|40\/00|41\/04|E1)$/;

/** In the order of docs/protocol.md. */
export const HEADER_EXCEPTIONS = {
  "padding": {
    vblade: "sends most replies as short as they are, and some with what lay in its buffer",
    dblade: "pads to 60 bytes with zeros and sends nothing behind the declared data",
    because: "aoetools ignore replies under 60 bytes; old memory is not for the wire",
    fields: ["end"],
    vbladeHas: { end: /^(exact|padded|not padded|\d+ more bytes(, not zero)?)$/ },
    dbladeHas: {},
    dbladeAlwaysHas: { end: /^(exact|padded)$/ },
    isGeneral: true,
  },
  "version-0": {
    vblade: "answers version 0 with version 0",
    dblade: "answers version 0 with version 1",
    because: "there is no version 0: an old client sends it and means 1",
    fields: ["version"],
    vbladeHas: { version: "0" },
    dbladeHas: { version: "1" },
  },
  "other-versions": {
    vblade: "serves every version and says that it speaks it",
    dblade: "answers error 5 as version 1",
    because: "that error is what AoEr11 has for it; a later version may mean something else",
    fields: ["outcome", "version"],
    vbladeHas: { outcome: SERVED, version: /^([2-9]|1[0-5])$/ },
    dbladeHas: { outcome: "E5", version: "1" },
  },
  "header-echoed": {
    vblade: "sends the request's flags and error back",
    dblade: "sets flags and error by the outcome alone",
    because: "a success with flag E or an error in it reads as a refusal",
    fields: ["outcome", "flags", "error"],
    vbladeHas: { flags: /^0[89a-f]$/, error: /^[03]$/ },
    dbladeHas: { flags: "08", error: "0" },
  },
  "wildcard": {
    vblade: "serves every command by a wildcard address, WRITE too",
    dblade: "serves command 1 and the reads of commands 2 and 3 by it",
    because: "one frame must not write to, mask or reserve every disk of the segment",
    fields: ["outcome"],
    vbladeHas: { outcome: SERVED },
    dbladeHas: { outcome: "silence" },
  },
  "foreign-destination": {
    vblade: "serves frames to other MACs that its interface hands up",
    dblade: "serves its own MAC and broadcast",
    because: "a promiscuous interface hands up what other hosts are asked",
    fields: ["outcome"],
    vbladeHas: { outcome: SERVED },
    dbladeHas: { outcome: "silence" },
  },
  "source-not-a-station": {
    vblade: "serves frames from group MACs and from the MAC 0",
    dblade: "ignores them, but for the MAC 0 on the loopback interface",
    because: "no station has such a MAC; an answer would go to many or to none",
    fields: ["outcome"],
    vbladeHas: { outcome: SERVED },
    dbladeHas: { outcome: "silence" },
  },
  "advertised-version": {
    vblade: "advertises itself at start as version 0",
    dblade: "advertises itself as version 1",
    because: "there is no version 0",
    fields: ["version"],
    vbladeHas: { outcome: "reply", version: "0", command: "1" },
    dbladeHas: { outcome: "reply", version: "1", command: "1" },
  },
} satisfies Record<string, Exception>;
