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
import { statusOf } from "../lib/server/status.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import { TargetProcess } from "./e2e/target_process.ts";
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
  assertEquals([...path.add([{ config }]).problems], [["e0.0", "no memory"]]);
  assertEquals(path.exports.size, 0);
  path.engine.add = add;
  assertEquals([...path.add([{ config }]).problems], []);
});

e2e("an interface that was renamed is taken up by a change that comes first", [], async () => {
  await using wire = await Wire.open();
  using local = new LocalCrew(1);
  const path = quietPath(local);
  const within = (work: () => void): void => inNamespace(wire.target, work);
  const config = local.config(0, { interfaces: ["eth*"] });
  within(() => path.add([{ config }]));
  const served = local.served("e0.0");
  assert(served !== undefined);
  assertEquals(served.ports.map(({ name }) => name), ["eth0"]);
  await wire.ip(wire.target, "link set eth0 down");
  path.hasLinkChanges = true;
  within(() => path.tend(performance.now()));
  await wire.ip(wire.target, "link set eth0 name eth7");
  await wire.ip(wire.target, "link set eth7 up");
  within(() => path.adopt(served, { ...config, buffers: 3 }));
  assertEquals(served.ports.map(({ name }) => name), ["eth7"]);
  assertEquals(path.isShutOut(served), false);
});

e2e("an interface with two names, down or up, has one port", [], async () => {
  await using wire = await Wire.open();
  await wire.ip(wire.target, "link property add dev eth0 altname lan0");
  await wire.ip(wire.target, "link set eth0 down");
  using local = new LocalCrew(1);
  const path = quietPath(local);
  const within = (work: () => void): void => inNamespace(wire.target, work);
  const config = local.config(0, { interfaces: ["eth0", "lan0"], force: true });
  within(() => path.add([{ config }]));
  const names = () => path.engine.ports.map(({ name }) => name);
  assertEquals(names(), ["eth0"]);
  await wire.ip(wire.target, "link set eth0 up");
  path.hasLinkChanges = true;
  within(() => path.tend(performance.now()));
  assertEquals([names(), path.engine.ports[0]?.up], [["eth0"], true]);
});

e2e("an interface in the place of another one is asked on before it is served", [], async () => {
  await using wire = await Wire.open();
  await wire.plug(1500, "eth1");
  using local = new LocalCrew(1);
  const file = local.folder.file("rival.img", 4096);
  await using _rival = await TargetProcess.start(wire.initiator, "0", "0", "eth1", file);
  const path = quietPath(local);
  const within = (work: () => void): void => inNamespace(wire.target, work);
  within(() => path.add([{ config: local.config(0, { interfaces: ["eth0"] }) }]));
  const served = local.served("e0.0");
  assert(served !== undefined);
  assertEquals([path.isShutOut(served), path.conflicts(served)], [false, []]);
  for (const words of ["del eth0", "set eth1 down", "set eth1 name eth0", "set eth0 up"]) {
    await wire.ip(wire.target, `link ${words}`);
  }
  path.hasLinkChanges = true;
  within(() => path.tend(performance.now()));
  assertEquals([path.isShutOut(served), path.conflicts(served)], [true, ["eth0"]]);
});

e2e("each interface where another target has the address is told, once", [], async () => {
  await using wire = await Wire.open();
  await wire.plug(1500, "eth1");
  await wire.ip(wire.target, "link property add dev eth0 altname lan0");
  using local = new LocalCrew(1);
  const file = local.folder.file("rival.img", 4096);
  await using rival = await TargetProcess.start(wire.target, "0", "0", "eth0", file);
  const path = quietPath(local);
  const within = <T>(work: () => T): T => inNamespace(wire.target, work);
  const config = local.config(0, { interfaces: ["eth0", "lan0", "eth1"] });
  const { warnings } = within(() => path.add([{ config }]));
  assertEquals(warnings, [
    'e0.0 is silent on "eth0": another target answers for that address there',
  ]);
  const served = local.served("e0.0");
  assert(served !== undefined);
  const [status] = statusOf(path, 1).exports;
  assertEquals(
    [status?.condition, status?.interfaces, status?.conflicts],
    ["serving", ["eth1"], ["eth0"]],
  );
  rival.kill("SIGTERM");
  await rival.ended();
  within(() => path.tend(performance.now() + LATER_MS));
  assertEquals(path.conflicts(served), []);
  assertEquals(served.ports.map(({ name }) => name).sort(), ["eth0", "eth1"]);
});

Deno.test("an export that leaves is waited for without haste", async () => {
  using local = new LocalCrew(1);
  const path = quietPath(local);
  path.add([{ config: local.config(0) }]);
  const [served] = path.exports.values();
  assert(served !== undefined);
  let unfinished = 1;
  path.engine.unfinished = () => unfinished;
  let isGone = false;
  const gone = path.remove(served).then(() => void (isGone = true));
  path.tend(performance.now());
  await Promise.resolve();
  assertEquals([isGone, path.exports.size, path.leaving.size], [false, 0, 1]);
  const waitMs = path.waitMs(performance.now());
  assert(waitMs >= 50 && waitMs <= 250, `it waits for ${waitMs} ms`);
  unfinished = 0;
  path.tend(performance.now());
  await gone;
  assertEquals(path.leaving.size, 0);
});
