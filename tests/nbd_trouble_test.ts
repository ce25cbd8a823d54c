/**
 * NBD clients that send garbage, leave in the middle, stop reading or ask for much: they harm
 * nobody else, and cost a bounded amount of memory.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { CONNECTIONS_MAX, Server } from "../lib/nbd/server.ts";
import type { Listener } from "../lib/socket/listener.ts";
import type { ByteStream } from "../lib/socket/stream.ts";
import { BYTES_MAX, REQUESTS_MAX } from "../lib/nbd/transmission.ts";
import { Client, fields } from "./nbd/client.ts";
import { FakeDisk } from "./nbd/fake_disk.ts";
import { pipe, type PipeEnd } from "./nbd/pipe.ts";
import { pattern } from "./e2e/image.ts";

const [READ, WRITE] = [0, 1];
const MIB = 2 ** 20;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until nothing changes any more. */
async function settled(value: () => number): Promise<number> {
  for (let before = -1, same = 0; same < 5; await pause(5)) {
    same = value() === before ? same + 1 : 0;
    before = value();
  }
  return value();
}

/** A listener whose clients are made by the test. */
class FakeListener implements Listener {
  #waiting: ByteStream[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;
  /** Thrown once by the next call of accept. */
  error: Error | undefined;

  connect(): PipeEnd {
    const [server, client] = pipe();
    this.#waiting.push(server);
    this.#wake?.();
    return client;
  }

  async accept(): Promise<ByteStream> {
    while (this.#waiting.length === 0) {
      const { error } = this;
      this.error = undefined;
      if (error !== undefined) throw error;
      if (this.#isClosed) throw new Error("closed");
      await new Promise<void>((wake) => this.#wake = wake);
    }
    const [first] = this.#waiting.splice(0, 1);
    assert(first !== undefined);
    return first;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }
}

Deno.test("a request with a wrong magic ends the connection, not what is under way", async () => {
  const disk = new FakeDisk(2048);
  const client = await Client.ready(disk);
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.hold = () => promise;
  await client.request(WRITE, 0, 512, { data: new Uint8Array(512) });
  await client.request(READ, 0, 512, { magic: 0x25609514 });
  await pause(5);
  resolve();
  await client.assertEnd();
  assertEquals(disk.done, ["write 0+1"]);
});

for (const size of [1, 27, 28, 28 + 1, 28 + 511]) {
  Deno.test(`a client that leaves after ${size} bytes of a write writes nothing`, async () => {
    const disk = new FakeDisk(2048);
    const client = await Client.ready(disk);
    const head = fields([4, 0x25609513], [2, 0], [2, WRITE], [8, 1], [8, 0], [4, 512]);
    await client.send(new Uint8Array([...head, ...new Uint8Array(512)]).subarray(0, size));
    client.end.closeWrite();
    await client.assertEnd();
    assertEquals(disk.done, []);
  });
}

Deno.test("a client that leaves before its reply is forgotten after the work", async () => {
  const disk = new FakeDisk(2048);
  const client = await Client.ready(disk);
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.hold = () => promise;
  for (let index = 0; index < 5; index++) await client.request(READ, 0, MIB);
  await settled(() => disk.load.count);
  client.end.close();
  resolve();
  await client.connection.ended;
  assertEquals(disk.load.count, 0);
});

for (const how of ["garbage", "nothing"] as const) {
  Deno.test(`the disk hears that the client has gone, after ${how}`, async () => {
    const disk = new FakeDisk(2048);
    const client = await Client.ready(disk);
    const { promise, resolve } = Promise.withResolvers<void>();
    disk.hold = (what) => what === "read 0+1" ? promise : Promise.resolve();
    await client.request(READ, 0, 512);
    await settled(() => disk.load.count);
    const [signal] = disk.signals;
    assertEquals(signal?.aborted, false);
    if (how === "garbage") await client.send(new Uint8Array(28));
    else {
      client.end.close();
      resolve();
    }
    while (signal?.aborted === false) await pause(1);
    resolve();
    await client.connection.ended;
  });
}

Deno.test("what a client left behind is left off soon, also a flush that hangs", async () => {
  const disk = new FakeDisk(2048);
  const client = await Client.ready(disk);
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.hold = () => promise;
  await client.request(3, 0, 0);
  await settled(() => disk.load.count);
  client.end.closeWrite();
  await client.connection.ended;
  assertEquals(disk.load.count, 1);
  resolve();
});

Deno.test("two thousand random connections end, and leave nothing under way", async () => {
  const disk = new FakeDisk(2048);
  const before = disk.bytes.slice();
  for (let seed = 1; seed <= 2000; seed++) {
    const isPast = seed % 2 === 0;
    const client = isPast ? await Client.ready(disk, seed % 4 === 0) : new Client(disk);
    if (!isPast) {
      await client.take(18);
      if (seed % 3 === 0) await client.send(fields([4, 3], [8, 0x49484156454f5054n]));
    } else if (seed % 5 === 0) {
      await client.send(fields([4, 0x25609513], [2, 0], [2, 2 + seed % 9]));
    }
    await client.send(pattern(64 + seed % 512, seed)).catch(() => {});
    client.end.closeWrite();
    const into = new Uint8Array(65536);
    while (await client.end.read(into) !== null);
    client.end.close();
    await client.connection.ended;
  }
  assertEquals(disk.load.count, 0);
  assert(disk.done.every((what) => what === "flush"), "no garbage is a request with a range");
  assertEquals(disk.bytes, before);
});

Deno.test("reads take a bounded amount of memory while the client does not read", async () => {
  const disk = new FakeDisk(64 * 2048);
  const client = await Client.ready(disk, false, { capacity: 65536 });
  let sent = 0;
  const flood = (async () => {
    for (; sent < 400; sent++) await client.request(READ, 0, MIB);
  })();
  const most = await settled(() => disk.done.length);
  assertEquals(most, BYTES_MAX / MIB);
  assert(disk.load.most <= BYTES_MAX);
  for (let index = 0; index < 400; index++) {
    assertEquals((await client.answer(MIB)).errno, 0);
  }
  await flood;
  assertEquals(disk.done.length, 400);
  await client.leave();
});

Deno.test("writes take a bounded amount of memory while the disk waits", async () => {
  const disk = new FakeDisk(64 * 2048);
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.hold = () => promise;
  const client = await Client.ready(disk, true);
  const data = new Uint8Array(32 * MIB);
  const flood = (async () => {
    for (const size of [MIB, 32 * MIB, MIB, 30 * MIB, MIB]) {
      await client.request(WRITE, 0, size, { data: data.subarray(0, size) });
    }
  })();
  assertEquals(await settled(() => disk.load.now), MIB);
  resolve();
  for (let index = 0; index < 5; index++) assertEquals((await client.answer()).errno, 0);
  await flood;
  assertEquals(disk.load.most, BYTES_MAX);
  await client.leave();
});

Deno.test("a bounded number of requests is under way", async () => {
  const disk = new FakeDisk(2048);
  const client = await Client.ready(disk);
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.hold = () => promise;
  const count = 2 * REQUESTS_MAX;
  for (let index = 0; index < count; index++) await client.request(READ, 0, 512);
  assertEquals(await settled(() => disk.load.count), REQUESTS_MAX);
  resolve();
  for (let index = 0; index < count; index++) await client.answer(512);
  await client.leave();
  assertEquals(disk.load.countMost, REQUESTS_MAX);
});

Deno.test("a bounded number of refusals waits for the client to read", async () => {
  const client = await Client.ready(new FakeDisk(2048), true, { capacity: 1024 });
  const count = 100 * REQUESTS_MAX;
  let sent = 0;
  const flood = (async () => {
    for (; sent < count; sent++) await client.request(99, 0, 512);
  })();
  const most = await settled(() => sent);
  // What both ways hold besides: 64 KiB of requests are read ahead.
  assert(most < count, `${most} of ${count} went out`);
  for (let index = 0; index < count; index++) assertEquals((await client.answer()).errno, 22);
  await flood;
  await client.leave();
});

Deno.test("a client that does not read holds up no other one", async () => {
  const disk = new FakeDisk(64 * 2048);
  const stuck = await Client.ready(disk, false, { capacity: 1024 });
  const flood = (async () => {
    for (let index = 0; index < 64; index++) await stuck.request(READ, 0, MIB);
  })().catch(() => {});
  await settled(() => disk.done.length);
  const other = await Client.ready(disk, true);
  for (let index = 0; index < 100; index++) {
    assertEquals((await other.do(READ, 512 * index, 512)).errno, 0);
  }
  await other.leave();
  stuck.end.close();
  await flood;
  await stuck.connection.ended;
});

Deno.test("a server outlives a failed accept and sends away who is too many", async () => {
  const listener = new FakeListener();
  const disk = new FakeDisk(2048);
  listener.error = new Error("too many open files");
  const server = new Server(listener, { name: "e0.0", description: "", disk });
  const ends = Array.from({ length: CONNECTIONS_MAX + 3 }, () => listener.connect());
  const into = new Uint8Array(18);
  const greetings = await Promise.all(ends.map((end) => end.read(into)));
  assertEquals(greetings.filter((size) => size === 18).length, CONNECTIONS_MAX);
  assertEquals(greetings.filter((size) => size === null).length, 3);
  ends[0]?.close();
  while (server.connectionCount === CONNECTIONS_MAX) await pause(1);
  assertEquals(await listener.connect().read(into), 18);
  await server.stop();
  assertEquals(server.connectionCount, 0);
  assertEquals(disk.done, ["flush"]);
});

Deno.test("a server that stops waits for a stuck disk only so long", async () => {
  const listener = new FakeListener();
  const disk = new FakeDisk(2048);
  const server = new Server(listener, { name: "e0.0", description: "", disk });
  const end = listener.connect();
  await end.read(new Uint8Array(18));
  await end.write(new Uint8Array([...fields([4, 3], [8, 0x49484156454f5054n], [4, 1], [4, 0])]));
  await end.read(new Uint8Array(10));
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.hold = () => promise;
  await end.write(fields([4, 0x25609513], [2, 0], [2, READ], [8, 1], [8, 0], [4, 512]));
  await settled(() => disk.load.count);
  const startMs = performance.now();
  await server.stop(50);
  assert(performance.now() - startMs < 10_000);
  resolve();
  while (server.connectionCount > 0) await pause(1);
});
