/**
 * What the ring engine asks of the kernel for a disk, and what it makes of the answers: a queue
 * that a test answers by hand stands for io_uring.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { RWF_DSYNC } from "../ffi/uring_abi.ts";
import { Arena, type DataPlaces } from "../lib/engine/arena.ts";
import { KernelDisk } from "../lib/engine/kernel_disk.ts";
import { type DiskQueue, KernelQueue } from "../lib/engine/kernel_queue.ts";
import { PENDING } from "../lib/engine/work.ts";
import { Request, type Verdict } from "../lib/target/request.ts";
import { MemoryDisk } from "./engine_case.ts";

const [EIO, EAGAIN, EOPNOTSUPP] = [5, 11, 95];
const [FILE, PAST_CACHE] = [10, 11];
/** Marks the disk's sync. */
const SYNC = 1000;

/** Notes what was asked; what ends and how is the test's. */
class Queue implements DiskQueue {
  readonly room = 100;
  userData = 0;
  result = 0;
  readonly asked: string[] = [];
  readonly #ended: [mark: number, result: number][] = [];
  #syncMark = 0;

  read(fd: number, _address: number, size: number, offset: number, mark: number): void {
    this.asked.push(`read ${mark}: ${size} at ${offset} of ${fd}`);
  }
  write(
    fd: number,
    _address: number,
    size: number,
    offset: number,
    mark: number,
    flags = 0,
  ): void {
    const how = flags === RWF_DSYNC ? " durably" : "";
    this.asked.push(`write ${mark}: ${size} at ${offset} of ${fd}${how}`);
  }
  punchHole(fd: number, offset: number, length: number, mark: number): void {
    this.asked.push(`punch ${mark}: ${length} at ${offset} of ${fd}`);
  }
  syncData(fd: number, mark: number): void {
    this.#syncMark = mark;
    this.asked.push(`sync ${fd}`);
  }
  enter(): number {
    return 0;
  }
  end(mark: number, result: number): void {
    this.#ended.push([mark, result]);
  }
  endSync(result = 0): void {
    this.end(this.#syncMark, result);
  }
  take(): boolean {
    const next = this.#ended.shift();
    if (next === undefined) return false;
    [this.userData, this.result] = next;
    return true;
  }
}

/** A file on a disk, whose writes must be durable. */
class DurableDisk extends MemoryDisk {
  override readonly way = "cache";
  override readonly descriptor = FILE;
  override readonly writeDescriptor = PAST_CACHE;
  override readonly syncsWrites: boolean = true;
  readonly told: string[] = [];

  override tell(verdict: Verdict, size: number, offset: number, result: number): void {
    this.told.push(`${verdict} ${size} at ${offset}: ${result}`);
  }
}

class Bench implements Disposable {
  readonly queue = new Queue();
  readonly backing: DurableDisk;
  readonly requests: readonly Request[];
  readonly shared: KernelQueue;
  readonly disk: KernelDisk;
  readonly #arena = Arena.open(4);

  constructor(backing = new DurableDisk()) {
    this.backing = backing;
    this.requests = [0, 1, 2].map((slot) => new Request(slot, this.#arena.at(slot).views));
    const places: DataPlaces = {
      data: ({ slot }) => this.#arena.at(slot).data,
      dataAddress: ({ slot }) => this.#arena.at(slot).dataAddress,
      scratch: this.#arena.scratch,
      scratchAddress: this.#arena.scratchAddress,
      lend: () => {},
      reclaim: () => {},
    };
    this.shared = new KernelQueue(this.queue, places, this.requests);
    this.disk = new KernelDisk(backing, this.shared, SYNC);
  }

  begin(slot: number, verdict: Verdict, offset = 0, length = 1024): void {
    const request = this.requests[slot]!; // there are three
    Object.assign(request, { verdict, offset, length });
    const result = this.disk.begin(request, verdict);
    assertEquals(result, PENDING);
  }

  /** What was asked since the last time. */
  get asked(): readonly string[] {
    return this.queue.asked.splice(0);
  }

  /** What ended: slot (-1: the sync), result, result of its own sync. */
  take(): readonly [slot: number, result: number, syncResult: number] | undefined {
    const { disk, queue } = this;
    while (queue.take()) {
      const { userData, result } = queue;
      const request = this.requests[userData];
      if (request === undefined) disk.endSync(result);
      else disk.endPiece(request, result);
    }
    if (!disk.take()) return undefined;
    return [disk.ended?.slot ?? -1, disk.result, disk.syncResult];
  }

  [Symbol.dispose](): void {
    this.shared[Symbol.dispose]();
    this.#arena[Symbol.dispose]();
  }
}

Deno.test("a durable write that is alone is made durable by itself, past the page cache", () => {
  using bench = new Bench();
  assertEquals(bench.disk.attempts("write"), false);
  bench.begin(1, "write", 512);
  assertEquals(bench.asked, ["write 1: 1024 at 512 of 11 durably"]);
  bench.queue.end(1, 1024);
  assertEquals([bench.take(), bench.take()], [[1, 0, 0], undefined]);
});

Deno.test("durable writes that are under way together share a sync", () => {
  using bench = new Bench();
  bench.begin(0, "write");
  bench.begin(1, "write", 4096);
  const asked = ["write 0: 1024 at 0 of 11 durably", "write 1: 1024 at 4096 of 11"];
  assertEquals(bench.asked, asked);
  bench.queue.end(1, 1024);
  assertEquals(bench.take(), [1, 0, PENDING]);
  bench.queue.end(0, 1024);
  assertEquals(bench.take(), [0, 0, 0]);
  assertEquals([bench.disk.beginSync(), bench.asked], [PENDING, ["sync 10"]]);
  bench.begin(2, "write"); // the sync that runs does not cover it, the next one will
  assertEquals(bench.asked, ["write 2: 1024 at 0 of 11"]);
  bench.queue.endSync();
  assertEquals(bench.take(), [-1, 0, PENDING]);
});

Deno.test("it tells what ends at any time from what threads of the kernel's work on", () => {
  class Cached extends DurableDisk {
    override readonly syncsWrites = false;
  }
  using bench = new Bench(new Cached());
  const state = () => [bench.shared.isBusy, bench.shared.usesThreads];
  assertEquals(state(), [false, false]);
  bench.begin(0, "read");
  assertEquals(state(), [true, false]);
  bench.begin(1, "write", 4096);
  assertEquals(state(), [true, true]);
  bench.queue.end(1, 1024);
  assertEquals([bench.take(), state()], [[1, 0, PENDING], [true, false]]);
  bench.queue.end(0, 1024);
  assertEquals([bench.take(), state()], [[0, 0, PENDING], [false, false]]);
  bench.disk.beginSync();
  assertEquals(state(), [false, true]);
  bench.queue.endSync();
  assertEquals([bench.take(), state()], [[-1, 0, PENDING], [false, false]]);
});

Deno.test("a slot's last write says nothing of what is done in it next", () => {
  using bench = new Bench();
  bench.begin(0, "write");
  bench.queue.end(0, 1024);
  assertEquals(bench.take(), [0, 0, 0]);
  bench.begin(0, "trim");
  bench.queue.end(0, 0);
  assertEquals(bench.take(), [0, 0, PENDING]);
});

Deno.test("a durable write that is done in parts is durable in all of them", () => {
  using bench = new Bench();
  bench.begin(0, "write", 512);
  bench.queue.end(0, 512);
  assertEquals(bench.take(), undefined);
  bench.queue.end(0, -EAGAIN);
  assertEquals(bench.take(), undefined);
  bench.queue.end(0, 512);
  assertEquals(bench.take(), [0, 0, 0]);
  const rest = "write 0: 512 at 1024 of 11 durably";
  assertEquals(bench.asked, ["write 0: 1024 at 512 of 11 durably", rest, rest]);
});

Deno.test("where a write fails with its sync but not without it, the sync has failed", () => {
  using bench = new Bench();
  bench.begin(0, "write");
  bench.queue.end(0, -EIO);
  assertEquals(bench.take(), undefined);
  bench.queue.end(0, 1024);
  assertEquals(bench.take(), [0, 0, -EIO]);
  assertEquals(bench.asked, ["write 0: 1024 at 0 of 11 durably", "write 0: 1024 at 0 of 11"]);
  assertEquals(bench.backing.told, ["flush 0 at 0: -5"]);
});

Deno.test("where a write fails without its sync too, it is the write that failed", () => {
  using bench = new Bench();
  bench.begin(0, "write");
  bench.queue.end(0, -EIO);
  bench.queue.end(0, -EIO);
  assertEquals(bench.take()?.slice(0, 2), [0, -EIO]);
  assertEquals(bench.backing.told, ["write 1024 at 0: -5"]);
});

Deno.test("where the kernel cannot make one write durable, all share syncs", () => {
  using bench = new Bench();
  bench.begin(0, "write");
  bench.queue.end(0, -EOPNOTSUPP);
  assertEquals(bench.take(), undefined);
  bench.queue.end(0, 1024);
  assertEquals(bench.take(), [0, 0, PENDING]);
  bench.begin(0, "write");
  assertEquals(bench.asked.slice(1), Array(2).fill("write 0: 1024 at 0 of 11"));
  assertEquals(bench.backing.told, []);
});

Deno.test("writes that need not be durable are never synced by themselves", () => {
  class Cached extends DurableDisk {
    override readonly syncsWrites = false;
  }
  using bench = new Bench(new Cached());
  bench.begin(0, "write");
  assertEquals(bench.asked, ["write 0: 1024 at 0 of 11"]);
});

Deno.test("a range is given back beside us, unless the kernel cannot do that", () => {
  using bench = new Bench();
  assertEquals(bench.disk.attempts("trim"), false);
  bench.begin(0, "trim", 512, 4096);
  assertEquals(bench.asked, ["punch 0: 4096 at 512 of 10"]);
  bench.queue.end(0, -EIO);
  assertEquals([bench.take(), bench.backing.done], [[0, -EIO, PENDING], []]);
  assertEquals(bench.backing.told, ["trim 4096 at 512: -5"]);
  bench.begin(0, "trim", 512, 4096);
  bench.queue.end(0, -EOPNOTSUPP);
  assertEquals([bench.take(), bench.backing.done], [[0, 0, PENDING], ["trim"]]);
  assertEquals(bench.disk.attempts("trim"), true); // from now on
});

Deno.test("a read that ends early has met the end of the file", () => {
  using bench = new Bench();
  bench.begin(0, "read");
  bench.queue.end(0, 512);
  bench.queue.end(0, 0);
  assertEquals(bench.take(), [0, -EIO, PENDING]);
  assertEquals(bench.asked, ["read 0: 1024 at 0 of 10", "read 0: 512 at 512 of 10"]);
});
