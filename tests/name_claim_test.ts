/**
 * Claims on names.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { NameClaim } from "../ffi/name_claim.ts";
import { BugError } from "../lib/assert.ts";

/** No other run of the tests claims it. */
const NAME = `dblade-test:${Deno.pid}`;

Deno.test("NameClaim.open() gives a name to one at a time", () => {
  using claim = NameClaim.open(NAME);
  assert(claim !== undefined);
  assertEquals(NameClaim.open(NAME), undefined);
});

Deno.test("NameClaim.open() takes names apart that begin alike", () => {
  using one = NameClaim.open(NAME);
  using other = NameClaim.open(`${NAME}0`);
  using empty = NameClaim.open(`${NAME}\0`);
  assert(one !== undefined && other !== undefined && empty !== undefined);
});

Deno.test("NameClaim[Symbol.dispose]() gives the name up", () => {
  for (let turn = 0; turn < 3; turn++) {
    using claim = NameClaim.open(NAME);
    assert(claim !== undefined, `turn ${turn}`);
  }
});

Deno.test("NameClaim[Symbol.dispose]() twice does not take the name from the next", () => {
  const first = NameClaim.open(NAME);
  first?.[Symbol.dispose]();
  using second = NameClaim.open(NAME);
  first?.[Symbol.dispose]();
  assert(second !== undefined);
  assertEquals(NameClaim.open(NAME), undefined);
});

Deno.test("NameClaim.open() takes a name of 107 bytes, and a longer one for a bug", () => {
  using claim = NameClaim.open(NAME.padEnd(107, "x"));
  assert(claim !== undefined);
  assertThrows(() => NameClaim.open(NAME.padEnd(108, "x")), BugError);
});
