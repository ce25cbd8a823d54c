/**
 * Tags of requests under way: each is found by its own, and by no late one.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Exchange, frameOf } from "../lib/client/exchange.ts";
import { type Pending, PENDING_MAX, PendingTable } from "../lib/client/pending.ts";

const EXCHANGE: Exchange = {
  request: frameOf(new Uint8Array(60)),
  replied: () => {},
  failed: () => {},
};

function take(table: PendingTable): Pending {
  const pending = table.take(EXCHANGE);
  assert(pending !== undefined);
  return pending;
}

Deno.test("every request has a tag of its own, and none is 0", () => {
  const table = new PendingTable();
  const tags = Array.from({ length: 1000 }, () => take(table).tag);
  assertEquals(new Set(tags).size, 1000);
  assert(tags.every((tag) => tag > 0 && tag <= 0xffffffff && Number.isInteger(tag)));
  assertEquals(table.size, 1000);
  for (const tag of tags) assertEquals(table.find(tag)?.tag, tag);
});

Deno.test("a tag is not known any more when its request has ended", () => {
  const table = new PendingTable();
  const first = take(table);
  const { tag } = first;
  table.release(first);
  assertEquals([table.find(tag), table.size], [undefined, 0]);
  const second = take(table);
  assert(second.tag !== tag, "the next in that place has another");
  assertEquals(table.find(tag), undefined);
});

Deno.test("the tags of a place come round, past 0", () => {
  const table = new PendingTable();
  const rounds = 2 ** 32 / PENDING_MAX;
  const seen = new Set<number>();
  for (let round = 0; round < rounds; round++) {
    const pending = take(table);
    seen.add(pending.tag);
    table.release(pending);
  }
  assertEquals(seen.has(0), false);
  assert(seen.size >= rounds - 1);
});

Deno.test("no more are under way than there are places", () => {
  const table = new PendingTable();
  const all = Array.from({ length: PENDING_MAX }, () => take(table));
  assertEquals(table.take(EXCHANGE), undefined);
  table.release(all[77] ?? all[0] ?? take(table));
  assertEquals(take(table).tag % PENDING_MAX, 77);
});

Deno.test("forEach() sees each request once, also while they end", () => {
  const table = new PendingTable();
  for (let count = 0; count < 10; count++) take(table);
  let seen = 0;
  table.forEach((pending) => {
    seen++;
    table.release(pending);
  });
  assertEquals([seen, table.size], [10, 0]);
});
