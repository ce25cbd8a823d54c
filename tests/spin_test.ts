/**
 * How long the ring engine looks for the next frame before it waits.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Spin } from "../lib/engine/spin.ts";

Deno.test("it looks for as long as it was told after the last work, and not before any", () => {
  const spin = new Spin(50);
  assertEquals(spin.goesOn(0), false);
  spin.worked(10);
  assertEquals([spin.goesOn(10.049), spin.goesOn(10.051)], [true, false]);
});

Deno.test("it looks for longer while the disk works", () => {
  const spin = new Spin(50);
  spin.worked(10);
  spin.isBusy = true;
  assertEquals([spin.goesOn(10.299), spin.goesOn(10.301)], [true, false]);
  for (let miss = 0; miss < 8; miss++) spin.waited(0.35); // longer than it would have looked
  assertEquals(spin.goesOn(10), false);
  spin.waited(0.25);
  assertEquals(spin.goesOn(10), true);
});

Deno.test("it never looks where it was told so", () => {
  const spin = new Spin(0);
  spin.worked(10);
  assertEquals(spin.goesOn(10), false);
});

Deno.test("looking in vain is given up, and taken up again when a wait was short", () => {
  const spin = new Spin(50);
  for (let miss = 0; miss < 8; miss++) {
    spin.worked(miss);
    assertEquals(spin.goesOn(miss), true, `after ${miss} misses`);
    spin.waited(0.2);
  }
  spin.worked(10);
  assertEquals(spin.goesOn(10), false);
  spin.waited(0.04);
  assertEquals(spin.goesOn(10), true);
});
