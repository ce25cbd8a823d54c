/**
 * A target that dies and comes back, a link that is down, another disk under the same address,
 * clients that hang: `dblade nbd` loses nothing and serves on.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CONNECTIONS_MAX } from "../../../lib/nbd/server.ts";
import { Image, pattern } from "../image.ts";
import { command, Wire } from "../namespace.ts";
import { nbdCommand, NbdSetup, startTarget, TARGETS } from "./nbd_server.ts";
import { e2e } from "../requires.ts";
import { runCommand, socketPermissions, TargetProcess } from "../target_process.ts";

const PROGRAMS = ["nbdcopy", "qemu-io", "vblade"];
const MIB = 2 ** 20;
const SIZE = 64 * MIB;
const MACS = ["02:00:00:00:00:01", "02:00:00:00:00:02"] as const;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function assertSame(one: Uint8Array, other: Uint8Array): void {
  assertEquals(one.length, other.length);
  assertEquals(one.findIndex((byte, at) => byte !== other[at]), -1);
}

/** Makes a file of noise beside the image; returns its path and what it holds. */
function noise(setup: NbdSetup, seed: number): { path: string; data: Uint8Array } {
  const path = `${setup.image.folder}/noise`;
  const data = pattern(SIZE, seed);
  Deno.writeFileSync(path, data);
  return { path, data };
}

function hasEnded(target: TargetProcess): Promise<boolean> {
  return Promise.race([target.ended().then(() => true), pause(2000).then(() => false)]);
}

/** Waits until the copy to the image has begun, as its blocks tell. */
async function begun(setup: NbdSetup): Promise<void> {
  while ((Deno.statSync(setup.image.path).blocks ?? 0) < 2048) await pause(10);
}

/** Runs a test with each target, all at once: most of their time they wait. */
function withBoth(name: string, run: (target: (typeof TARGETS)[number]) => Promise<void>): void {
  e2e(name, PROGRAMS, async () => {
    const ends = await Promise.allSettled(TARGETS.map(run));
    for (const [index, end] of ends.entries()) {
      if (end.status === "rejected") {
        throw new Error(`with ${TARGETS[index]}`, { cause: end.reason });
      }
    }
  });
}

withBoth(`nbdcopy outlives kill -9 and a restart of a target`, async (name) => {
  await using setup = await NbdSetup.start(name, SIZE);
  const { path, data } = noise(setup, 1);
  const copy = command("nbdcopy", "--flush", path, setup.uri);
  await begun(setup);
  await setup.target[Symbol.asyncDispose]();
  await pause(6000);
  setup.target = await startTarget(setup.wire, name, setup.image.path);
  await copy;
  assertSame(setup.image.read(), data);
  assertStringIncludes(setup.server.stderr, "is back");
});

withBoth(`nbdcopy outlives a link that is down, to a target`, async (name) => {
  await using setup = await NbdSetup.start(name, SIZE);
  const { path, data } = noise(setup, 2);
  const to = command("nbdcopy", "--connections=2", path, setup.uri);
  await begun(setup);
  await setup.wire.ip(setup.wire.initiator, "link set eth0 down");
  await pause(10_000);
  await setup.wire.ip(setup.wire.initiator, "link set eth0 up");
  // vblade ends where the link has no room for a reply.
  if (name === "vblade" && await hasEnded(setup.target)) {
    setup.target = await startTarget(setup.wire, name, setup.image.path);
  }
  await to;
  assertSame(setup.image.read(), data);
  await command("nbdcopy", setup.uri, `${path}.back`);
  assertSame(Deno.readFileSync(`${path}.back`), data);
});

withBoth(`without a target a request fails in time`, async (name) => {
  await using setup = await NbdSetup.start(name, MIB, { args: ["--timeout", "3"] });
  await setup.io("write -P 7 0 64k");
  await setup.target[Symbol.asyncDispose]();
  const startMs = performance.now();
  const ended = await runCommand(["qemu-io", "-f", "raw", "-c", "read 0 512", setup.uri]);
  const text = ended.stdout + ended.stderr;
  assertMatch(text, /Input\/output error/);
  assert(performance.now() - startMs < 30_000);
  setup.target = await startTarget(setup.wire, name, setup.image.path);
  await setup.io("read -P 7 0 64k", "write -P 8 0 512", "flush");
  assertEquals(setup.image.read()[0], 8);
  assertStringIncludes(setup.server.stderr, "does not answer");
});

withBoth(`another disk of a target is not touched`, async (name) => {
  await using setup = await NbdSetup.start(name, MIB, { args: ["--timeout", "3"] });
  await setup.io("write -P 7 0 64k");
  await setup.target[Symbol.asyncDispose]();
  const other = `${setup.image.folder}/other.img`;
  Deno.writeFileSync(other, new Uint8Array(2 * MIB).fill(9));
  setup.target = await startTarget(setup.wire, name, other);
  await pause(2500);
  for (const what of ["write -P 8 0 64k", "read 0 512", "write -z 0 512"]) {
    const ended = await runCommand(["qemu-io", "-f", "raw", "-c", what, setup.uri]);
    assertMatch(ended.stdout + ended.stderr, /Input\/output error/, what);
  }
  assert(Deno.readFileSync(other).every((byte) => byte === 9));
  assertStringIncludes(setup.server.stderr, "another disk");
  await setup.target[Symbol.asyncDispose]();
  setup.target = await startTarget(setup.wire, name, setup.image.path);
  await setup.io("read -P 7 0 64k", "write -P 8 0 64k");
  assertEquals(setup.image.read()[0], 8);
});

e2e("a disk on two wires is used by the one that is left", ["nbdcopy"], async () => {
  await using wire = await Wire.open();
  await wire.plug(1500, "eth1");
  using image = new Image(SIZE);
  await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0,eth1", image.path);
  const socket = `${image.folder}/nbd.sock`;
  const args = ["e0.0", "--listen", `unix:${socket}`, "-i", "eth0,eth1"];
  const line = nbdCommand(args, socketPermissions(socket));
  await using server = await TargetProcess.startCommand(wire.initiator, line);
  const data = pattern(SIZE, 5);
  Deno.writeFileSync(`${image.folder}/noise`, data);
  const copy = command("nbdcopy", `${image.folder}/noise`, `nbd+unix:///?socket=${socket}`);
  while ((Deno.statSync(image.path).blocks ?? 0) < 2048) await pause(10);
  assertStringIncludes(server.line, "eth0", "the first of two that are alike");
  await wire.ip(wire.target, "link set eth0 down");
  await copy;
  assertSame(image.read(), data);
});

e2e("what --mac names is not looked for under another MAC", ["qemu-io"], async () => {
  await using wire = await Wire.open();
  using image = new Image(MIB);
  const socket = `${image.folder}/nbd.sock`;
  const read = ["qemu-io", "-f", "raw", "-c", "read 0 512", `nbd+unix:///?socket=${socket}`];
  for (const [args, isFound] of [[["--mac", MACS[0]], false], [[], true]] as const) {
    await wire.ip(wire.target, `link set eth0 address ${MACS[0]}`);
    const words = ["e0.0", "--listen", `unix:${socket}`, "--timeout", "8", ...args];
    const target = await startTarget(wire, "dblade", image.path);
    await using server = await TargetProcess.startCommand(
      wire.initiator,
      nbdCommand(words, socketPermissions(socket)),
    );
    assertStringIncludes((await runCommand(read)).stdout, "read 512/512 bytes");
    await target[Symbol.asyncDispose]();
    await wire.ip(wire.target, `link set eth0 address ${MACS[1]}`);
    await using _again = await startTarget(wire, "dblade", image.path);
    const ended = await runCommand(read);
    assertEquals(ended.stdout.includes("read 512/512 bytes"), isFound, ended.stderr);
    server.kill("SIGTERM");
    await server.ended();
  }
});

e2e("a client that is stopped or killed harms no other one", ["nbdcopy", "qemu-io"], async () => {
  await using setup = await NbdSetup.start("dblade", SIZE);
  const { path, data } = noise(setup, 3);
  const args = [setup.uri, `${path}.never`];
  const stopped = new Deno.Command("nbdcopy", { args, stdin: "null" }).spawn();
  await pause(200);
  stopped.kill("SIGSTOP");
  await command("nbdcopy", path, setup.uri);
  assertSame(setup.image.read(), data);
  stopped.kill("SIGKILL");
  await stopped.status;
  await setup.io("read 0 1M");
});

e2e("clients that are killed while the target is away keep nobody out", ["nbdcopy"], async () => {
  await using setup = await NbdSetup.start("vblade", SIZE);
  const { path, data } = noise(setup, 6);
  await setup.target[Symbol.asyncDispose]();
  // As many as there may be at a time, did none of them go.
  for (let round = 0; round < CONNECTIONS_MAX; round++) {
    const args = ["--connections=1", path, setup.uri];
    const client = new Deno.Command("nbdcopy", { args, stdin: "null", stderr: "null" }).spawn();
    await pause(100);
    client.kill("SIGKILL");
    await client.status;
  }
  await pause(12_000);
  const copy = command("nbdcopy", "--connections=4", path, setup.uri);
  await pause(1000);
  setup.target = await startTarget(setup.wire, "vblade", setup.image.path);
  await copy;
  assertSame(setup.image.read(), data);
});

e2e("SIGTERM ends what is under way, flushes and removes the socket", ["nbdcopy"], async () => {
  await using setup = await NbdSetup.start("dblade", SIZE);
  const { path } = noise(setup, 4);
  const copy = command("nbdcopy", path, setup.uri).catch((error) => `${error}`);
  await begun(setup);
  const startMs = performance.now();
  setup.server.kill("SIGTERM");
  assertEquals((await setup.server.ended()).code, 0);
  assert(performance.now() - startMs < 20_000);
  assertStringIncludes(await copy, "failed", "the client is told");
  const names = [...Deno.readDirSync(setup.image.folder)].map(({ name }) => name);
  assertEquals(names.includes("nbd.sock"), false);
  setup.target.kill("SIGTERM");
  await setup.target.ended();
  // The first one was sent to find out whether there is a FLUSH.
  assertMatch(setup.target.stderr, / [2-9] flushes/);
});

e2e("SIGINT ends it though the target is away", ["nbdinfo"], async () => {
  await using setup = await NbdSetup.start("vblade", MIB);
  await setup.target[Symbol.asyncDispose]();
  const client = runCommand(["qemu-io", "-f", "raw", "-c", "write 0 512", setup.uri]);
  await pause(500);
  const startMs = performance.now();
  setup.server.kill("SIGINT");
  assertEquals((await setup.server.ended()).code, 0);
  assert(performance.now() - startMs < 15_000);
  await client;
});
