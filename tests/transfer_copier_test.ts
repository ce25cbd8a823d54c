/**
 * Copying of pieces: every byte, several at a time, with faults, stops and ends.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { SystemError } from "../lib/error.ts";
import { Copier, type CopyJob } from "../lib/transfer/copier.ts";
import { PIECE_SIZE } from "../lib/transfer/read_ahead.ts";
import { StreamDestination, StreamSource } from "../lib/transfer/stream_place.ts";
import { pattern } from "./e2e/image.ts";
import { MemoryPlace, NEVER, shuffle } from "./transfer_fakes.ts";

const SIZE = 20 * PIECE_SIZE + 777;

interface Made {
  readonly job: CopyJob;
  readonly source: MemoryPlace;
  readonly destination: MemoryPlace;
  readonly seen: Uint8Array[];
  readonly progress: number[];
}

function make(change: Partial<CopyJob> = {}, size = SIZE): Made {
  const source = new MemoryPlace("e0.0", pattern(size, 1));
  const destination = new MemoryPlace("e0.1", new Uint8Array(size + PIECE_SIZE));
  const seen: Uint8Array[] = [];
  const progress: number[] = [];
  const job: CopyJob = {
    source,
    sourceOffset: 0,
    destination,
    destinationOffset: 0,
    length: size,
    from: 0,
    see: (bytes) => seen.push(bytes.slice()),
    progress: (done) => progress.push(done),
    checkpoint: undefined,
    checkpointMs: 1,
    signal: NEVER,
    ...change,
  };
  return { job, source, destination, seen, progress };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

for (const size of [0, 1, 511, 512, PIECE_SIZE - 1, PIECE_SIZE, PIECE_SIZE + 1, SIZE]) {
  Deno.test(`Copier copies ${size} bytes, whatever order they come in`, async () => {
    const { job, source, destination, seen, progress } = make({}, size);
    source.access = destination.access = shuffle;
    const copier = new Copier(job);
    assertEquals(await copier.run(), true);
    assertEquals(destination.bytes.subarray(0, size), source.bytes);
    assert(destination.bytes.subarray(size).every((byte) => byte === 0));
    assertEquals(joined(seen), source.bytes);
    assertEquals(copier.done, size);
    assertEquals(progress, progress.toSorted((one, other) => one - other));
  });
}

Deno.test("Copier has several reads and writes under way, and not too many", async () => {
  const { job, source, destination } = make();
  source.access = destination.access = shuffle;
  await new Copier(job).run();
  for (const { mostUnderWay } of [source, destination]) {
    assertEquals(mostUnderWay, 4);
  }
});

Deno.test("Copier copies a range to another place, and goes on in the middle", async () => {
  const { job, source, destination } = make({
    sourceOffset: 512,
    destinationOffset: 1024,
    length: 3 * PIECE_SIZE,
    from: PIECE_SIZE,
  });
  const copier = new Copier(job);
  assertEquals(await copier.run(), true);
  assertEquals(copier.done, 3 * PIECE_SIZE);
  assertEquals(
    destination.bytes.subarray(1024 + PIECE_SIZE, 1024 + 3 * PIECE_SIZE),
    source.bytes.subarray(512 + PIECE_SIZE, 512 + 3 * PIECE_SIZE),
  );
  assert(destination.bytes.subarray(0, 1024 + PIECE_SIZE).every((byte) => byte === 0));
  assertEquals(Math.min(...source.reads), 512 + PIECE_SIZE);
});

Deno.test("Copier keeps the order where a stream asks for it", async () => {
  const data = pattern(SIZE, 3);
  let at = 0;
  const reader = {
    read: (bytes: Uint8Array): Promise<number | null> => {
      const part = data.subarray(at, at + Math.min(bytes.length, 65_537));
      bytes.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  };
  const parts: Uint8Array[] = [];
  const writer = {
    write: async (bytes: Uint8Array): Promise<number> => {
      await shuffle("write", bytes.length);
      const part = bytes.slice(0, 100_003);
      parts.push(part);
      return part.length;
    },
  };
  const { job } = make({
    source: new StreamSource(reader, undefined),
    destination: new StreamDestination(writer),
    length: undefined,
  });
  const copier = new Copier(job);
  assertEquals(await copier.run(), true);
  assertEquals(joined(parts), data);
  assertEquals(copier.done, SIZE);
});

Deno.test("Copier tells no byte as done that was not acknowledged", async () => {
  const { job, source, destination, progress } = make();
  const failAt = 5 * PIECE_SIZE;
  destination.access = async (kind, offset) => {
    await shuffle(kind, offset);
    if (kind === "write" && offset === failAt) throw new SystemError("no room", "write", 28);
  };
  const copier = new Copier(job);
  await assertRejects(() => copier.run(), SystemError, "no room");
  assertEquals(copier.done <= failAt, true);
  assertEquals(Math.max(0, ...progress) <= failAt, true);
  assertEquals(
    destination.bytes.subarray(0, copier.done),
    source.bytes.subarray(0, copier.done),
  );
  const count = destination.writes.length;
  await shuffle("write", 512 * 5);
  assertEquals(destination.writes.length, count, "nothing is written behind the end");
});

Deno.test("Copier throws what a read throws, after the writes before it", async () => {
  const { job, source, destination } = make();
  source.access = async (kind, offset) => {
    await shuffle(kind, offset);
    if (offset === 6 * PIECE_SIZE) throw new SystemError("bad sector", "read", 5);
  };
  destination.access = shuffle;
  const copier = new Copier(job);
  await assertRejects(() => copier.run(), SystemError, "bad sector");
  assertEquals(copier.done, 6 * PIECE_SIZE);
});

Deno.test("Copier throws where the source ends too early", async () => {
  const { job, source } = make({ length: SIZE + 5 });
  await assertRejects(() => new Copier(job).run(), SystemError, `ended after ${SIZE} bytes, 5`);
  assertEquals(source.reads.length > 0, true);
});

Deno.test("Copier fills a destination that is too small and says what it wrote", async () => {
  const { job, source } = make({ length: undefined });
  const small = new MemoryPlace("e0.1", new Uint8Array(3 * PIECE_SIZE + 512));
  source.inOrder = true;
  const copier = new Copier({ ...job, destination: small });
  const told = `all ${small.size} bytes that fit were written`;
  await assertRejects(() => copier.run(), SystemError, told);
  assertEquals(small.bytes, source.bytes.subarray(0, small.size));
  assertEquals(copier.done, small.size);
});

Deno.test("Copier takes a stream that fits exactly", async () => {
  const { job, source } = make({ length: undefined });
  const exact = new MemoryPlace("e0.1", new Uint8Array(SIZE));
  source.inOrder = true;
  assertEquals(await new Copier({ ...job, destination: exact }).run(), true);
  assertEquals(exact.bytes, source.bytes);
});

Deno.test("Copier stops where the signal says so, with nothing under way", async () => {
  const controller = new AbortController();
  const { job, source, destination } = make({ signal: controller.signal });
  destination.access = async (kind, offset) => {
    await shuffle(kind, offset);
    if (offset === 4 * PIECE_SIZE) controller.abort();
  };
  const copier = new Copier(job);
  assertEquals(await copier.run(), false);
  assert(copier.done < SIZE);
  assertEquals(destination.bytes.subarray(0, copier.done), source.bytes.subarray(0, copier.done));
});

Deno.test("Copier stops though a read never ends", async () => {
  const controller = new AbortController();
  const { job, source } = make({ signal: controller.signal });
  source.access = () => {
    setTimeout(() => controller.abort(), 10);
    return new Promise(() => {});
  };
  assertEquals(await new Copier(job).run(), false);
});

Deno.test("Copier makes one checkpoint at a time, and its failure counts", async () => {
  const marks: number[] = [];
  let running = 0;
  const { job, destination } = make({
    checkpoint: async (done) => {
      assertEquals(++running, 1);
      marks.push(done);
      await shuffle("sync", 512 * 5);
      running--;
      if (marks.length === 2) throw new SystemError("sync failed", "fdatasync", 5);
    },
  });
  destination.inOrder = true;
  destination.access = async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await assertRejects(() => new Copier(job).run(), SystemError, "sync failed");
  assertEquals(marks.length, 2);
  assert(marks.every((done) => done > 0 && done <= SIZE));
});

Deno.test("Copier tells of a write that failed though a read never ends", async () => {
  const { job, source, destination } = make();
  source.access = (_kind, offset) => offset === 0 ? Promise.resolve() : new Promise(() => {});
  destination.access = async () => {
    await shuffle("write", 512);
    throw new SystemError("no room", "write", 28);
  };
  await assertRejects(() => new Copier(job).run(), SystemError, "no room");
});

Deno.test("Copier takes nothing of what lies behind a piece that was cut", async () => {
  const { job, source, destination } = make();
  const cut = 2 * PIECE_SIZE;
  const read = source.read.bind(source);
  source.read = async (bytes, offset) => {
    const count = await read(bytes, offset);
    return offset === cut ? 512 : count;
  };
  await assertRejects(() => new Copier(job).run(), SystemError, `ended after ${cut + 512} bytes`);
  assert(destination.bytes.subarray(cut + 512).every((byte) => byte === 0));
});

Deno.test("Copier tells of a write that failed though the signal came meanwhile", async () => {
  const controller = new AbortController();
  const { job, destination } = make({ signal: controller.signal });
  destination.access = async () => {
    controller.abort();
    await shuffle("write", 512);
    throw new SystemError("no room", "write", 28);
  };
  await assertRejects(() => new Copier(job).run(), SystemError, "no room");
});
