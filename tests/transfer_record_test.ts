/**
 * Whole copies in memory: refusals, the question before overwriting, the record and what it goes on
 * from.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SystemError } from "../lib/error.ts";
import { copy, type CopyRequest } from "../lib/transfer/copy.ts";
import { FilePlace } from "../lib/transfer/file_place.ts";
import { planLength, refuseMisfit } from "../lib/transfer/plan.ts";
import { parseRecord, RecordFile } from "../lib/transfer/record.ts";
import { PIECE_SIZE } from "../lib/transfer/read_ahead.ts";
import { StreamSource } from "../lib/transfer/stream_place.ts";
import { pattern } from "./e2e/image.ts";
import { LoopDevice, TemporaryFolder, testLoop } from "./temporary.ts";
import { MemoryPlace, NEVER } from "./transfer_fakes.ts";

const SIZE = 6 * PIECE_SIZE + 100;

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

interface Made {
  readonly source: MemoryPlace;
  readonly destination: MemoryPlace;
  readonly request: CopyRequest;
  readonly record: RecordFile;
}

function make(folder: TemporaryFolder, change: Partial<CopyRequest> = {}): Made {
  const source = new MemoryPlace("e0.0", pattern(SIZE, 1));
  const destination = new MemoryPlace("e0.1", new Uint8Array(SIZE));
  const record = new RecordFile(`${folder.path}/record`);
  const request: CopyRequest = {
    source,
    sourceOffset: 0,
    destination,
    destinationOffset: 0,
    length: SIZE,
    isFresh: true,
    record,
    hasChecksum: true,
    confirm: () => Promise.resolve(),
    progress: () => {},
    signal: NEVER,
    ...change,
  };
  return { source, destination, request, record };
}

function recordText(folder: TemporaryFolder): string {
  return Deno.readTextFileSync(`${folder.path}/record`);
}

function names(folder: TemporaryFolder): string[] {
  return [...Deno.readDirSync(folder.path)].map(({ name }) => name);
}

Deno.test("copy() makes it durable, takes the checksum and removes the record", async () => {
  using folder = new TemporaryFolder();
  const { source, destination, request } = make(folder);
  const during: string[] = [];
  destination.access = (kind) => {
    if (kind === "write") during.push(...names(folder));
    return Promise.resolve();
  };
  const result = await copy(request);
  assertEquals(result, {
    bytes: SIZE,
    resumedFrom: 0,
    isStopped: false,
    isDurable: true,
    sha256: await sha256(source.bytes),
  });
  assertEquals(destination.bytes, source.bytes);
  assertEquals(destination.told, ["fresh", `end ${SIZE}`]);
  assert(destination.syncCount > 0);
  assertEquals(new Set(during), new Set(["record"]), "it is there before the first write");
  assertEquals(names(folder), []);
});

Deno.test("copy() says where the destination has no flush", async () => {
  using folder = new TemporaryFolder();
  const { destination, request } = make(folder);
  destination.canFlush = false;
  assertEquals((await copy(request)).isDurable, false);
});

Deno.test("copy() asks first, and writes nothing where the answer is no", async () => {
  using folder = new TemporaryFolder();
  const { destination, request } = make(folder, {
    confirm: () => Promise.reject(new SystemError("no", "overwrite", 0)),
  });
  await assertRejects(() => copy(request), SystemError, "no");
  assertEquals([destination.writes, destination.told, names(folder)], [[], [], []]);
});

Deno.test("copy() that failed goes on without a question, to the same checksum", async () => {
  using folder = new TemporaryFolder();
  const { source, destination, request } = make(folder);
  const failAt = 3 * PIECE_SIZE;
  source.access = (_kind, offset) =>
    offset === failAt ? Promise.reject(new SystemError("gone", "read", 5)) : Promise.resolve();
  await assertRejects(() => copy(request), SystemError, "gone");
  assertEquals(JSON.parse(recordText(folder)).done, failAt);
  source.access = () => Promise.resolve();
  source.reads.length = destination.writes.length = destination.told.length = 0;
  const checked: number[] = [];
  const again = await copy({
    ...request,
    confirm: () => Promise.reject(new Error("it was asked again")),
    progress: (done, phase) => {
      if (phase === "check") checked.push(done);
    },
  });
  assertEquals([again.resumedFrom, again.bytes], [failAt, SIZE]);
  assertEquals(again.sha256, await sha256(source.bytes));
  assertEquals(Math.min(...source.reads), failAt);
  assertEquals(Math.min(...destination.writes), failAt);
  assertEquals(checked.at(-1), failAt);
  assertEquals(destination.bytes, source.bytes);
  assertEquals(destination.told[0], "kept");
  assertEquals(names(folder), []);
});

Deno.test("copy() that goes on tells a checksum of what is there, not of what was", async () => {
  using folder = new TemporaryFolder();
  const { source, destination, request, record } = make(folder);
  const identity = identityOf(source, destination);
  record.write(identity, PIECE_SIZE);
  const result = await copy(request);
  assert(result.sha256 !== await sha256(source.bytes), "the part before was never copied");
  assertEquals(result.sha256, await sha256(destination.bytes));
});

Deno.test("copy() counts nothing as done that a sync did not reach", async () => {
  using folder = new TemporaryFolder();
  const { destination, request } = make(folder);
  destination.access = (kind, offset) =>
    kind === "sync" || offset === 4 * PIECE_SIZE
      ? Promise.reject(new SystemError(`${kind} failed`, kind, 5))
      : Promise.resolve();
  await assertRejects(() => copy(request), SystemError, "write failed");
  assertEquals(JSON.parse(recordText(folder)).done, 0);
});

Deno.test("copy() does not try a sync again that failed", async () => {
  using folder = new TemporaryFolder();
  const { destination, request } = make(folder);
  let writes = 0;
  let syncs = 0;
  destination.access = async (kind) => {
    if (kind === "sync" && syncs++ === 0) throw new SystemError("sync failed", kind, 5);
    // The first checkpoint is due a second after the beginning.
    if (kind === "write" && ++writes === 3) await new Promise((go) => setTimeout(go, 1100));
  };
  await assertRejects(() => copy(request), SystemError, "sync failed");
  assertEquals([syncs, JSON.parse(recordText(folder)).done], [1, 0]);
});

Deno.test("copy() that stopped within zeros goes on in a file with a hole", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/out`;
  const { source, request } = make(folder);
  source.bytes.fill(0, PIECE_SIZE, 5 * PIECE_SIZE);
  const failAt = 4 * PIECE_SIZE;
  source.access = (_kind, offset) =>
    offset === failAt ? Promise.reject(new SystemError("gone", "read", 5)) : Promise.resolve();
  const attempt = async () => {
    using destination = FilePlace.openToWrite(path);
    return await copy({ ...request, destination });
  };
  await assertRejects(attempt, SystemError, "gone");
  source.access = () => Promise.resolve();
  const again = await attempt();
  assertEquals([again.resumedFrom, again.bytes], [failAt, SIZE]);
  assertEquals(Deno.readFileSync(path), source.bytes);
});

Deno.test("copy() of which nothing is done goes on behind the end of a file", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("out", 512);
  const { source, request, record } = make(folder, { destinationOffset: 4096, isFresh: false });
  using destination = FilePlace.openToWrite(path);
  const whole = { ...identityOf(source, source), destinationOffset: 4096 };
  record.write({ ...whole, destination: destination.identity }, 0);
  assertEquals((await copy({ ...request, destination })).bytes, SIZE);
  assertEquals(Deno.readFileSync(path).subarray(4096), source.bytes);
});

Deno.test("copy() refuses to go on in a file that was cut since", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/out`;
  const { source, request } = make(folder);
  source.access = (_kind, offset) =>
    offset === 4 * PIECE_SIZE
      ? Promise.reject(new SystemError("gone", "read", 5))
      : Promise.resolve();
  const attempt = async () => {
    using destination = FilePlace.openToWrite(path);
    return await copy({ ...request, destination });
  };
  await assertRejects(attempt, SystemError, "gone");
  Deno.truncateSync(path, PIECE_SIZE);
  await assertRejects(attempt, SystemError, "fewer than were copied to it");
});

Deno.test("copy() that is stopped keeps the record", async () => {
  using folder = new TemporaryFolder();
  const controller = new AbortController();
  const { destination, request } = make(folder, { signal: controller.signal });
  destination.access = (kind, offset) => {
    if (kind === "write" && offset === 2 * PIECE_SIZE) controller.abort();
    return Promise.resolve();
  };
  const result = await copy(request);
  assertEquals([result.isStopped, result.sha256], [true, undefined]);
  assertEquals(JSON.parse(recordText(folder)).done, result.bytes);
  assert(result.bytes >= 2 * PIECE_SIZE && result.bytes < SIZE);
});

function identityOf(source: MemoryPlace, destination: MemoryPlace) {
  return {
    source: source.sourceIdentity,
    destination: destination.identity,
    sourceOffset: 0,
    destinationOffset: 0,
    length: SIZE,
  };
}

for (
  const [what, change, says] of [
    ["another source", { source: { disk: "e9.9", size: `${SIZE}` } }, 'disk is "e9.9"'],
    ["a source of another size", { source: { disk: "e0.0", size: "7" } }, 'size is "7"'],
    ["another destination", { destination: { disk: "e5.5" } }, "the destination"],
    ["a destination that says less", { destination: {} }, "not known"],
    ["another offset", { sourceOffset: 512 }, "sourceOffset is 512 and was 0"],
    ["another place", { destinationOffset: 512 }, "destinationOffset is 512"],
    ["another length", { length: SIZE + 1 }, "length is"],
  ] as const
) {
  Deno.test(`RecordFile refuses to go on with ${what}`, () => {
    using folder = new TemporaryFolder();
    const { source, destination, record } = make(folder);
    const identity = identityOf(source, destination);
    record.write(identity, 512);
    assertEquals(record.read(identity), 512);
    const error = assertThrows(() => record.read({ ...identity, ...change }), SystemError, says);
    assert(error.message.includes(`remove the record "${record.path}"`), error.message);
  });
}

for (
  const text of [
    "",
    "{}",
    "[]",
    "null",
    "no json",
    '{"version":1}',
    '{"version":2,"source":{},"destination":{},"sourceOffset":0,"destinationOffset":0,' +
    '"length":1,"done":0}',
    '{"version":1,"source":{},"destination":{},"sourceOffset":0,"destinationOffset":0,' +
    '"length":1,"done":2}',
    '{"version":1,"source":{},"destination":{},"sourceOffset":0,"destinationOffset":0,' +
    '"length":1024,"done":511}',
    '{"version":1,"source":{"a":1},"destination":{},"sourceOffset":0,"destinationOffset":0,' +
    '"length":1,"done":0}',
    '{"version":1,"source":{},"destination":{},"sourceOffset":-1,"destinationOffset":0,' +
    '"length":1,"done":0}',
  ]
) {
  Deno.test(`parseRecord() takes ${text} for no record`, () => {
    assertEquals(parseRecord(text), undefined);
  });
}

Deno.test("RecordFile leaves a file alone that is no record", () => {
  using folder = new TemporaryFolder();
  const { source, destination, record } = make(folder);
  Deno.writeTextFileSync(record.path, "my diary");
  const identity = identityOf(source, destination);
  assertThrows(() => record.read(identity), SystemError, "no record of a copy");
  assertEquals(recordText(folder), "my diary");
});

testLoop("copy() empties no file that it is to read through a loop device", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("disk", 65536);
  using device = new LoopDevice(path);
  const attempt = async (from: string, to: string) => {
    using source = FilePlace.openToRead(from);
    using destination = FilePlace.openToWrite(to);
    await copy({ ...make(folder, { source, destination }).request, length: 4096 });
  };
  await assertRejects(() => attempt(device.path, path), SystemError, "would be emptied");
  await assertRejects(() => attempt(path, device.path), SystemError, "are the same");
  await assertRejects(() => attempt(device.path, device.path), SystemError, "are the same");
  assertEquals(Deno.statSync(path).size, 65536);
});

Deno.test("RecordFile overwrites neither what is copied nor where to", () => {
  using folder = new TemporaryFolder();
  const { source, destination, record } = make(folder);
  folder.file("data", 512);
  Deno.symlinkSync(`${folder.path}/data`, `${record.path}.new`);
  const identity = identityOf(source, destination);
  assertEquals(record.read(identity), undefined);
  using data = FilePlace.openToRead(`${folder.path}/data`);
  for (const side of ["source", "destination"]) {
    const copied = { ...identity, [side]: data.identity };
    assertThrows(() => record.read(copied), SystemError, `would overwrite "${record.path}.new"`);
  }
});

Deno.test("planLength() tells how much there is to copy, and refuses more", () => {
  const source = new MemoryPlace("e0.0", new Uint8Array(4096));
  const plan = (sourceOffset: number, length?: number) =>
    planLength({ source, sourceOffset, length });
  assertEquals([plan(0), plan(512), plan(512, 1024), plan(4095)], [4096, 3584, 1024, 1]);
  assertThrows(() => plan(4096), SystemError, "e0.0 from byte 4096 on: it has 4096");
  const empty = new MemoryPlace("empty", new Uint8Array());
  assertEquals(planLength({ source: empty, sourceOffset: 0, length: undefined }), 0);
  assertThrows(() => plan(4097), SystemError, "e0.0 from byte 4097 on: it has 4096");
  assertThrows(() => plan(512, 3585), SystemError, "3585 bytes of e0.0");
  const stream = new StreamSource({ read: () => Promise.resolve(null) }, undefined);
  assertEquals(planLength({ source: stream, sourceOffset: 0, length: undefined }), undefined);
  assertEquals(planLength({ source: stream, sourceOffset: 0, length: 5 }), 5);
});

Deno.test("refuseMisfit() refuses what does not fit, and what would overwrite itself", () => {
  const source = new MemoryPlace("e0.0", new Uint8Array(8192));
  const small = new MemoryPlace("e0.1", new Uint8Array(4096));
  const misfit = (
    sourceOffset: number,
    destinationOffset: number,
    length: number | undefined,
    to = small,
  ) => refuseMisfit({ source, sourceOffset, destinationOffset, length, isFresh: true }, to);
  misfit(0, 0, 4096);
  misfit(0, 4096, 0);
  assertThrows(() => misfit(0, 0, 4097), SystemError, "do not fit into the 4096 bytes of e0.1");
  assertThrows(() => misfit(0, 512, 4096), SystemError, "3584 bytes of e0.1 behind byte 512");
  for (const [at, length] of [[4608, 1], [4608, 0], [4096, 1], [4096, undefined]] as const) {
    assertThrows(() => misfit(0, at, length), SystemError, `from byte ${at} on`);
  }
  misfit(0, 4096, 4096, source);
  misfit(4096, 0, 4096, source);
  for (const [from, to] of [[0, 0], [0, 4095], [4095, 0], [512, 1024]] as const) {
    assertThrows(() => misfit(from, to, 4096, source), SystemError, "are the same");
  }
});

Deno.test("copy() does not empty a file that it is to read, whatever its name", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("in", 3 * 4096);
  Deno.writeFileSync(path, pattern(3 * 4096, 1));
  Deno.linkSync(path, `${folder.path}/other`);
  using source = FilePlace.openToRead(path);
  using destination = FilePlace.openToWrite(`${folder.path}/other`);
  const range = { source, sourceOffset: 8192, destination, length: 4096 };
  const { request } = make(folder, range);
  await assertRejects(() => copy(request), SystemError, "would be emptied");
  assertEquals(Deno.readFileSync(path), pattern(3 * 4096, 1));
  assertEquals((await copy({ ...request, isFresh: false })).bytes, 4096);
  const expected = pattern(3 * 4096, 1);
  expected.copyWithin(0, 8192);
  assertEquals(Deno.readFileSync(path), expected);
});
