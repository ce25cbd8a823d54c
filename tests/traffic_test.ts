/**
 * What is counted of an export's clients and answers, against plain lists of the same.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { CLIENTS_MAX } from "../lib/engine/client_table.ts";
import { Traffic } from "../lib/engine/traffic.ts";
import { ReplyTimes } from "../lib/engine/reply_times.ts";
import type { Request, RequestKind } from "../lib/target/request.ts";
import { AoeError } from "../lib/wire/frame.ts";
import { formatMac } from "../lib/wire/mac.ts";
import { assertNoGarbage } from "./garbage.ts";
import { Random } from "./random.ts";
import { PORT, requestOf } from "./traffic_case.ts";

const MAC = 0x02_00_5e_10_00_ff;
const KINDS: readonly RequestKind[] = ["read", "write", "flush", "trim", "other"];

const replies = new ReplyTimes();

/** The reply leaves at `nowMs`. */
function answerAt(traffic: Traffic, request: Request, nowMs: number): void {
  traffic.answered(request, replies);
  replies.settle({ nowMs });
}

/** Asks and answers at once. */
function exchange(traffic: Traffic, request: Request, nowMs: number): void {
  traffic.arrived(request, { nowMs });
  answerAt(traffic, request, nowMs);
}

Deno.test("Traffic tells nothing before anybody asked", () => {
  const traffic = new Traffic();
  const none = { count: 0, p50Us: 0, p90Us: 0, p99Us: 0, maxUs: 0 };
  assertEquals(traffic.latency(), { reads: none, writes: none });
  assertEquals(traffic.initiators(5), []);
});

Deno.test("Traffic tells who asked, for what, by which interface and when", () => {
  const traffic = new Traffic();
  for (const kind of [...KINDS, "read"] as const) exchange(traffic, requestOf(kind, MAC), 1000);
  const other = requestOf("read", 1);
  other.port = { ...PORT, name: "eth1" };
  exchange(traffic, other, 3000);
  assertEquals(traffic.initiators(4500), [
    {
      mac: "00:00:00:00:00:01",
      interface: "eth1",
      reads: 1,
      writes: 0,
      others: 0,
      readBytes: 1024,
      writtenBytes: 0,
      lastSeenSecondsAgo: 1.5,
    },
    {
      mac: "02:00:5e:10:00:ff",
      interface: "eth0",
      reads: 2,
      writes: 1,
      others: 3,
      readBytes: 2048,
      writtenBytes: 1024,
      lastSeenSecondsAgo: 3.5,
    },
  ]);
  assertEquals([traffic.latency().reads.count, traffic.latency().writes.count], [3, 1]);
});

Deno.test("Traffic counts no bytes of what was refused, and nothing of advertisements", () => {
  const traffic = new Traffic();
  for (const kind of ["read", "write"] as const) {
    const refused = requestOf(kind);
    refused.frame.refuse(AoeError.RESERVED);
    exchange(traffic, refused, 0);
    const failed = requestOf(kind);
    failed.ata.finish(0x41, 4, 0);
    exchange(traffic, failed, 0);
  }
  answerAt(traffic, requestOf("own"), 0);
  const [client] = traffic.initiators(0);
  assertEquals([client?.reads, client?.writes, client?.others], [2, 2, 0]);
  assertEquals([client?.readBytes, client?.writtenBytes], [0, 0]);
  assertEquals([traffic.latency().reads.count, traffic.latency().writes.count], [2, 2]);
});

Deno.test("Traffic measures from the arrival to each answer", () => {
  const traffic = new Traffic();
  const request = requestOf("read");
  traffic.arrived(request, { nowMs: 10 });
  answerAt(traffic, request, 12);
  answerAt(traffic, request, 15); // to another one who asked for the same
  const { count, maxUs, p50Us } = traffic.latency().reads;
  assertEquals([count, maxUs], [2, 5000]);
  assert(Math.abs(p50Us - 2000) < 2000 / 16);
});

/** What a client is to be told with, in the order of the answer. */
interface Known {
  reads: number;
  writes: number;
  others: number;
  heardMs: number;
}

Deno.test("Traffic knows the clients that were heard last, and their numbers", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed);
    const traffic = new Traffic();
    // A Map keeps the order in which its keys came.
    const known = new Map<number, Known>();
    const macs = Array.from({ length: random.pick([1, 2, 9, 200, 256, 300, 2000]) }, () => {
      return random.next() * 2 ** 16 + random.below(2 ** 16);
    });
    for (let nowMs = 0; nowMs < 5000; nowMs++) {
      const mac = random.pick(random.oneIn(3) ? macs.slice(0, 3) : macs);
      const kind = random.pick(KINDS);
      exchange(traffic, requestOf(kind, mac), nowMs);
      const numbers = known.get(mac) ?? { reads: 0, writes: 0, others: 0, heardMs: 0 };
      if (kind === "read") numbers.reads++;
      else if (kind === "write") numbers.writes++;
      else numbers.others++;
      numbers.heardMs = nowMs;
      known.delete(mac);
      known.set(mac, numbers);
      const [oldest] = known.keys();
      if (known.size > CLIENTS_MAX && oldest !== undefined) known.delete(oldest);
    }
    const told = traffic.initiators(5000).map((client) => [
      client.mac,
      client.reads,
      client.writes,
      client.others,
      client.readBytes,
      client.writtenBytes,
      client.lastSeenSecondsAgo,
    ]);
    const expected = [...known].reverse().map(([mac, { reads, writes, others, heardMs }]) => {
      const seconds = (5000 - heardMs) / 1000;
      return [formatMac(mac), reads, writes, others, 1024 * reads, 1024 * writes, seconds];
    });
    assertEquals(told, expected, `seed ${seed}`);
  }
});

Deno.test("Traffic does without the bytes of a client that gave way before its answer", () => {
  const traffic = new Traffic();
  const request = requestOf("read");
  traffic.arrived(request, { nowMs: 0 });
  for (let mac = 1; mac <= CLIENTS_MAX; mac++) exchange(traffic, requestOf("other", mac), 1);
  answerAt(traffic, request, 2);
  const clients = traffic.initiators(2);
  assertEquals([clients.length, clients.some(({ readBytes }) => readBytes > 0)], [256, false]);
  assertEquals(traffic.latency().reads.count, 1);
});

Deno.test("Traffic tells percentiles within one part in 16, from 1 µs to 100 s", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = new Random(seed);
    const traffic = new Traffic();
    const samples = { read: [] as number[], write: [] as number[] }; // [] is of never
    for (let turn = 0; turn < 3000; turn++) {
      const kind = random.oneIn(3) ? "write" : "read";
      const us = 10 ** (random.next() / 2 ** 32 * 8);
      const request = requestOf(kind);
      traffic.arrived(request, { nowMs: 1e6 });
      answerAt(traffic, request, 1e6 + us / 1000);
      samples[kind].push(us);
    }
    const { reads, writes } = traffic.latency();
    for (const [told, list] of [[reads, samples.read], [writes, samples.write]] as const) {
      const sorted = list.toSorted((one, other) => one - other);
      assertEquals(told.count, sorted.length);
      const pairs = [[told.p50Us, 0.5], [told.p90Us, 0.9], [told.p99Us, 0.99], [told.maxUs, 1]];
      for (const [us = 0, share = 0] of pairs) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
        assert(Math.abs(us - exact) <= exact / 16, `seed ${seed}, ${share}: ${us}, not ${exact}`);
      }
    }
  }
});

for (const macs of [1, 3, 1e9]) {
  Deno.test(`Traffic makes no garbage with ${macs} clients`, () => {
    const traffic = new Traffic();
    const requests = [requestOf("read"), requestOf("write"), requestOf("other")];
    const clock = { nowMs: 0.5 };
    let asked = 0;
    assertNoGarbage((count) => {
      for (let done = 0; done < count;) {
        for (const request of requests) {
          request.source = 0x02_00_00_00_00_00 + asked++ % macs;
          clock.nowMs += 0.01;
          traffic.arrived(request, clock);
          clock.nowMs += 0.05;
          traffic.answered(request, replies);
          replies.settle(clock);
          done++;
        }
      }
    });
    assertEquals(traffic.initiators(0).length, Math.min(macs, CLIENTS_MAX));
  });
}
