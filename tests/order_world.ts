/**
 * What the random runs of tests/order_run.ts are made of: frames, and what they leave on the disk.
 *
 * @module
 */
import * as f from "./frames.ts";
import type { Item } from "./order_oracle.ts";
import type { Random } from "./random.ts";

/** Who sends data requests. */
export const CLIENTS = [f.CLIENT_MAC, f.OTHER_MAC, f.THIRD_MAC];

/** A request to a small disk: many touch each other. */
export function randomFrame(random: Random, sectors: number): Uint8Array {
  const src = random.pick(CLIENTS);
  const count = 1 + random.below(4);
  const lba = random.oneIn(40) ? sectors - 1 : random.below(sectors - 4);
  const fields = { src, lba, count };
  switch (random.below(10)) {
    case 0:
      return f.ataFrame({ ...fields, opcode: 0xe7 });
    case 1: {
      const data = new Uint8Array(512);
      const other = random.below(sectors - 4);
      data.set([...f.littleEndian(lba, 6), count, 0, ...f.littleEndian(other, 6), 1, 0]);
      return f.ataFrame({ src, opcode: 0x06, feature: 1, count: 1, data });
    }
    case 2:
      return f.ataFrame({ ...fields, opcode: 0x42 });
    case 3:
    case 4:
    case 5:
      return f.ataFrame({ ...fields, opcode: 0x24 });
    default: {
      const data = f.sectorsOf(count, random.below(3));
      return f.ataFrame({ ...fields, opcode: 0x34, data });
    }
  }
}

/** Who wrote what to each sector. */
export class SectorHistory {
  readonly #writes = new Map<number, { id: number; bytes: Uint8Array | null }[]>();
  readonly #initial: Uint8Array;

  /** A disk that holds `initial`. */
  constructor(initial: Uint8Array) {
    this.#initial = initial;
  }

  /** A write or TRIM wrote `length` bytes at `offset`. */
  add({ id, access, frame }: Item, offset: number, length: number): void {
    for (let at = 0; at < length; at += 512) {
      const sector = (offset + at) / 512;
      const bytes = access === "trim" ? null : frame.slice(36 + at, 548 + at);
      this.#writes.set(sector, [...this.#writes.get(sector) ?? [], { id, bytes }]);
    }
  }

  /** Whether a sector is as the last one left it that came before request `id`. */
  isAsLeft(bytes: Uint8Array, sector: number, id: number): boolean {
    const writes = (this.#writes.get(sector) ?? []).filter((write) => write.id < id);
    const last = writes.reduce((one, other) => other.id > one.id ? other : one, {
      id: -1,
      bytes: this.#initial.subarray(512 * sector, 512 * sector + 512),
    });
    const wanted = last.bytes ?? new Uint8Array(512);
    return f.hex(bytes.subarray(0, 512)) === f.hex(wanted);
  }
}
