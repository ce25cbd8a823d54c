/**
 * Guesses at what was meant.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { unknownExport } from "../lib/control/unknown_export.ts";
import { nearest } from "../lib/nearest.ts";

Deno.test("nearest() finds what begins alike, and what at most two changes make", () => {
  const names = ["workers", "log", "log-format", "user"];
  assertEquals(nearest("work", names), "workers");
  assertEquals(nearest("wrokers", names), "workers");
  assertEquals(nearest("lgo", names), "log");
  assertEquals(nearest("usersxx", names), undefined);
  assertEquals(nearest("l", names), undefined);
});

Deno.test("an export with an endless name is refused at once, in a few words", () => {
  const names = Array.from({ length: 1000 }, (_, at) => `e${at}.0`);
  const startMs = performance.now();
  for (let turn = 0; turn < 20; turn++) {
    const { message } = unknownExport("e".repeat(50_000), names);
    assert(message.length < 200, message);
  }
  assert(performance.now() - startMs < 2000); // each took that long
});
