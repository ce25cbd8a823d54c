/**
 * What goes wrong with a disk on the wire is logged once a kind, not once a request.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { DiskError } from "../lib/client/target_error.ts";
import { configureLog } from "../lib/log.ts";
import { AoeWork, type Doing } from "../lib/nbd/aoe_work.ts";
import type { Presence } from "../lib/nbd/presence.ts";

Deno.test("the first failure of each kind is logged", async () => {
  const lines: string[] = [];
  configureLog("info", "text", (line) => lines.push(line));
  try {
    const stub: unknown = { path: () => Promise.resolve({}) };
    // Nothing but the path is asked for.
    const work = new AoeWork(stub as Presence, 1, 1000);
    for (const doing of ["read", "write", "read", "flush", "trim", "write"] as readonly Doing[]) {
      const fail = () => Promise.reject(new DiskError(0x51, 0x04));
      await work.once(doing, fail).catch(() => {});
    }
  } finally {
    configureLog("info", "text", () => {});
  }
  const kinds = lines.map((line) => /(read|write|flush|trim): The disk failed/.exec(line)?.[1]);
  assertEquals(kinds, ["read", "write", "flush", "trim"]);
});
