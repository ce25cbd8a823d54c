/**
 * The slots of packet rings, without a kernel: how they lie, and whose they are.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { FRAME_OFFSET, layOutRing, slotOffsets } from "../ffi/packet_layout.ts";
import { ReceiveSlots } from "../ffi/receive_slots.ts";
import { BugError } from "../lib/assert.ts";

const MIB = 2 ** 20;
/** What the kernel ors into a status beside what it says of the slot: a time, a checksum. */
const NOISE = 1 << 29 | 1 << 31 | 1 << 7;
const [USER, LOSING] = [1, 4];
/** Three slots of 16 words: status, size, size of what is there, offset of the frame. */
const STARTS = [0, 16, 32];

for (const frameSize of [60, 590, 1514, 4014, 9014, 65550]) {
  for (const [count, sizeMax] of [[1, MIB], [512, 8 * MIB], [5000, 8 * MIB], [9, 1]] as const) {
    Deno.test(`slots lie in blocks: ${count} of ${frameSize} bytes in ${sizeMax}`, () => {
      const layout = layOutRing(frameSize, count, sizeMax);
      const offsets = slotOffsets(layout);
      assertEquals(offsets.length, layout.count);
      assertEquals(layout.size, layout.blockCount * layout.blockSize);
      // What the kernel asks for.
      assertEquals(layout.blockSize % 65536, 0);
      assertEquals(layout.slotSize % 16, 0);
      const perBlock = Math.floor(layout.blockSize / layout.slotSize);
      assertEquals(perBlock * layout.blockCount, layout.count);
      // What we ask for.
      assert(layout.count >= count || layout.size + layout.blockSize > sizeMax);
      assert(layout.size <= sizeMax || layout.blockCount === 1);
      assert(layout.slotSize >= FRAME_OFFSET + frameSize);
      assert(layout.count * layout.slotSize >= 7 / 8 * layout.size);
      let end = 0;
      for (const offset of offsets) {
        assertEquals(offset % 512, 0);
        assert(offset >= end);
        end = offset + layout.slotSize;
        assertEquals(
          Math.floor(offset / layout.blockSize),
          Math.floor((end - 1) / layout.blockSize),
        );
      }
      assert(end <= layout.size);
    });
  }
}

/** Received frames of 60 bytes in all slots. */
function received(): { words: Int32Array; slots: ReceiveSlots } {
  const words = new Int32Array(48);
  for (const start of STARTS) words.set([USER | NOISE, 60, 60, FRAME_OFFSET | 490 << 16], start);
  return { words, slots: new ReceiveSlots(words, STARTS, 1514) };
}

Deno.test("ReceiveSlots tells a received frame by a bit of the status", () => {
  const { words, slots } = received();
  words[16] = NOISE;
  assertEquals([slots.next(), slots.next(), slots.size(0)], [0, -1, 60]);
  words[16] = USER;
  assertEquals([slots.next(), slots.size(1)], [1, 60]);
});

Deno.test("ReceiveSlots does not take a held slot again when it comes round", () => {
  const { words, slots } = received();
  assertEquals(slots.hasNext, true);
  assertEquals([slots.next(), slots.next(), slots.next(), slots.next()], [0, 1, 2, -1]);
  assertEquals(slots.hasNext, false);
  slots.release(1);
  slots.release(2);
  assertEquals([words[0], words[16], words[32], slots.next()], [USER | NOISE, 0, 0, -1]);
  slots.release(0);
  assertEquals(slots.hasNext, false);
  words[0] = USER;
  assertEquals([slots.hasNext, slots.next(), slots.next()], [true, 0, -1]);
});

Deno.test("ReceiveSlots notes that frames were dropped", () => {
  const { words, slots } = received();
  assertEquals([slots.next(), slots.losing], [0, false]);
  words[16] = USER | LOSING;
  assertEquals([slots.next(), slots.losing], [1, true]);
});

for (
  const [what, size, there, offset, told] of [
    ["is whole", 1514, 1514, FRAME_OFFSET, 1514],
    ["was cut", 1515, 1514, FRAME_OFFSET, -1],
    ["is longer than asked for", 1515, 1515, FRAME_OFFSET, -1],
    ["begins elsewhere, behind a longer header", 60, 60, FRAME_OFFSET - 4, -1],
  ] as const
) {
  Deno.test(`ReceiveSlots.size() is ${told} for a frame that ${what}`, () => {
    const { words, slots } = received();
    words.set([size, there, offset | 490 << 16], 17);
    assertEquals([slots.next(), slots.next(), slots.size(1)], [0, 1, told]);
  });
}

Deno.test("ReceiveSlots.release() takes a slot that is not held for a bug", () => {
  const { slots } = received();
  assertThrows(() => slots.release(0), BugError);
  slots.release(slots.next());
  assertThrows(() => slots.release(0), BugError);
  assertThrows(() => slots.release(3), BugError);
});

Deno.test("slots without their memory give none", () => {
  const { slots } = received();
  slots.detach();
  assertEquals([slots.hasNext, slots.next()], [false, -1]);
});

Deno.test("ReceiveSlots counts the frames to take, up to the first that is not there", () => {
  const { words, slots } = received();
  assertEquals([slots.countReady(0), slots.countReady(2), slots.countReady(9)], [0, 2, 3]);
  words[16] = NOISE;
  assertEquals(slots.countReady(9), 1);
  words[16] = USER;
  assertEquals([slots.next(), slots.countReady(9)], [0, 2]);
  assertEquals([slots.next(), slots.next(), slots.countReady(9)], [1, 2, 0]); // all are held
  slots.release(1);
  words[16] = USER;
  assertEquals(slots.countReady(9), 0); // the first in turn is still held
});
