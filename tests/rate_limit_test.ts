/**
 * The limit on log lines.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { RateLimit } from "../lib/rate_limit.ts";

Deno.test("RateLimit.take() lets the first one pass with nothing held back", () => {
  assertEquals(new RateLimit().take(0), 0);
  assertEquals(new RateLimit().take(123456.7), 0);
});

Deno.test("RateLimit.take() holds back for ten seconds and counts", () => {
  const limit = new RateLimit();
  limit.take(1000);
  assertEquals([1000, 1001, 10_999.9].map((nowMs) => limit.take(nowMs)), [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(limit.take(11_000), 3);
});

Deno.test("RateLimit.take() begins anew with each one that passed", () => {
  const limit = new RateLimit();
  limit.take(0);
  limit.take(1);
  assertEquals(limit.take(50_000), 1);
  assertEquals(limit.take(59_999), undefined);
  assertEquals(limit.take(60_000), 1);
  assertEquals(limit.take(90_000), 0);
});

Deno.test("RateLimit.take() takes the time by itself", () => {
  const limit = new RateLimit();
  assertEquals([limit.take(), limit.take()], [0, undefined]);
});

Deno.test("RateLimit objects do not share their count", () => {
  const [one, other] = [new RateLimit(), new RateLimit()];
  one.take(0);
  assertEquals(other.take(0), 0);
});
