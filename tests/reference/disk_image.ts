/**
 * The image behind a target, as far as the script touches it: its first MiB and the first one
 * behind the sectors that 28 bits can address. The rest of a large image is a hole.
 *
 * @module
 */
import { pattern } from "../e2e/image.ts";

const SECTOR_SIZE = 512;
const PART_SECTORS = 2048;
/** First sectors of both parts; each has data of its own. */
const PARTS = [0, 2 ** 28];

/** Sectors by their number. */
export type Sectors = ReadonlyMap<number, Uint8Array>;

function partsOf(file: Deno.FsFile): { first: number; size: number }[] {
  const end = file.statSync().size / SECTOR_SIZE;
  return PARTS.filter((first) => first < end).map((first) => ({
    first,
    size: Math.min(PART_SECTORS, end - first) * SECTOR_SIZE,
  }));
}

/** Writes data to the parts of an image. */
export function fillImage(path: string): void {
  using file = Deno.openSync(path, { write: true });
  for (const { first, size } of partsOf(file)) {
    file.seekSync(first * SECTOR_SIZE, Deno.SeekMode.Start);
    const data = pattern(size, 1 + first);
    for (let done = 0; done < size;) done += file.writeSync(data.subarray(done));
  }
}

/** What lies there now. */
export function readSectors(path: string): Sectors {
  using file = Deno.openSync(path, { read: true });
  const sectors = new Map<number, Uint8Array>();
  for (const { first, size } of partsOf(file)) {
    file.seekSync(first * SECTOR_SIZE, Deno.SeekMode.Start);
    const data = new Uint8Array(size);
    for (let done = 0; done < size;) done += file.readSync(data.subarray(done)) ?? size;
    for (let at = 0; at < size; at += SECTOR_SIZE) {
      sectors.set(first + at / SECTOR_SIZE, data.subarray(at, at + SECTOR_SIZE));
    }
  }
  return sectors;
}
