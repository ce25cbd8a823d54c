/**
 * The names of the interfaces are those that the kernel shows elsewhere.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { interfaceNames } from "../ffi/interface_names.ts";

Deno.test("interfaceNames() has each interface of /sys/class/net, once", () => {
  const shown = [...Deno.readDirSync("/sys/class/net")].filter(({ isSymlink }) => isSymlink);
  const names = interfaceNames();
  assertEquals(names.toSorted(), shown.map(({ name }) => name).toSorted());
  assert(names.includes("lo"));
});
