/**
 * The commands that ask a service, as processes: permissions, terminals, signals, the wire.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ControlServer } from "../../../lib/control/server.ts";
import { ServiceError } from "../../../lib/control/service.ts";
import { exportStatus, FakeService, serviceStatus } from "../../fake_service.ts";
import { TemporaryFolder } from "../../temporary.ts";
import { Image } from "../image.ts";
import { Wire } from "../namespace.ts";
import { e2e } from "../requires.ts";
import {
  permittedCommand,
  programCommand,
  runCommand,
  runProgram,
  socketPermissions,
  TargetProcess,
} from "../target_process.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";

/** A service that answers in this process. */
class Rig implements AsyncDisposable {
  readonly service = new FakeService();
  readonly #folder = new TemporaryFolder();
  readonly path = `${this.#folder.path}/dblade.sock`;
  #server: ControlServer | undefined;

  static async open(): Promise<Rig> {
    const rig = new Rig();
    rig.#server = await ControlServer.open(rig.path, rig.service);
    return rig;
  }

  /** A command line with all that it needs. */
  command(...args: readonly string[]): string[] {
    const line = [...args, "--control-socket", this.path];
    return permittedCommand(line, socketPermissions(this.path));
  }

  /** Waits until a method was asked for so often. */
  async asked(method: string, count: number): Promise<void> {
    while (this.service.asked.filter(([one]) => one === method).length < count) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#folder[Symbol.dispose]();
  }
}

/** A process that is given something to read later. */
class Running {
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;

  constructor([program = "", ...args]: readonly string[]) {
    const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#process = new Deno.Command(program, { args, ...streams }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
  }

  async type(text: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(text));
  }

  signal(name: Deno.Signal): void {
    this.#process.kill(name);
  }

  async ended(): Promise<{ code: number; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await this.#process.output();
    await this.#stdin.close().catch(() => {});
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }
}

/**
 * A command line on a terminal of that size; in place of the shell, some of which end with a
 * signal's status wherever one came, whatever the command made of it.
 */
function onTerminal(line: readonly string[], columns: number, rows: number): readonly string[] {
  const size = `stty cols ${columns} rows ${rows}`;
  return ["script", "-qec", `${size}; exec ${line.join(" ")}`, "/dev/null"];
}

e2e("without permission for the socket a command says what gives it", ["script"], async () => {
  await using rig = await Rig.open();
  const args = ["status", "--control-socket", rig.path];
  if (Deno.env.get("DBLADE_PROGRAM") === undefined) {
    const { code, stderr } = await runProgram(args);
    assertEquals(code, 1);
    assertStringIncludes(stderr, `--allow-read=${rig.path} --allow-write=${rig.path}`);
    const asked = await runCommand(onTerminal(programCommand(args), 80, 24));
    assertStringIncludes(asked.stdout, "deno run --allow-ffi");
    assert(!asked.stdout.includes("Allow?"), "no question of Deno's");
    // What it says is enough.
    const [options = ""] = /--allow-.*--allow-write=\S+/.exec(stderr) ?? [];
    const words = options.replaceAll("'", "").split(" ").slice(1);
    const given = await runCommand(permittedCommand(args, words));
    assertEquals([given.code, given.stderr], [0, ""]);
  }
  const { code, stdout } = await runCommand(rig.command("status"));
  assertEquals(code, 0);
  assertMatch(stdout, /^dblade 0\.1\.0, pid 42.*\n\nEXPORT .*\ne0\.1 /);
});

e2e("what a service refuses and what it is not there for have their statuses", [], async () => {
  await using rig = await Rig.open();
  assertEquals((await runCommand(rig.command("remove", "e0.9"))).code, 2);
  rig.service.failure = new ServiceError("no room");
  const failed = await runCommand(rig.command("add", "e0.9", "x.img"));
  assertEquals([failed.code, failed.stderr], [4, "dblade: no room\n"]);
  const [method, keys] = rig.service.asked.at(-1) ?? [];
  const root = new URL("../../../", import.meta.url).pathname;
  assertEquals([method, keys], ["add", { shelf: 0, slot: 9, path: `${root}x.img` }]);
  await rig.stop();
  const none = await runCommand(rig.command("status"));
  assertEquals(none.code, 3);
  assertStringIncludes(none.stderr, "dblade serve -c FILE");
});

e2e("status --watch prints tables where there is no terminal, until a signal", [], async () => {
  await using rig = await Rig.open();
  for (const [args, signal] of [[[], "SIGINT"], [["--json"], "SIGTERM"]] as const) {
    rig.service.asked.length = 0;
    const running = new Running(rig.command("status", "--watch", "-n", "0.1", ...args));
    await rig.asked("status", 4);
    running.signal(signal);
    const { code, stdout, stderr } = await running.ended();
    assertEquals([code, stderr], [0, ""]);
    if (args.length === 0) {
      assert(!stdout.includes("\x1b"), "no sequences");
      assert(stdout.split("\n\ndblade 0.1.0").length >= 2, stdout);
    } else {
      const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
      assert(
        lines.length >= 2 && lines.every(({ rates, pid }) => "exports" in rates && pid === 42),
      );
    }
  }
});

e2e("status --watch fits a terminal's window, and leaves it as it was", ["script"], async () => {
  await using rig = await Rig.open();
  const names = Array.from({ length: 50 }, (_, slot) => `e7.${slot}`);
  rig.service.statuses = [
    serviceStatus({ exports: names.map((name) => exportStatus({ name })) }),
  ];
  const line = rig.command("status", "--watch", "-n", "0.1");
  const running = new Running(onTerminal(line, 60, 12));
  await rig.asked("status", 4);
  await running.type("\x03");
  const { code, stdout } = await running.ended();
  assertEquals(code, 0);
  const [, shown = "", ...rest] = stdout.split(ENTER);
  assertEquals(rest, []);
  const [drawn = "", after, ...more] = shown.split(LEAVE);
  assertEquals([after, more], ["", []]);
  const windows = drawn.replace("^C", "").split("\x1b[H").slice(1);
  assert(windows.length >= 2);
  for (const window of windows) {
    // deno-lint-ignore no-control-regex -- colours
    const lines = window.replaceAll(/\x1b\[[0-9;]*[mKJ]/g, "").split("\r\n");
    assertEquals(lines.length, 12);
    assert(lines.every((text) => text.length <= 60), window);
    assertEquals(lines.at(-1), "... 45 more lines");
    assertStringIncludes(lines[2] ?? "", "EXPORT");
  }
});

e2e("status --watch gives the window back where the service ends", ["script"], async () => {
  await using rig = await Rig.open();
  const line = rig.command("status", "--watch", "-n", "0.1");
  const running = new Running(onTerminal(line, 80, 24));
  await rig.asked("status", 3);
  await rig.stop();
  const { code, stdout } = await running.ended();
  assertEquals(code, 3);
  assertMatch(stdout.split(LEAVE)[1] ?? "", /^dblade: The service at .* hung up/);
});

e2e("state clear asks on a terminal, and only yes is yes", ["script"], async () => {
  await using rig = await Rig.open();
  for (const [answer, code] of [["n", 1], ["y", 0]] as const) {
    rig.service.asked.length = 0;
    const running = new Running(onTerminal(rig.command("state", "clear", "e0.1"), 80, 24));
    await rig.asked("showState", 1);
    await running.type(`${answer}\n`);
    const ended = await running.ended();
    assertEquals(ended.code, code, ended.stdout);
    assertStringIncludes(ended.stdout, "e0.1 loses its config string and its reservation: clear?");
    const isCleared = rig.service.asked.some(([method]) => method === "clearState");
    assertEquals(isCleared, answer === "y");
  }
});

for (const target of ["vblade", "dblade"] as const) {
  e2e(`trace shows the frames of its export alone, of ${target}`, ["vblade"], async () => {
    await using wire = await Wire.open();
    using image = new Image(2 ** 20);
    await using rig = await Rig.open();
    const place = ["0", "1", "eth0", image.path];
    await using _target = target === "dblade"
      ? await TargetProcess.start(wire.target, ...place)
      : await TargetProcess.startCommand(wire.target, ["stdbuf", "-oL", "vblade", ...place]);
    const enter = ["ip", "netns", "exec", wire.initiator];
    const running = new Running([
      ...enter,
      ...rig.command("trace", "0.1", "--count", "12", "--json", "--seconds", "60"),
    ]);
    await rig.asked("status", 1);
    let isDone = false;
    const traced = running.ended().finally(() => isDone = true);
    while (!isDone) {
      await runProgram(["identify", "e0.1"], { namespace: wire.initiator });
      const other = ["identify", "e0.2", "--timeout", "0.1"];
      await runProgram(other, { namespace: wire.initiator });
    }
    const { code, stdout, stderr } = await traced;
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "Looking at eth0\n");
    const frames = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(frames.length, 12);
    // What asks all targets is a frame of this one's, too.
    assert(frames.every(({ disk }) => disk === "e0.1" || disk === "e*.*"), stdout);
    assert(frames.some(({ name }) => name === "IDENTIFY"), stdout);
  });
}
