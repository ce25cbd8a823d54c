/**
 * One sync for many requests: which requests a sync covers, and what a failed one means.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { SyncGroup } from "../lib/engine/sync_group.ts";
import { FrameViews, Request } from "../lib/target/request.ts";

const EIO = 5;
const requests = Array.from(
  { length: 4 },
  (_, slot) => new Request(slot, new FrameViews(new DataView(new ArrayBuffer(64)))),
);

function add(group: SyncGroup, ...slots: readonly number[]): void {
  for (const slot of slots) {
    const request = requests[slot];
    if (request !== undefined) group.add(request);
  }
}

/** Takes all whose sync has ended. */
function takeAll(group: SyncGroup): readonly (number | undefined)[] {
  const slots: (number | undefined)[] = [];
  while (group.hasEnded) slots.push(group.take()?.slot);
  assertEquals(group.take(), null);
  return slots;
}

Deno.test("a sync covers all that waited when it began, in their order", () => {
  const group = new SyncGroup();
  assertEquals(group.begin(), false);
  add(group, 0, 1, 2);
  assertEquals([group.begin(), group.isRunning], [true, true]);
  assertEquals(takeAll(group), []);
  group.end(0);
  assertEquals(group.result, 0);
  assertEquals(takeAll(group), [0, 1, 2]);
  assertEquals(group.begin(), false);
});

Deno.test("what comes during a sync waits for the next one", () => {
  const group = new SyncGroup();
  add(group, 0);
  assertEquals(group.begin(), true);
  add(group, 1, 2);
  assertEquals(group.begin(), false);
  group.end(0);
  assertEquals(group.begin(), false); // what ended is to be taken first
  assertEquals(takeAll(group), [0]);
  assertEquals(group.begin(), true);
  assertEquals(takeAll(group), []);
  group.end(0);
  assertEquals(takeAll(group), [1, 2]);
});

Deno.test("a failed sync fails all that it covers, and there is no other one", () => {
  const group = new SyncGroup();
  add(group, 0, 1);
  assertEquals(group.begin(), true);
  add(group, 2);
  group.end(-EIO);
  assertEquals([takeAll(group), group.result], [[0, 1], -EIO]);
  assertEquals([group.begin(), group.isRunning], [false, false]);
  assertEquals([takeAll(group), group.result], [[2], -EIO]);
  add(group, 3);
  assertEquals(group.begin(), false);
  assertEquals([takeAll(group), group.result], [[3], -EIO]);
});
