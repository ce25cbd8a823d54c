/**
 * Exports of one engine whose disks do not answer, or fail: the others go on, and nothing is lost
 * or mixed up. A pipe stands for a disk: what reads from it waits until a test writes to it, and it
 * cannot be synced.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { O_CLOEXEC, O_RDWR } from "../ffi/abi.ts";
import { check, libc, toCString } from "../ffi/libc.ts";
import { openRing } from "../lib/engine/open.ts";
import { pattern } from "./e2e/image.ts";
import { e2e } from "./e2e/requires.ts";
import { LendingDisk, MemoryDisk, type OpenEngine } from "./engine_case.ts";
import { type Heard, ManyBench, sorted } from "./engine_many.ts";
import { TemporaryFolder } from "./temporary.ts";

const openWhole: OpenEngine = (options, ports) => openRing(options, ports).engine;
/** More than an engine has requests. */
const CROWD = 1200;

function range(count: number, first = 0): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function openFile(path: string): number {
  return check(libc().open(toCString(path), O_RDWR | O_CLOEXEC, 0), "open", path);
}

/** A file that the kernel works on beside us. */
class FileDisk extends MemoryDisk implements Disposable {
  override readonly way = "direct";
  override readonly descriptor: number;
  override readonly writeDescriptor: number;
  override readonly alignment: number;
  readonly told: string[] = [];

  constructor(path: string, alignment = 512) {
    super();
    this.descriptor = this.writeDescriptor = openFile(path);
    this.alignment = alignment;
  }

  override tell(what: string): void {
    this.told.push(what);
  }

  [Symbol.dispose](): void {
    libc().close(this.descriptor);
  }
}

/** One that answers when it is told to. */
class PipeDisk extends FileDisk {
  readonly #path: string;

  constructor(folder: TemporaryFolder, name: string) {
    const path = folder.fifo(name);
    super(path);
    this.#path = path;
  }

  /** Lets so many reads of a sector end, of those that wait, with bytes of `value`. */
  answer(count: number, value = 0x5a): void {
    using pipe = Deno.openSync(this.#path, { write: true });
    for (let left = count; left > 0; left--) {
      assertEquals(pipe.writeSync(new Uint8Array(512).fill(value)), 512);
    }
  }
}

e2e("ring: a disk that stalls holds up its own export alone", [], async () => {
  using folder = new TemporaryFolder();
  using pipe = new PipeDisk(folder, "pipe");
  await using bench = await ManyBench.open(openWhole);
  const { engine } = bench;
  const stalled = bench.serve(0, pipe);
  const other = bench.serve(1, new MemoryDisk());
  bench.settle();
  for (const tag of range(40, 1)) bench.read("eth0", 0, tag);
  for (const tag of range(10, 100)) bench.read("eth0", 1, tag);
  assertEquals(sorted(bench.work()), range(10, 100));
  assertEquals([engine.unfinished(stalled), engine.unfinished(other)], [40, 0]);
  // It is left by one interface, but what came by it is still answered.
  engine.detach(stalled, bench.port("eth0"));
  bench.settle();
  bench.read("eth0", 0, 200);
  assertEquals([bench.work(), engine.unfinished(stalled)], [[], 40]);
  pipe.answer(15);
  const heard = bench.work();
  assertEquals([heard.length, engine.unfinished(stalled)], [15, 25]);
  assertEquals(heard.every(({ number, data }) => number === 0 && data[511] === 0x5a), true);
  engine.detach(stalled, bench.port("eth1"));
  assertThrows(() => engine.remove(stalled), Error, "unfinished");
  pipe.answer(25);
  const startMs = performance.now();
  engine.poll(10_000);
  const tookMs = performance.now() - startMs;
  assert(tookMs < 5000, `what ended on the disk ended a wait after ${tookMs} ms`);
  assertEquals(sorted([...heard, ...bench.work()]), range(40, 1));
  assertEquals(engine.unfinished(stalled), 0);
  engine.remove(stalled);
  // Another one has the address now, and the place of the first one in the engine.
  const disk = new MemoryDisk(64, pattern(64 * 512, 3));
  bench.serve(0, disk);
  bench.settle();
  bench.read("eth0", 0, 7);
  assertEquals(bench.work().map(({ tag, data }) => [tag, data]), [[
    7,
    disk.bytes.slice(3584, 4096),
  ]]);
});

e2e("ring: an interface may be closed while disks owe answers for it", [], async () => {
  using folder = new TemporaryFolder();
  using pipe = new PipeDisk(folder, "pipe");
  await using bench = await ManyBench.open(openWhole);
  const { engine } = bench;
  const stalled = bench.serve(0, pipe);
  bench.serve(1, new MemoryDisk());
  bench.settle();
  for (const tag of range(8, 1)) bench.read("eth1", 0, tag);
  for (const tag of range(4, 11)) bench.read("eth0", 0, tag);
  assertEquals([bench.work(), engine.unfinished(stalled)], [[], 12]);
  engine.closePort(bench.port("eth1"));
  bench.read("eth0", 1, 20);
  assertEquals(sorted(bench.work()), [20]);
  pipe.answer(12);
  assertEquals(sorted(bench.work()), range(4, 11));
  assertEquals([bench.heard("eth1"), engine.unfinished(stalled)], [[], 0]);
  // The same with the last one, after which nothing leaves any more.
  for (const tag of range(8, 30)) bench.read("eth0", 0, tag);
  bench.work();
  engine.closePort(bench.port("eth0"));
  pipe.answer(8);
  assertEquals([bench.work(), engine.unfinished(stalled)], [[], 0]);
  engine.remove(stalled); // it is served nowhere now
});

e2e("ring: exports that stall leave requests for the others", [], async () => {
  using folder = new TemporaryFolder();
  using stack = new DisposableStack();
  const pipes = range(4).map((index) => stack.use(new PipeDisk(folder, `pipe${index}`)));
  await using bench = await ManyBench.open(openWhole);
  const { engine } = bench;
  const stalled = pipes.map((pipe, number) => bench.serve(number, pipe, { on: ["eth0"] }));
  const crowd = range(CROWD, 4).map((number) =>
    bench.serve(number, new MemoryDisk(0), { on: ["eth0"] })
  );
  bench.settle();
  const count = (): number => stalled.reduce((sum, one) => sum + engine.unfinished(one), 0);
  bench.read("eth0", 3, 1000);
  bench.write("eth0", 3, 1000, new Uint8Array(512), 5000); // it waits for the read
  assertEquals([bench.work(), count()], [[], 2]);
  for (const tag of range(400, 1)) {
    for (const number of range(4)) bench.read("eth0", number, tag);
    if (tag % 100 === 0) assertEquals(bench.work(), []);
  }
  const dropped = stalled.reduce((sum, { target }) => sum + target.counts.overflow, 0);
  assert(count() > 700 && count() < 1000, `${count()} are under way`);
  assertEquals(count() + dropped, 1602);
  // Questions, the crowd's reads and what they have to say pass.
  bench.askAll("eth0", 9999);
  assertEquals(sorted(bench.work(), "number"), range(CROWD, 4));
  for (const tag of range(64, 2000)) bench.read("eth0", tag - 1990, tag);
  const reads = bench.work();
  assertEquals(sorted(reads), range(64, 2000));
  for (const served of crowd) {
    served.target.advertisementBudget = 1;
    served.target.advertise(bench.port("eth0"));
    engine.wake(served);
  }
  assertEquals(sorted(bench.work(), "number"), range(CROWD, 4));
  const asked = count();
  const heard: Heard[] = [];
  for (const [index, pipe] of pipes.entries()) {
    for (let left = 1; left > 0; left = engine.unfinished(stalled[index]!)) { // there are four
      pipe.answer(Math.min(64, left));
      heard.push(...bench.work());
    }
  }
  assertEquals([heard.length, count()], [asked, 0]);
  assertEquals(heard.filter(({ tag }) => tag === 5000).map(({ number }) => number), [3]);
  bench.askAll("eth0", 6000);
  assertEquals(sorted(bench.work(), "number"), range(CROWD + 4));
});

e2e("ring: a sync that fails faults its own export alone", [], async () => {
  using folder = new TemporaryFolder();
  using pipe = new PipeDisk(folder, "pipe");
  using file = new FileDisk(folder.file("disk", 2 ** 20));
  using last = new FileDisk(folder.file("last", 2 ** 20));
  await using bench = await ManyBench.open(openWhole);
  [file, pipe, last].forEach((disk, number) => bench.serve(number, disk, { durable: true }));
  bench.settle();
  for (const lba of range(8, 1)) {
    for (const number of [0, 1, 2]) bench.write("eth0", number, lba, pattern(512, lba));
  }
  const outcomes = (heard: readonly Heard[], number: number): readonly number[] =>
    heard.filter((one) => one.number === number).map(({ status }) => status);
  const heard = bench.work();
  assertEquals([0, 1, 2].map((number) => outcomes(heard, number)), [
    new Array(8).fill(0x40),
    new Array(8).fill(0x61),
    new Array(8).fill(0x40),
  ]);
  assertEquals([file.told, pipe.told, last.told], [[], ["flush"], []]);
  for (const number of [0, 1, 2]) bench.write("eth0", number, 9, pattern(512, 9));
  const later = bench.work();
  assertEquals([0, 1, 2].map((number) => outcomes(later, number)), [[0x40], [0x61], [0x40]]);
});

e2e("ring: exports whose direct I/O is coarse have their own data", [], async () => {
  using folder = new TemporaryFolder();
  using stack = new DisposableStack();
  const size = 64 * 512;
  const paths = range(3).map((index) => folder.file(`disk${index}`, size));
  const wanted = paths.map((path, index) => {
    const bytes = pattern(size, index + 1);
    Deno.writeFileSync(path, bytes);
    return bytes;
  });
  await using bench = await ManyBench.open(openWhole);
  const units = [4096, 4096, 1024];
  paths.forEach((path, number) =>
    bench.serve(number, stack.use(new FileDisk(path, units[number])))
  );
  bench.settle();
  for (const lba of [3, 17, 20, 42]) {
    for (const number of range(3)) {
      const data = pattern(512, 100 * lba + number);
      wanted[number]?.set(data, lba * 512);
      bench.write("eth0", number, lba, data);
      bench.read("eth0", number, lba + 1, 1000 + lba);
    }
  }
  const heard = bench.work();
  assertEquals(heard.length, 24);
  for (const { number, tag, data } of heard.filter(({ tag }) => tag >= 1000)) {
    const at = (tag - 999) * 512;
    assertEquals(data, wanted[number]?.slice(at, at + 512), `export ${number}, tag ${tag}`);
  }
  assertEquals(paths.map((path) => Deno.readFileSync(path)), wanted);
});

e2e("ring: exports lend their own data, until they stop", [], async () => {
  class Lender extends LendingDisk {
    isLending = true;
    override lend(offset: number): number {
      return this.isLending ? super.lend(offset) : 0;
    }
    override stopLending(): void {
      this.isLending = false;
    }
  }
  await using bench = await ManyBench.open(openWhole);
  const disks = range(3).map(() => new Lender());
  disks.forEach((disk, number) => {
    disk.bytes.set(pattern(disk.bytes.length, number + 1));
    bench.serve(number, disk);
  });
  bench.settle();
  for (const round of [0, 1]) {
    for (const lba of range(40, 40 * round)) {
      for (const number of range(3)) bench.read("eth0", number, lba);
    }
    const heard = bench.work();
    assertEquals(heard.length, 120);
    for (const { number, tag, data } of heard) {
      assertEquals(data, disks[number]?.bytes.slice(tag * 512, (tag + 1) * 512));
    }
    disks[1]?.stopLending();
  }
  assertEquals(disks.map(({ isLending }) => isLending), [true, false, true]);
});
