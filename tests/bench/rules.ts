/**
 * What the rules cost a request, without any I/O: turns of Target.handle, complete, sent and next,
 * in nanoseconds, with so many other requests unfinished. The frames are part of the figure.
 *
 *     deno run tests/bench/rules.ts
 *
 * @module
 */
import { fail } from "@std/assert";
import { FrameViews, Request } from "../../lib/target/request.ts";
import { Target } from "../../lib/target/target.ts";
import { ATA_HEADER_SIZE } from "../../lib/wire/ata.ts";
import { ataRequest } from "../../lib/wire/requests.ts";
import { Random } from "../random.ts";

const PORT = {
  name: "eth0",
  mac: 0x02_00_00_00_aa_01,
  mtu: 9000,
  loopback: false,
};
const ROUTE = { source: 0x02_00_00_00_00_11, destination: PORT.mac, shelf: 1, slot: 3 };
const TURNS = 10_000_000;
/** The best of many short rounds counts: the rest is what else the machine did. */
const ROUNDS = 500;
const SECTORS = 2 ** 28;

/** Headers of a write and of a read, as words, because each turn writes one anew. */
const HEADERS = [0x34, 0x24].map((opcode) => {
  const frame = ataRequest(ROUTE, { opcode, count: 2 });
  return Int32Array.from(
    { length: ATA_HEADER_SIZE / 4 },
    (_, index) => new DataView(frame.buffer).getInt32(4 * index, true),
  );
});

function newTarget(): Target {
  return new Target({
    shelf: ROUTE.shelf,
    slot: ROUTE.slot,
    sectors: SECTORS,
    disk: {
      identity: { serial: "", firmware: "", model: "", physicalSize: 512, physicalOffset: 0 },
      offset: 0,
      readOnly: false,
      durable: false,
    },
    facts: { bufferCount: 16, firmwareVersion: 0x4001 },
    state: { config: new Uint8Array(0), masks: [], reservations: [] },
    ports: [PORT],
  });
}

/**
 * Nanoseconds a turn with `depth` requests unfinished. With `isSearched` there is a large one too,
 * because of which each newcomer is held against all others.
 */
function measure(depth: number, isSearched: boolean): number {
  const target = newTarget();
  if (isSearched) hold(target);
  const requests = Array.from({ length: depth }, (_, slot) => {
    const memory = new ArrayBuffer(2048);
    const request = new Request(slot, new FrameViews(new DataView(memory)));
    request.port = PORT;
    return { request, words: new Int32Array(memory, 0, ATA_HEADER_SIZE / 4) };
  });
  const random = new Random(1);
  const turn = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const { request, words } = requests[index % depth] ?? fail();
      if (request.verdict === "read" || request.verdict === "write") {
        target.complete(request, 0);
        target.sent(request);
        target.next(request);
      }
      words.set(HEADERS[index % 2] ?? fail());
      words[7] = random.below(SECTORS - 512);
      request.size = ATA_HEADER_SIZE + 1024;
      target.handle(request);
    }
  };
  const count = depth * Math.ceil(TURNS / ROUNDS / depth);
  let bestMs = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    turn(count);
    bestMs = Math.min(bestMs, performance.now() - startMs);
  }
  return bestMs * 1e6 / count;
}

/** Leaves a large read at the end of the disk unfinished. */
function hold(target: Target): void {
  const bytes = ataRequest(ROUTE, { opcode: 0x42, lba: SECTORS - 256, count: 255 });
  const request = new Request(0, new FrameViews(new DataView(bytes.buffer)));
  request.port = PORT;
  request.size = bytes.length;
  target.handle(request);
}

for (const isSearched of [false, true]) {
  for (const depth of [1, 16, 64, 512]) {
    const figure = measure(depth, isSearched).toFixed(0);
    const line = `${depth} unfinished${isSearched ? " and searched" : ""}: ${figure} ns\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(line));
  }
}
