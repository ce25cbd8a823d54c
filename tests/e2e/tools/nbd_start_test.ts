/**
 * How `dblade nbd` starts: what it needs, what it says, and what it refuses.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Image } from "../image.ts";
import { command, Wire } from "../namespace.ts";
import { nbdCommand, NbdSetup, startTarget } from "./nbd_server.ts";
import { assertComplaint, SYSTEM, USAGE } from "../refusal.ts";
import { e2e } from "../requires.ts";
import { type Ended, runCommand, socketPermissions, TargetProcess } from "../target_process.ts";

const MIB = 2 ** 20;
const NO_ANSWER = 3;
const isCompiled = Deno.env.get("DBLADE_PROGRAM") !== undefined;

/** Runs it where it must refuse; it must not ask, nor serve. */
function refused(wire: Wire, args: readonly string[], permissions: readonly string[]) {
  const enter = ["ip", "netns", "exec", wire.initiator, "timeout", "--kill-after=1", "20"];
  return runCommand([...enter, ...nbdCommand(args, permissions)]);
}

e2e("without permission it names the options, with which it serves", ["nbdinfo"], async () => {
  if (isCompiled) return;
  await using wire = await Wire.open();
  using image = new Image(MIB);
  await using _target = await startTarget(wire, "dblade", image.path);
  const addresses = [`unix:${image.folder}/s`, "tcp:127.0.0.1:10809", "tcp:[::1]:10810"];
  for (const address of addresses) {
    const args = ["e0.0", "--listen", address];
    const ended = await refused(wire, args, []);
    assertComplaint(ended, SYSTEM, ["permission", address, "deno run --allow-ffi"]);
    const line = ended.stderr.split("\n").find((text) => text.includes("deno run")) ?? "";
    const options = line.match(/--allow-(?!ffi)\S+/g) ?? [];
    await using server = await TargetProcess.startCommand(
      wire.initiator,
      nbdCommand(args, options),
    );
    assertStringIncludes(server.line, `is served on ${address}`);
  }
});

e2e("what is wrong is said before anything is touched", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(MIB);
  await using _target = await startTarget(wire, "dblade", image.path);
  const listen = `--listen=unix:${image.folder}/s`;
  const all = ["--allow-net", "--allow-read", "--allow-write"];
  const check = async (code: number, says: string[], ...args: string[]): Promise<void> => {
    assertComplaint(await refused(wire, args, all), code, says);
  };
  await check(USAGE, ["--listen is missing"], "e0.0");
  await check(USAGE, ["neither unix:PATH nor tcp:HOST:PORT"], "e0.0", "--listen", "x");
  await check(USAGE, ["the port is 0"], "e0.0", "--listen", "tcp:localhost:0");
  await check(USAGE, ["Missing DISK"], listen);
  await check(USAGE, ["no address of a disk"], "zero", listen);
  await check(USAGE, ["--timeout"], "e0.0", listen, "--timeout", "soon");
  await check(NO_ANSWER, ["e0.7"], "e0.7", listen, "--timeout", "1");
  await check(SYSTEM, ["eth7"], "e0.0", listen, "-i", "eth7");
  await check(SYSTEM, ["No such file"], "e0.0", `--listen=unix:${image.folder}/no/s`);
  await check(SYSTEM, ["no socket"], "e0.0", `--listen=unix:${image.path}`);
  assertEquals([...Deno.readDirSync(image.folder)].map(({ name }) => name), ["disk.img"]);
});

e2e("a living server's socket is refused, a dead one's is taken", ["nbdinfo"], async () => {
  await using setup = await NbdSetup.start("dblade", MIB);
  const socket = NbdSetup.socket(setup.image);
  assertEquals((Deno.lstatSync(socket).mode ?? 0) & 0o777, 0o600);
  const args = ["e0.0", "--listen", `unix:${socket}`];
  const ended: Ended = await refused(setup.wire, args, socketPermissions(socket));
  assertComplaint(ended, SYSTEM, ["another server is there", socket]);
  await command("nbdinfo", setup.uri);
  await setup.server[Symbol.asyncDispose]();
  assertEquals(Deno.lstatSync(socket).isSocket, true);
  const line = nbdCommand(args, socketPermissions(socket));
  await using second = await TargetProcess.startCommand(setup.wire.initiator, line);
  await command("nbdinfo", setup.uri);
  second.kill("SIGTERM");
  assertEquals((await second.ended()).code, 0);
  assertEquals([...Deno.readDirSync(setup.image.folder)].map(({ name }) => name), ["disk.img"]);
});
