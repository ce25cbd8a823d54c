/**
 * A write that the disk does not take for four seconds holds nothing else up: the image is on a
 * file system that is frozen (fsfreeze(8)), so that reads of it go on and a write waits in the
 * kernel.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Opcode } from "../../lib/ata/command.ts";
import { type Device, Initiator } from "../../lib/client/initiator.ts";
import { needLoopDevices } from "../temporary.ts";
import { countsOf } from "./counters.ts";
import { FILE_SYSTEM_PROGRAMS, FileSystem } from "./file_system.ts";
import { pattern } from "./image.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";

const MIB = 2 ** 20;
const IMAGE_SIZE = 4 * MIB;
/** Sectors of a frame. */
const COUNT = 2;
/** The frames of the image; what is written lies in the first half, what is read in the second. */
const PLACES = IMAGE_SIZE / 512 / COUNT;
const WRITTEN_LBA = 8;
const WINDOW = 16;
/** How long the file system takes no write. */
const STALL_MS = 4000;
/**
 * A read that takes longer is late, on a busy machine too; one that waits for the write takes
 * nearly STALL_MS.
 */
const LATE_MS = 2000;

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

/** A window of reads that is kept under way. */
class ReadLoad {
  /** Reads that were answered. */
  count = 0;
  /** Those of them that brought other data than the image has. */
  wrong = 0;
  /** The longest that one took. */
  slowestMs = 0;
  /** All reads are over; throws where one was not answered. */
  readonly ended: Promise<unknown>;
  #isOver = false;

  constructor(initiator: Initiator, device: Device, image: Uint8Array) {
    const lanes = Array.from(
      { length: WINDOW },
      (_, lane) => this.#run(initiator, device, image, lane),
    );
    this.ended = Promise.all(lanes);
    this.ended.catch(() => {}); // whoever waits for it is told, and what is open is closed before
  }

  /** Begins no further read. */
  stop(): void {
    this.#isOver = true;
  }

  async #run(initiator: Initiator, device: Device, image: Uint8Array, lane: number): Promise<void> {
    const half = PLACES / 2;
    for (let place = lane; !this.#isOver; place = (place + 7 * WINDOW) % half) {
      const lba = (half + place) * COUNT;
      const startMs = performance.now();
      const data = await initiator.ata(device, { opcode: Opcode.READ_EXT, lba, count: COUNT });
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
      this.count++;
      const at = lba * 512;
      const isRight = data.length >= COUNT * 512 &&
        [0, 1, 2, 3, 510, 511, 1022, 1023].every((index) => data[index] === image[at + index]);
      if (!isRight) this.wrong++;
    }
  }
}

/** What came of a write that stalled. */
interface Outcome {
  /** All reads. */
  readonly load: ReadLoad;
  /** Reads that were answered while the write waited. */
  readonly readsMeanwhile: number;
  /** Reads that were asked for again. */
  readonly retransmitCount: number;
  /** Frames that found no room. */
  readonly dropped: unknown;
}

/** Stalls one write to a target with `engine` under full load. */
async function stall(engine: string): Promise<Outcome> {
  await using wire = await Wire.open();
  // The writer has a MAC of its own: replies to the reads would fill its socket, too.
  await wire.ip(wire.initiator, "link add link eth0 name eth1 type macvlan mode bridge");
  await wire.ip(wire.initiator, "link set eth1 up");
  await using fileSystem = await FileSystem.open(64 * MIB);
  const path = `${fileSystem.path}/disk.img`;
  const image = pattern(IMAGE_SIZE, 11);
  Deno.writeFileSync(path, image); // it is in the page cache from here on
  const args = ["--engine", engine, "--log-format", "json", "0", "0", "eth0", path];
  await using target = await TargetProcess.start(wire.target, ...args);
  using reader = inNamespace(
    wire.initiator,
    () => Initiator.open("eth0", { waitMs: LATE_MS, waitMaxMs: LATE_MS }),
  );
  using writer = inNamespace(wire.initiator, () => Initiator.open("eth1", { waitMs: 60_000 }));
  const device = await reader.find(0, 0);
  const written = pattern(COUNT * 512, 12);
  const load = new ReadLoad(reader, device, image);
  let readsMeanwhile = 0;
  try {
    await pause(300); // reads are under way before the write comes, or it might be done at once
    let isWritten = false;
    let write: Promise<void> | undefined;
    await fileSystem.frozen(async () => {
      const before = load.count;
      write = writer.write(device, WRITTEN_LBA, written).then(() => void (isWritten = true));
      await pause(STALL_MS);
      readsMeanwhile = load.count - before;
      assertEquals(isWritten, false, "the write was answered while none could be done");
    });
    await write;
    await pause(300);
  } finally {
    load.stop();
  }
  await load.ended;
  assertEquals(await writer.read(device, WRITTEN_LBA, COUNT), written);
  assertEquals(Deno.readFileSync(path).subarray(WRITTEN_LBA * 512).subarray(0, 1024), written);
  const { dropped = 0 } = await countsOf(target, "eth0");
  return { load, readsMeanwhile, retransmitCount: reader.link.retransmitCount, dropped };
}

e2e("a write that stalls delays no read and drops no frame", FILE_SYSTEM_PROGRAMS, async () => {
  const { load, readsMeanwhile, retransmitCount, dropped } = await stall("ring");
  assert(readsMeanwhile > 1000, `only ${readsMeanwhile} reads were answered meanwhile`);
  assert(load.slowestMs < LATE_MS, `a read took ${load.slowestMs} ms`);
  assertEquals({ wrong: load.wrong, retransmitCount, dropped }, {
    wrong: 0,
    retransmitCount: 0,
    dropped: 0,
  });
}, needLoopDevices);

e2e("the same stall holds the plain engine up", FILE_SYSTEM_PROGRAMS, async () => {
  // So the test above is one: what serves one request at a time cannot pass it.
  const { load, readsMeanwhile, retransmitCount } = await stall("plain");
  assert(load.slowestMs > STALL_MS - LATE_MS, `the slowest read took ${load.slowestMs} ms`);
  assert(readsMeanwhile < 1000, `${readsMeanwhile} reads were answered meanwhile`);
  assert(retransmitCount > 0);
  assertEquals(load.wrong, 0);
}, needLoopDevices);
