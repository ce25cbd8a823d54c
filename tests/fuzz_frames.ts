/**
 * Frames for the fuzz test: golden ones with bytes changed, requests built of likely and unlikely
 * fields, and noise. No frame carries a run of STALE, so that one in a reply was leaked.
 *
 * @module
 */
import { STALE } from "./fake_export.ts";
import * as f from "./frames.ts";
import { bytesOf, loadGolden } from "./golden.ts";
import type { Random } from "./random.ts";

const MACS = [f.CLIENT_MAC, f.OTHER_MAC, f.THIRD_MAC];
const SOURCES = [...MACS, ...MACS, ...MACS, 0, f.BROADCAST_MAC, 0x01_00_5e_00_00_01];
const OPCODES = [
  ...[0x20, 0x24, 0x25, 0xc8, 0x30, 0x34, 0x35, 0xca, 0x34, 0x34, 0x40, 0x42],
  ...[0x06, 0x06, 0x06, 0xb0, 0xe0, 0xe3, 0xe5, 0xe7, 0xea, 0xec, 0xef],
];
const EDGES = [0, 1, 2045, 2046, 2047, 2048, 2049, 2 ** 28, 2 ** 32, 2 ** 47, 2 ** 48 - 1];
const COUNTS = [0, 1, 1, 1, 2, 2, 2, 3, 8, 17, 18, 255];
const FEATURES = [0, 1, 1, 1, 2, 0x82, 0xd0, 0xd4, 0xda, 0xff];
/** More does not fit the slots of the fake export. */
const SIZE_MAX = 9000;

const GOLDEN = loadGolden().flatMap(({ pairs }) => pairs.map(({ request }) => bytesOf(request)));

/** The next frame. */
export function fuzzFrame(random: Random): Uint8Array {
  const kind = random.below(8);
  if (kind === 0) return noise(random);
  const frame = kind < 3 ? random.pick(GOLDEN).slice() : structured(random);
  return random.oneIn(3) ? mutated(frame, random) : frame;
}

function structured(random: Random): Uint8Array {
  const header = headerFields(random);
  switch (random.below(12)) {
    case 0:
      return f.anyFrame(random.below(256), header, bytes(random, random.below(64)));
    case 1: {
      const string = random.pick(["", "a", "ab", "b".repeat(1024), "b".repeat(1025)]);
      const length = random.oneIn(4) ? random.below(0x10000) : string.length;
      return f.configFrame({ ...header, ccmd: random.below(7), string, length });
    }
    case 2: {
      const directives = Array.from(
        { length: random.below(5) },
        (): [number, number] => [random.pick([0, 1, 1, 2, 2, 2, 3]), random.pick(MACS)],
      );
      const count = random.oneIn(6) ? random.below(256) : directives.length;
      return f.maskFrame({ ...header, mcmd: random.below(3), directives, count });
    }
    case 3: {
      const macs = Array.from({ length: random.below(4) }, () => random.pick(MACS));
      const count = random.oneIn(6) ? random.below(256) : macs.length;
      return f.reserveFrame({ ...header, rcmd: random.below(4), macs, count });
    }
    default:
      return ata(header, random);
  }
}

function ata(header: f.HeaderFields, random: Random): Uint8Array {
  const opcode = random.oneIn(16) ? random.below(256) : random.pick(OPCODES);
  const count = random.pick(COUNTS);
  const hasPayload = opcode === 0x06 || [0x30, 0x34, 0x35, 0xca].includes(opcode);
  const size = hasPayload ? Math.min(count * 512, SIZE_MAX - 36) : 0;
  const data = bytes(random, size);
  if (opcode === 0x06) writeRanges(data, random);
  return f.ataFrame({
    ...header,
    aflags: random.pick([0, 0x01, 0x40, 0x41, random.below(256)]),
    feature: opcode === 0xb0 ? random.pick([0xd0, 0xd4, 0xd8, 0xda]) : random.pick(FEATURES),
    count: opcode === 0xec && random.oneIn(2) ? 1 : count,
    opcode,
    lba: opcode === 0xb0 ? 0xc24f00 : address(random),
    data,
  });
}

/** Few ranges, most of them on the disk. */
function writeRanges(data: Uint8Array, random: Random): void {
  const used = Math.min(data.length, 8 * random.below(6));
  data.fill(0);
  for (let at = 0; at < used; at += 8) {
    const lba = random.oneIn(8) ? address(random) : random.below(1900);
    const count = random.oneIn(32) ? random.below(0x10000) : random.below(9);
    data.set([...f.littleEndian(lba, 6), ...f.littleEndian(count, 2)], at);
  }
}

function headerFields(random: Random): f.HeaderFields {
  const rarely = (usual: number, other: number): number => random.oneIn(24) ? other : usual;
  return {
    dst: rarely(f.TARGET_MAC, random.oneIn(2) ? f.BROADCAST_MAC : random.pick(SOURCES)),
    src: random.oneIn(8) ? random.pick(SOURCES) : random.pick(MACS),
    version: rarely(1, random.below(16)),
    flags: rarely(0, random.below(16)),
    error: rarely(0, random.below(256)),
    shelf: rarely(f.SHELF, random.pick([f.ANY_SHELF, 0x00ff, 0])),
    slot: rarely(f.SLOT, random.pick([f.ANY_SLOT, 0])),
    tag: random.next(),
  };
}

function address(random: Random): number {
  return random.oneIn(2) ? random.pick(EDGES) : random.below(2048);
}

/** Some bytes changed, the end cut off, or bytes behind it. */
function mutated(frame: Uint8Array, random: Random): Uint8Array {
  for (let change = random.below(4); change > 0 && frame.length > 0; change--) {
    const at = random.below(random.oneIn(2) ? frame.length : Math.min(frame.length, 64));
    frame[at] = random.below(256);
  }
  if (random.oneIn(4)) return frame.slice(0, random.below(frame.length + 1));
  if (random.oneIn(4)) return f.withTail(frame, random.below(64), random.below(STALE));
  return frame;
}

/** Noise, most of it behind a header that is let in. */
function noise(random: Random): Uint8Array {
  const body = bytes(random, random.below(1500));
  for (let at = 0; at < Math.min(64, body.length); at++) body[at] = random.below(256);
  return random.oneIn(4) ? body : f.anyFrame(random.below(5), { tag: random.next() }, body);
}

/** Bytes that differ from frame to frame and are never STALE; each one random would be slow. */
function bytes(random: Random, size: number): Uint8Array {
  const start = random.below(STALE);
  const step = random.below(STALE);
  const filled = new Uint8Array(size);
  for (let at = 0; at < Math.min(size, STALE); at++) filled[at] = (start + step * at) % STALE;
  for (let done = STALE; done < size; done *= 2) filled.copyWithin(done, 0, done);
  return filled;
}
