/**
 * What a load asks of a disk, and how it takes the answers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Load, type LoadOptions } from "../lib/bench/load.ts";
import { Places, type PlacesOptions } from "../lib/bench/places.ts";
import { reportJson } from "../lib/bench/report.ts";
import type { Exchange } from "../lib/client/exchange.ts";
import { Flow } from "../lib/client/flow.ts";
import { TimeoutError } from "../lib/error.ts";
import { AFLAG_WRITE, AtaFrame } from "../lib/wire/ata.ts";
import { AoeError, FRAME_SIZE_MIN } from "../lib/wire/frame.ts";
import { Opcode } from "../lib/ata/command.ts";

const REGION: PlacesOptions = {
  pattern: "random",
  offset: 1000,
  length: 803,
  sectors: 8,
  writePercent: 0,
  seed: 1,
};

function take(options: Partial<PlacesOptions>, count: number): [lba: number, isWrite: boolean][] {
  const places = new Places({ ...REGION, ...options });
  return Array.from({ length: count }, () => {
    places.next();
    return [places.lba, places.isWrite];
  });
}

Deno.test("Places repeats itself for a seed, and not for another", () => {
  const one = take({ writePercent: 50 }, 100);
  assertEquals(take({ writePercent: 50 }, 100), one);
  for (const seed of [0, 2, 2 ** 32 - 1]) {
    assert(take({ writePercent: 50, seed }, 100).join() !== one.join());
  }
});

Deno.test("Places goes everywhere in its region, in whole requests, and nowhere else", () => {
  const seen = new Set(take({}, 5000).map(([lba]) => lba));
  const all = Array.from({ length: 100 }, (_, place) => 1000 + 8 * place);
  assertEquals([...seen].sort((one, other) => one - other), all);
});

Deno.test("Places goes through its region in order, again and again", () => {
  const lbas = take({ pattern: "sequential", length: 24 }, 5).map(([lba]) => lba);
  assertEquals(lbas, [1000, 1008, 1016, 1000, 1008]);
  assertEquals(take({ pattern: "sequential", length: 8 }, 2).map(([lba]) => lba), [1000, 1000]);
});

Deno.test("Places reaches the end of the largest disk", () => {
  const length = 2 ** 48 - 1;
  const lbas = take({ offset: 0, length, sectors: 1 }, 1000).map(([lba]) => lba);
  assert(lbas.every((lba) => Number.isSafeInteger(lba) && lba < length));
  assert(Math.max(...lbas) > 0.99 * length && Math.min(...lbas) < 0.01 * length);
});

for (const [percent, least, most] of [[0, 0, 0], [30, 2700, 3300], [100, 10000, 10000]] as const) {
  Deno.test(`Places writes ${percent} of a hundred times`, () => {
    const writes = take({ writePercent: percent }, 10000).filter(([, isWrite]) => isWrite).length;
    assert(writes >= least && writes <= most, `${writes}`);
  });
}

/** What a simulated target sends back; undefined: nothing more is answered, which takes a while. */
type Answer = { size: number; change?: (reply: AtaFrame) => void } | Error;

/** Runs a load against `answer`, which is asked in turn; `requests` are what it was sent. */
async function runLoad(
  options: Partial<LoadOptions>,
  answer: (request: AtaFrame, index: number, load: Load) => Answer,
): Promise<{ load: Load; mostUnderWay: number; requests: readonly [number, number, boolean][] }> {
  const requests: [lba: number, opcode: number, isWrite: boolean][] = [];
  const reply = new AtaFrame(new DataView(new ArrayBuffer(10_000)));
  let [underWay, mostUnderWay] = [0, 0];
  const start = (exchange: Exchange): void => {
    const request = new AtaFrame(exchange.request.view);
    const index = requests.length;
    requests.push([request.lba, request.opcode, (request.aflags & AFLAG_WRITE) !== 0]);
    mostUnderWay = Math.max(mostUnderWay, ++underWay);
    setTimeout(() => {
      underWay--;
      const given = answer(request, index, load);
      if (given instanceof Error) return exchange.failed(given);
      reply.bytes.fill(0);
      reply.opcode = 0x40;
      given.change?.(reply);
      exchange.replied(reply, given.size);
    }, 1);
  };
  const way = {
    link: { mac: 1, start },
    flow: new Flow(64),
    device: { mac: 2, shelf: 0, slot: 0 },
  };
  const load = new Load({ ...REGION, ways: [way], window: 4, durationMs: 150, ...options });
  await load.run();
  return { load, mostUnderWay, requests };
}

const DATA: Answer = { size: 36 + 8 * 512 };
const DONE: Answer = { size: FRAME_SIZE_MIN };

Deno.test("Load keeps its window under way for its time, and counts all", async () => {
  const { load, mostUnderWay, requests } = await runLoad({}, () => DATA);
  assertEquals(mostUnderWay, 4);
  assertEquals([load.done.reads, load.done.writes], [requests.length, 0]);
  assertEquals([load.errorCount, load.trouble], [0, undefined]);
  assertEquals(load.latencies.count, requests.length);
  assert(load.latencies.min >= 900 && load.elapsedMs >= 150);
  assertEquals(load.points.reduce((sum, count) => sum + count, 0), requests.length);
  assert(requests.every(([lba, opcode]) => opcode === Opcode.READ_EXT && lba >= 1000));
});

Deno.test("Load writes where it should, and only then", async () => {
  const answer = (request: AtaFrame): Answer => request.opcode === Opcode.READ_EXT ? DATA : DONE;
  const mixed = await runLoad({ writePercent: 50 }, answer);
  assert(mixed.load.done.reads > 0 && mixed.load.done.writes > 0);
  assert(mixed.requests.every(([, opcode, w]) => w === (opcode === Opcode.WRITE_EXT)));
  assertEquals(mixed.requests.filter(([, , w]) => w).length, mixed.load.done.writes);
  const written = await runLoad({ writePercent: 100 }, answer);
  assertEquals([written.load.done.reads, written.load.errorCount], [0, 0]);
});

const refuse = (reply: AtaFrame): void => reply.refuse(AoeError.RESERVED);
const abort = (reply: AtaFrame): void => reply.finish(0x41, 0x04, 0);
const corrupt = (reply: AtaFrame): void => reply.finish(0x41, 0x40, 0);

for (
  const [name, answer, says] of [
    ["a refusal", { size: 60, change: refuse }, "reserved"],
    ["an aborted command", { size: 60, change: abort }, "aborted"],
    ["silence", new TimeoutError("e0.0 did not answer in time"), "did not answer"],
  ] as const
) {
  Deno.test(`Load ends at ${name}`, async () => {
    const { load, requests } = await runLoad(
      { durationMs: 60_000 },
      (_, index) => index < 5 ? DATA : answer,
    );
    assert(load.trouble?.message.includes(says), load.trouble?.message);
    assertEquals([load.done.reads, requests.length <= 9], [5, true]);
    assert(load.errorCount >= 1 && load.elapsedMs < 30_000);
  });
}

for (
  const [name, answer] of [
    ["sectors that cannot be read", { size: 60, change: corrupt }],
    ["answers that are too short", { size: 36 + 8 * 512 - 1 }],
  ] as const
) {
  Deno.test(`Load counts ${name} and goes on`, async () => {
    const { load, requests } = await runLoad({}, (_, at) => at % 2 === 0 ? DATA : answer);
    assertEquals(load.trouble, undefined);
    assert(requests.length > 20);
    assertEquals(load.errorCount, Math.floor(requests.length / 2));
    assertEquals(load.done.reads + load.errorCount, requests.length);
  });
}

Deno.test("Load stops when it is told to, and what is under way counts", async () => {
  const { load, requests } = await runLoad({ durationMs: 60_000 }, (_, index, running) => {
    if (index === 10) running.stop();
    return DATA;
  });
  assertEquals(load.done.reads, requests.length);
  assert(load.elapsedMs < 30_000 && requests.length < 20);
  const setup = { ...REGION, disk: "e0.0", interfaces: ["eth0"], window: 4 };
  const json = JSON.parse(JSON.stringify(reportJson(setup, load, 3)));
  assertEquals([json.requests, json.retransmissions, json.errors], [requests.length, 3, 0]);
  const rate = json.rate[0].requestsPerSecond;
  assert(Math.abs(rate - json.requestsPerSecond) < 1e-6 * rate);
});
