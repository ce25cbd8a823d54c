/**
 * The common header of every frame.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { AoeError, FLAG_ERROR, FLAG_RESPONSE, Frame } from "../lib/wire/frame.ts";
import { assertWritten, staleView, type Written, zeros } from "./stale_memory.ts";

const REQUEST = "02005e1000ff 02fc00aa0001 88a2 10 00 0102 03 01 8a1b2c3d";
const REPLY = "02fc00aa0001 02005e1000ff 88a2 1c 06 fffe fe 03 ffffffff";

function frameOf(bytes: string): Frame {
  return new Frame(staleView(64, bytes));
}

Deno.test("Frame reads the fields of a request", () => {
  const frame = frameOf(REQUEST);
  assertEquals(frame.destination, 0x02005e1000ff);
  assertEquals(frame.source, 0x02fc00aa0001);
  assertEquals(frame.etherType, 0x88a2);
  assertEquals(frame.version, 1);
  assertEquals(frame.flags, 0);
  assertEquals(frame.isResponse, false);
  assertEquals(frame.error, 0);
  assertEquals(frame.shelf, 0x0102);
  assertEquals(frame.slot, 3);
  assertEquals(frame.command, 1);
  assertEquals(frame.tag, 0x8a1b2c3d);
});

Deno.test("Frame reads the fields of a refusal", () => {
  const frame = frameOf(REPLY);
  assertEquals(frame.version, 1);
  assertEquals(frame.flags, FLAG_RESPONSE | FLAG_ERROR);
  assertEquals(frame.isResponse, true);
  assertEquals(frame.error, AoeError.RESERVED);
  assertEquals(frame.shelf, 0xfffe);
  assertEquals(frame.slot, 0xfe);
  assertEquals(frame.command, 3);
  assertEquals(frame.tag, 0xffffffff);
});

for (
  const [byte, version, flags, isResponse] of [
    [0x00, 0, 0, false],
    [0x10, 1, 0, false],
    [0x18, 1, 8, true],
    [0x17, 1, 7, false],
    [0x14, 1, 4, false],
    [0xf8, 15, 8, true],
    [0x2f, 2, 15, true],
    [0x80, 8, 0, false],
  ] as const
) {
  Deno.test(`Frame parts the byte 0x${byte.toString(16)} into version and flags`, () => {
    const frame = frameOf(REQUEST);
    frame.bytes[14] = byte;
    assertEquals([frame.version, frame.flags], [version, flags]);
    assertEquals(frame.isResponse, isResponse);
  });
}

const SETTERS: readonly [name: string, set: (frame: Frame) => void, written: Written][] = [
  ["destination", (frame) => frame.destination = 0x02005e1000ff, [0, "02005e1000ff"]],
  ["source", (frame) => frame.source = 0x80fffffffffe, [6, "80fffffffffe"]],
  ["etherType", (frame) => frame.etherType = 0x88a2, [12, "88a2"]],
  ["setVersionAndFlags()", (frame) => frame.setVersionAndFlags(1, 0x0c), [14, "1c"]],
  ["error", (frame) => frame.error = 6, [15, "06"]],
  ["shelf", (frame) => frame.shelf = 0x0102, [16, "0102"]],
  ["slot", (frame) => frame.slot = 3, [18, "03"]],
  ["command", (frame) => frame.command = 0xff, [19, "ff"]],
  ["tag", (frame) => frame.tag = 0x8a1b2c3d, [20, "8a1b2c3d"]],
];
for (const [name, set, written] of SETTERS) {
  Deno.test(`Frame.${name} writes its bytes and no other`, () => {
    const view = staleView(64);
    set(new Frame(view));
    assertWritten(view, written);
  });
}

Deno.test("Frame.fits() wants 24 bytes", () => {
  const frame = frameOf(REQUEST);
  assertEquals([0, 23, 24, 60].map((size) => frame.fits(size)), [false, false, true, true]);
});

Deno.test("Frame.bytes is the memory of the view, whatever its offset", () => {
  const view = staleView(64);
  const { bytes } = new Frame(view);
  assertEquals([bytes.byteOffset, bytes.byteLength], [view.byteOffset, 64]);
  bytes[63] = 1;
  assertEquals(view.getUint8(63), 1);
});

Deno.test("Frame.answer() writes the header of a reply and leaves type, command and tag", () => {
  const view = staleView(64);
  const frame = new Frame(view);
  frame.source = 0x02fc00aa0001;
  frame.answer(0x02005e1000ff, 0x0102, 3);
  assertWritten(view, [0, "02fc00aa0001 02005e1000ff"], [14, "18 00 0102 03"]);
});

Deno.test("Frame.answer() forgets the version, flags and error of the request", () => {
  const frame = frameOf("ffffffffffff 02fc00aa0001 88a2 f7 06 ffff ff 01 8a1b2c3d");
  frame.answer(0x02005e1000ff, 0, 0);
  assertEquals([frame.version, frame.flags, frame.error], [1, FLAG_RESPONSE, AoeError.NONE]);
  assertEquals([frame.shelf, frame.slot], [0, 0]);
  assertEquals([frame.command, frame.tag], [1, 0x8a1b2c3d]);
});

Deno.test("Frame.refuse() sets R, E and the error and nothing else", () => {
  const view = staleView(64);
  new Frame(view).refuse(AoeError.BAD_ARGUMENT);
  assertWritten(view, [14, "1c 02"]);
});

for (const size of [24, 26, 36, 59]) {
  Deno.test(`Frame.pad() puts zeros behind ${size} bytes, up to 60`, () => {
    const view = staleView(64);
    assertEquals(new Frame(view).pad(size), 60);
    assertWritten(view, [size, zeros(60 - size)]);
  });
}

for (const size of [60, 61, 64]) {
  Deno.test(`Frame.pad() leaves ${size} bytes as they are`, () => {
    const view = staleView(64);
    assertEquals(new Frame(view).pad(size), size);
    assertWritten(view);
  });
}

Deno.test("Frame.tag never reads beyond its memory", () => {
  // A view of less than the header is a bug of the caller: it must show, not read foreign bytes.
  assertThrows(() => new Frame(staleView(20)).tag, RangeError);
});
