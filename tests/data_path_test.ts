/**
 * A data path in trouble: what the system refuses just now is tried again, and ends nothing.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { RLIMIT_NOFILE } from "../ffi/abi.ts";
import { raiseFileLimit } from "../ffi/file_limit.ts";
import { libc } from "../ffi/libc.ts";
import { SystemError } from "../lib/error.ts";
import type { DataPath } from "../lib/server/data_path.ts";
import { LocalCrew } from "./local_crew.ts";

const EMFILE = 24;
/** Longer than between two looks at files. */
const LATER_MS = 3000;

/** Runs `work` while no file can be opened. */
function withoutFiles(work: () => void): void {
  const most = raiseFileLimit();
  assertEquals(libc().setrlimit(RLIMIT_NOFILE, BigUint64Array.of(1n, BigInt(most))), 0);
  try {
    work();
  } finally {
    raiseFileLimit();
  }
}

/** A data path that hears of changes of interfaces, and of none so far. */
function quietPath(local: LocalCrew): DataPath {
  const [path] = local.paths;
  assert(path !== undefined);
  path.hearsLinks = true;
  path.tend(performance.now());
  return path;
}

Deno.test("an interface that cannot be opened just now is tried again", () => {
  using local = new LocalCrew(1);
  const path = quietPath(local);
  let count = 0;
  path.engine.openPort = () => {
    count++;
    throw new SystemError("no", "open", EMFILE);
  };
  path.add([{ config: local.config(0, { interfaces: ["lo"] }) }]);
  assertEquals(count, 1);
  path.tend(performance.now());
  assertEquals(count, 1);
  path.tend(performance.now() + LATER_MS);
  assertEquals(count, 2);
});

Deno.test("a look at interfaces that fails ends no data path, and is done again", () => {
  using local = new LocalCrew(1);
  const path = quietPath(local);
  let count = 0;
  path.engine.openPort = () => {
    count++;
    throw new SystemError("no", "open", EMFILE);
  };
  path.add([{ config: local.config(0, { interfaces: ["lo"] }) }]);
  path.hasLinkChanges = true;
  withoutFiles(() => path.tend(performance.now()));
  assertEquals(count, 1);
  path.tend(performance.now() + LATER_MS);
  assertEquals(count, 2);
});

Deno.test("an export that the engine does not take holds neither file nor address", () => {
  using local = new LocalCrew(1);
  const path = quietPath(local);
  const { add } = path.engine;
  path.engine.add = () => {
    throw new SystemError("no memory", "mmap", 12);
  };
  const config = local.config(0);
  assertEquals([...path.add([{ config }])], [["e0.0", "no memory"]]);
  assertEquals(path.exports.size, 0);
  path.engine.add = add;
  assertEquals([...path.add([{ config }])], []);
});
