/**
 * What `dblade nbd` makes of the words by which a disk describes itself.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Identity, writeIdentify } from "../lib/ata/identify.ts";
import { type Features, readFeatures } from "../lib/nbd/features.ts";

function words(values: Readonly<Record<number, number>>): Uint8Array {
  const view = new DataView(new ArrayBuffer(512));
  for (const [index, value] of Object.entries(values)) {
    view.setUint16(2 * Number(index), value, true);
  }
  return new Uint8Array(view.buffer);
}

const NOTHING: Features = {
  flushOpcodes: [],
  isWriteThrough: false,
  canTrim: false,
  trimReadsZeros: false,
  physicalSize: 512,
};

for (
  const [what, values, features] of [
    ["a disk that says nothing", {}, {}],
    ["vblade's", { 83: 0x5400, 86: 0x1400 }, { flushOpcodes: [0xe7] }],
    ["FLUSH EXT alone", { 83: 0x2000 }, { flushOpcodes: [0xea] }],
    ["both flushes, cache on", { 82: 0x20, 83: 0x7400, 85: 0x20 }, { flushOpcodes: [0xea, 0xe7] }],
    ["cache off", { 82: 0x20, 83: 0x1000 }, { flushOpcodes: [0xe7], isWriteThrough: true }],
    ["TRIM", { 169: 1 }, { canTrim: true }],
    ["TRIM, deterministic", { 69: 0x4000, 169: 1 }, { canTrim: true }],
    ["TRIM to zeros", { 69: 0x4020, 169: 1 }, { canTrim: true, trimReadsZeros: true }],
    ["zeros without TRIM", { 69: 0x4020 }, {}],
    ["physical sectors of 4 KiB", { 106: 0x6003 }, { physicalSize: 4096 }],
    ["a word 106 that is not valid", { 106: 0x2003 }, {}],
    ["a word 106 of ones", { 106: 0xffff }, {}],
  ] as const
) {
  Deno.test(`readFeatures() reads ${what}`, () => {
    assertEquals<Features>(readFeatures(words(values)), { ...NOTHING, ...features });
  });
}

for (const writeCache of [false, true]) {
  for (const trim of ["none", "undefined", "zeros"] as const) {
    Deno.test(`readFeatures() reads dblade's own, cache ${writeCache}, TRIM ${trim}`, () => {
      const names = { serial: "1", firmware: "1", model: "dblade", sectors: 9, physicalOffset: 0 };
      const identity: Identity = { ...names, writeCache, trim, physicalSize: 8192 };
      const view = new DataView(new ArrayBuffer(512));
      writeIdentify(view, 0, identity);
      assertEquals<Features>(readFeatures(new Uint8Array(view.buffer)), {
        flushOpcodes: [0xea, 0xe7],
        isWriteThrough: !writeCache,
        canTrim: trim !== "none",
        trimReadsZeros: trim === "zeros",
        physicalSize: 8192,
      });
    });
  }
}
