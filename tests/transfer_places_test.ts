/**
 * Disks, files and streams as places.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeIdentify } from "../lib/ata/identify.ts";
import type { Device, Identification } from "../lib/client/initiator.ts";
import { DiskError } from "../lib/client/target_error.ts";
import { SystemError, TimeoutError } from "../lib/error.ts";
import { type DiskClient, DiskPlace } from "../lib/transfer/disk_place.ts";
import { dataRuns, FilePlace } from "../lib/transfer/file_place.ts";
import { StreamDestination, StreamSource } from "../lib/transfer/stream_place.ts";
import { pattern } from "./e2e/image.ts";
import { LoopDevice, TemporaryFolder, testLoop } from "./temporary.ts";

const SECTOR = 512;
const DEVICE: Device = {
  shelf: 0,
  slot: 0,
  mac: 1,
  bufferCount: 4,
  firmware: 0,
  sectorCount: 2,
  config: new Uint8Array(0),
};

/** A disk that can be told to fail. */
class FakeDisk implements DiskClient {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly opcodes: number[] = [];
  badSector = Infinity;
  silent = 0;
  isAlive = true;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }

  #check(lba: number, size: number): Promise<void> {
    const last = lba + size / SECTOR - 1;
    const isBad = lba <= this.badSector && this.badSector <= last;
    const isBehind = last >= this.bytes.length / SECTOR;
    const error = isBehind ? 0x10 : 0x40;
    return isBad || isBehind
      ? Promise.reject(new DiskError(0x41, error).at(lba))
      : Promise.resolve();
  }

  async readInto(_device: Device, lba: number, data: Uint8Array): Promise<void> {
    await this.#check(lba, data.length);
    data.set(this.bytes.subarray(lba * SECTOR, lba * SECTOR + data.length));
  }

  async write(_device: Device, lba: number, data: Uint8Array): Promise<void> {
    assertEquals(data.length % SECTOR, 0);
    await this.#check(lba, data.length);
    this.bytes.set(data, lba * SECTOR);
  }

  ata(_device: Device, { opcode }: { opcode: number }): Promise<Uint8Array<ArrayBuffer>> {
    this.opcodes.push(opcode);
    if (this.silent-- > 0) return Promise.reject(new TimeoutError("silence"));
    return Promise.resolve(new Uint8Array(SECTOR));
  }

  reserve(): Promise<readonly number[]> {
    return Promise.resolve([]);
  }

  findAll(): Promise<readonly Device[]> {
    return Promise.resolve(this.isAlive ? [DEVICE] : []);
  }
}

function placeOf(disk: FakeDisk, word83?: number): DiskPlace {
  const data = new Uint8Array(SECTOR);
  const view = new DataView(data.buffer);
  const identification: Identification = {
    sectors: disk.bytes.length / SECTOR,
    serial: "s1",
    firmware: "1",
    model: "fake",
    data,
  };
  writeIdentify(view, 0, {
    ...identification,
    writeCache: true,
    trim: "none",
    physicalSize: SECTOR,
    physicalOffset: 0,
  });
  if (word83 !== undefined) view.setUint16(2 * 83, word83, true);
  return new DiskPlace({ name: "e0.0", initiator: disk, device: DEVICE, identification });
}

for (const size of [1, 511, 512, 513, 1024, 5000]) {
  Deno.test(`DiskPlace writes ${size} bytes and leaves the rest of the last sector`, async () => {
    const disk = new FakeDisk(pattern(20 * SECTOR, 1));
    const expected = disk.bytes.slice();
    const data = pattern(size, 2);
    expected.set(data, 3 * SECTOR);
    const place = placeOf(disk);
    await place.write(data, 3 * SECTOR);
    assertEquals(disk.bytes, expected);
    const back = new Uint8Array(size);
    assertEquals(await place.read(back, 3 * SECTOR), size);
    assertEquals(back, data);
  });
}

Deno.test("DiskPlace reads no further than the disk reaches", async () => {
  const place = placeOf(new FakeDisk(pattern(4 * SECTOR, 1)));
  assertEquals(place.size, 4 * SECTOR);
  assertEquals(await place.read(new Uint8Array(2 * SECTOR), 3 * SECTOR), SECTOR);
  assertEquals(await place.read(new Uint8Array(SECTOR), 4 * SECTOR), 0);
});

Deno.test("DiskPlace names the disk and the first sector that cannot be read", async () => {
  const disk = new FakeDisk(pattern(64 * SECTOR, 1));
  disk.badSector = 21;
  const place = placeOf(disk);
  const read = () => place.read(new Uint8Array(32 * SECTOR), 8 * SECTOR);
  await assertRejects(read, DiskError, "e0.0: The disk failed at sector 21:");
  disk.badSector = 8;
  await assertRejects(() => place.write(new Uint8Array(SECTOR), 8 * SECTOR), DiskError, "e0.0: ");
});

for (
  const [word, opcode] of [[0x7400, 0xea], [0x6400, 0xea], [0x5400, 0xe7], [
    0x4400,
    undefined,
  ]] as const
) {
  const name = opcode?.toString(16) ?? "nothing";
  Deno.test(`DiskPlace flushes by ${name} where word 83 is ${word.toString(16)}`, async () => {
    const disk = new FakeDisk(new Uint8Array(SECTOR));
    assertEquals(await placeOf(disk, word).sync(), opcode !== undefined);
    assertEquals(disk.opcodes, opcode === undefined ? [] : [opcode]);
  });
}

Deno.test("DiskPlace waits for a flush as long as the target is there", async () => {
  const disk = new FakeDisk(new Uint8Array(SECTOR));
  disk.silent = 3;
  assertEquals(await placeOf(disk).sync(), true);
  assertEquals(disk.opcodes.length, 4);
  disk.silent = 3;
  disk.isAlive = false;
  await assertRejects(() => placeOf(disk).sync(), TimeoutError, "e0.0");
});

Deno.test("FilePlace leaves holes for zeros in a new file, and gives it its size", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/out`;
  const data = new Uint8Array(2 ** 20);
  data.set(pattern(4096, 1), 512 * 1024);
  using place = FilePlace.openToWrite(path);
  place.prepare(true);
  await place.write(data, 0);
  await place.write(new Uint8Array(2 ** 20 - 3), 2 ** 20);
  await place.reach(2 ** 21 - 3);
  await place.sync();
  const expected = new Uint8Array(2 ** 21 - 3);
  expected.set(data);
  assertEquals(Deno.readFileSync(path), expected);
  assert((Deno.statSync(path).blocks ?? 0) * 512 < 100_000);
});

Deno.test("FilePlace writes zeros over what is there", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/out`;
  const old = pattern(16384, 1);
  Deno.writeFileSync(path, old);
  using place = FilePlace.openToWrite(path);
  assertEquals(await place.occupied(), ["is not empty"]);
  place.prepare(false);
  await place.write(new Uint8Array(8192), 4096);
  await place.reach(12288);
  old.fill(0, 4096, 12288);
  assertEquals(Deno.readFileSync(path), old);
  place.prepare(true);
  assertEquals([place.size, await place.occupied()], [0, []]);
});

Deno.test("dataRuns() finds what is not zero, by pages", () => {
  const bytes = new Uint8Array(5 * 4096 + 7);
  assertEquals(dataRuns(bytes), []);
  bytes[4095] =
    bytes[4096] =
    bytes[3 * 4096] =
    bytes[5 * 4096 + 6] =
      1;
  assertEquals(dataRuns(bytes), [
    { start: 0, end: 8192 },
    { start: 3 * 4096, end: 4 * 4096 },
    { start: 5 * 4096, end: 5 * 4096 + 7 },
  ]);
});

Deno.test("FilePlace is another source when its content may be another", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("in", 4096);
  const identities = () => {
    using place = FilePlace.openToRead(path);
    return [place.sourceIdentity, place.identity];
  };
  const [source, destination] = identities();
  assertEquals(identities(), [source, destination]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  Deno.writeFileSync(path, new Uint8Array(4096).fill(1));
  const [later, same] = identities();
  assert(later?.modified !== source?.modified);
  assertEquals(same, destination);
});

testLoop("FilePlace of a block device has a capacity, and no holes", () => {
  using folder = new TemporaryFolder();
  using device = new LoopDevice(folder.file("disk", 65536));
  using place = FilePlace.openToWrite(device.path);
  assertEquals([place.capacity, place.isDevice], [65536, true]);
  place.prepare(true);
  assertEquals(place.size, 65536);
});

Deno.test("StreamSource fills a piece from what a pipe gives at a time", async () => {
  const data = pattern(1000, 1);
  let at = 0;
  const source = new StreamSource({
    read: (bytes) => {
      const part = data.subarray(at, at + Math.min(bytes.length, 300));
      bytes.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  }, undefined);
  const bytes = new Uint8Array(700);
  assertEquals(await source.read(bytes), 700);
  assertEquals(bytes, data.subarray(0, 700));
  assertEquals([await source.read(bytes), await source.read(bytes)], [300, 0]);
});

Deno.test("StreamDestination does not tell as durable what a reader has", async () => {
  assertEquals(await new StreamDestination({ write: () => Promise.resolve(1) }).sync(), false);
});

Deno.test("StreamSource and StreamDestination say what went wrong", async () => {
  const fail = () => Promise.reject(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
  const destination = new StreamDestination({ write: fail });
  await assertRejects(
    () => destination.write(new Uint8Array(1)),
    SystemError,
    "its reader went away",
  );
  const source = new StreamSource({ read: () => Promise.reject(new Error("EISDIR")) }, undefined);
  await assertRejects(() => source.read(new Uint8Array(1)), SystemError, "EISDIR");
});
