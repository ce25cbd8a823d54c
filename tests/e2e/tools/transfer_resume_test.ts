/**
 * Copies that end in the middle: by a signal, by a crash, by a target that is gone; and how the
 * same command line goes on.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Image, pattern } from "../image.ts";
import { command, Wire } from "../namespace.ts";
import { assertComplaint, SYSTEM } from "../refusal.ts";
import { e2e } from "../requires.ts";
import { programCommand, runCommand, type TargetProcess } from "../target_process.ts";
import {
  Run,
  runTool,
  sha256,
  startTarget,
  type TargetKind,
  TARGETS,
  waitForText,
} from "./transfer_rig.ts";

const MIB = 2 ** 20;
const SIZE = 128 * MIB;
const NO_ANSWER = 3;
const INTERRUPTED = 130;
/** A byte count that is not zero. */
const BEGUN = /"done": [1-9]/;

/** A disk, a file to copy to it, and a record. */
class Rig implements AsyncDisposable {
  readonly wire: Wire;
  readonly image: Image;
  readonly work: Image;
  readonly data = pattern(SIZE, 7);
  readonly record: string;
  readonly kind: TargetKind;
  target: TargetProcess;

  private constructor(
    parts: { wire: Wire; image: Image; work: Image; target: TargetProcess; kind: TargetKind },
  ) {
    this.wire = parts.wire;
    this.image = parts.image;
    this.work = parts.work;
    this.target = parts.target;
    this.kind = parts.kind;
    this.record = `${parts.work.folder}/record`;
    Deno.writeFileSync(this.work.path, this.data);
    this.touch();
  }

  static async open(kind: TargetKind): Promise<Rig> {
    const wire = await Wire.open();
    const image = new Image(SIZE, "/dev/shm");
    const work = new Image(0, "/dev/shm");
    return new Rig({ wire, image, work, kind, target: await startTarget(wire, kind, image.path) });
  }

  /** Gives the source the time of its last change that it always has. */
  touch(): void {
    Deno.utimeSync(this.work.path, new Date(), new Date(10_000));
  }

  /** The copy's command line. */
  quickArgs(...more: readonly string[]): string[] {
    return ["copy", this.work.path, "e0.0", "--resume", this.record, ...more];
  }

  /** A small window makes it slow enough to be caught in the middle. */
  args(...more: readonly string[]): string[] {
    return this.quickArgs("--window", "2", ...more);
  }

  get done(): number {
    return JSON.parse(Deno.readTextFileSync(this.record)).done;
  }

  /** Goes on to the end, where everything must be right. */
  async finish(): Promise<void> {
    const before = this.done;
    const last = await runTool(this.wire, this.quickArgs("--json"));
    assertEquals(last.code, 0, last.stderr);
    const json = JSON.parse(last.stdout);
    assertEquals([json.resumedFrom, json.bytes], [before, SIZE]);
    assertEquals(json.sha256, await sha256(this.data));
    assertEquals(await sha256(this.image.read()), json.sha256);
    assertEquals([...Deno.readDirSync(this.work.folder)].length, 1, "the record is gone");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.target[Symbol.asyncDispose]();
    this.image[Symbol.dispose]();
    this.work[Symbol.dispose]();
    await this.wire[Symbol.asyncDispose]();
  }
}

for (const kind of TARGETS) {
  e2e(`a copy to ${kind} goes on after SIGKILL`, ["vblade"], async () => {
    await using rig = await Rig.open(kind);
    const run = new Run(rig.wire, rig.args());
    await waitForText(rig.record, BEGUN);
    run.process.kill("SIGKILL");
    await run.ended();
    const { done } = rig;
    assert(done > 0 && done < SIZE);
    assertEquals(
      await sha256(rig.image.read().slice(0, done)),
      await sha256(rig.data.slice(0, done)),
    );
    await rig.finish();
  });
}

e2e("a copy that SIGINT ends says how far it is, keeps its record and goes on", [], async () => {
  await using rig = await Rig.open("dblade");
  const run = new Run(rig.wire, rig.args());
  await waitForText(rig.record, BEGUN);
  run.process.kill("SIGINT");
  const ended = await run.ended();
  assertEquals(ended.code, INTERRUPTED, ended.stderr);
  assertStringIncludes(ended.stderr, `(${rig.done} bytes) were copied to e0.0`);
  assertStringIncludes(ended.stderr, `goes on from what "${rig.record}" tells`);
  await rig.finish();
});

e2e("a copy whose target goes away ends with 3 and goes on when it is back", [], async () => {
  await using rig = await Rig.open("dblade");
  const run = new Run(rig.wire, rig.args("--timeout", "1"));
  await waitForText(rig.record, BEGUN);
  rig.target.kill("SIGKILL");
  await rig.target.ended();
  const ended = await run.ended();
  assertEquals(ended.code, NO_ANSWER, ended.stderr);
  assertStringIncludes(ended.stderr, "e0.0");
  assertStringIncludes(
    ended.stderr,
    'did not answer within 1 s on eth0; --timeout waits longer, and "dblade sancheck"',
  );
  rig.target = await startTarget(rig.wire, rig.kind, rig.image.path);
  await rig.finish();
});

e2e("a copy does not go on with what is another source or destination by now", [], async () => {
  await using rig = await Rig.open("dblade");
  const run = new Run(rig.wire, rig.args());
  await waitForText(rig.record, BEGUN);
  run.process.kill("SIGINT");
  await run.ended();
  const before = rig.image.read();
  const refuse = async (says: string, ...more: readonly string[]) => {
    const refused = await runTool(rig.wire, rig.args(...more));
    assertComplaint(refused, SYSTEM, [says, `to begin anew, remove the record "${rig.record}"`]);
  };
  await refuse("length is", "--length", "1M");
  await refuse("destinationOffset is 512 and was 0", "--dest-offset", "1", "--length", "1M");
  Deno.utimeSync(rig.work.path, new Date(), new Date(12_345_000));
  await refuse("the source is another one, or changed: its modified is");
  await rig.target[Symbol.asyncDispose]();
  rig.touch();
  Deno.truncateSync(rig.image.path, SIZE + MIB);
  rig.target = await startTarget(rig.wire, rig.kind, rig.image.path);
  await refuse("the destination is another one, or changed: its sectors is");
  assertEquals(await sha256(rig.image.read().slice(0, SIZE)), await sha256(before));
  Deno.writeTextFileSync(rig.record, "not a record");
  const refused = await runTool(rig.wire, rig.args());
  assertComplaint(refused, SYSTEM, ["is no record of a copy"]);
});

e2e("a copy into a file goes on after SIGKILL", [], async () => {
  await using rig = await Rig.open("dblade");
  await runTool(rig.wire, ["write", "e0.0", rig.work.path]);
  const out = `${rig.work.folder}/out`;
  const args = ["copy", "e0.0", out, "--resume", rig.record];
  const run = new Run(rig.wire, [...args, "--window", "2"]);
  await waitForText(rig.record, BEGUN);
  run.process.kill("SIGKILL");
  await run.ended();
  const last = await runTool(rig.wire, args);
  assertEquals(last.code, 0, last.stderr);
  assertStringIncludes(last.stderr, "of them before");
  assertStringIncludes(last.stderr, await sha256(rig.data));
  assertEquals(await sha256(Deno.readFileSync(out)), await sha256(rig.data));
});

/** Waits until a thousand frames have come to the target's host. */
async function isUnderWay(wire: Wire): Promise<void> {
  const file = "/sys/class/net/eth0/statistics/rx_packets";
  const ask = ["ip", "netns", "exec", wire.target, "cat", file] as const;
  while (Number(await command(...ask)) < 1000) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

e2e("a read that SIGINT ends says how far it is", [], async () => {
  await using rig = await Rig.open("dblade");
  const run = new Run(rig.wire, ["read", "e0.0", `${rig.work.folder}/out`, "--window", "1"]);
  await isUnderWay(rig.wire);
  run.process.kill("SIGINT");
  const ended = await run.ended();
  assertEquals(ended.code, INTERRUPTED, ended.stderr);
  assertStringIncludes(ended.stderr, "were copied to");
});

e2e("a read whose reader goes away says so", [], async () => {
  await using rig = await Rig.open("dblade");
  const line = `{ ${programCommand(["read", "e0.0"]).join(" ")}; echo "status $?" >&2; }`;
  const words = ["ip", "netns", "exec", rig.wire.initiator, "sh", "-c", `${line} | head -c 9`];
  const ended = await runCommand(words);
  assertStringIncludes(ended.stderr, "Cannot write to standard output: its reader went away");
  assertStringIncludes(ended.stderr, "status 1\n");
});
