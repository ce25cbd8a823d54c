/**
 * The window to one target and the wait for its replies.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { frameOf } from "../lib/client/exchange.ts";
import { Flow } from "../lib/client/flow.ts";

/** How many a flow lets go at a time. */
function windowOf(flow: Flow): number {
  const before = flow.inFlight;
  while (flow.hasRoom) flow.inFlight++;
  const count = flow.inFlight;
  flow.inFlight = before;
  return count;
}

Deno.test("a flow begins with all that the target takes", () => {
  assertEquals(windowOf(new Flow(64)), 64);
  assertEquals(windowOf(new Flow(1)), 1);
  assertEquals(windowOf(new Flow(0)), 1);
});

Deno.test("a loss makes the window smaller, replies make it larger again", () => {
  const flow = new Flow(64);
  flow.lost(1000, 20);
  assertEquals(windowOf(flow), 48);
  for (let count = 0; count < 3000; count++) flow.answered(1);
  assertEquals(windowOf(flow), 64);
});

Deno.test("the losses of one window count once", () => {
  const flow = new Flow(64);
  for (let count = 0; count < 30; count++) flow.lost(1000 + count / 10, 20);
  assertEquals(windowOf(flow), 48);
  flow.lost(1020, 20);
  assertEquals(windowOf(flow), 36);
});

Deno.test("no number of losses stops a flow", () => {
  for (const [most, least] of [[64, 4], [2, 2], [1, 1]] as const) {
    const flow = new Flow(most);
    for (let count = 0; count < 100; count++) flow.lost(1000 * count, 20);
    assertEquals(windowOf(flow), least);
  }
});

Deno.test("the wait follows the round trips and how much they differ", () => {
  const flow = new Flow(64);
  assertEquals(flow.waitMs, 0, "nothing is known");
  flow.answered(8);
  assertEquals(flow.waitMs, 8 + 4 * 4);
  for (let count = 0; count < 100; count++) flow.answered(2);
  assert(flow.waitMs > 1.9 && flow.waitMs < 2.5, `${flow.waitMs}`);
  const steady = flow.waitMs;
  for (let count = 0; count < 100; count++) flow.answered(count % 2 === 0 ? 1 : 3);
  assert(flow.waitMs > 2 * steady, `${flow.waitMs}`);
});

Deno.test("after a loss all wait longer, until something is answered that was sent once", () => {
  const flow = new Flow(64);
  for (let count = 0; count < 100; count++) flow.answered(2);
  const steady = flow.waitMs;
  flow.lost(1000, 20);
  flow.lost(1001, 20);
  assertEquals(flow.waitMs, 40);
  flow.lost(1040, 40);
  assertEquals(flow.waitMs, 80);
  flow.answered(2);
  assert(flow.waitMs <= steady);
});

Deno.test("what waits is given up for a target that is silent, not for one that is slow", () => {
  const flow = new Flow(4);
  const exchange = { request: frameOf(new Uint8Array(60)), replied: () => {}, failed: () => {} };
  const waiting = { exchange, sinceMs: 1000, patienceMs: 300 };
  flow.heardMs = 400;
  assertEquals(flow.deadlineOf(waiting), 1300);
  flow.heardMs = 5000;
  assertEquals(flow.deadlineOf(waiting), 5300);
});
