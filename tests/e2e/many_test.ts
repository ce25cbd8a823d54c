/**
 * A thousand exports in one process: all of them answer soon, they cost next to nothing when nobody
 * asks, one query finds all, and a reload leaves those alone that it does not concern.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Initiator } from "../../lib/client/initiator.ts";
import { statusOf } from "./bare_root.ts";
import { ManyClient, ManyExports } from "./many.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { runCommand, runProgram, TargetProcess } from "./target_process.ts";
import { cpuTicks } from "./usage.ts";

const COUNT = 1000;
/** The aim is 2 s; other tests may have most of the machine. */
const START_MS = 6000;
/** The aim is 1; a span in which the runtime collects what the start left behind takes 4. */
const IDLE_TICKS = Deno.env.get("DBLADE_PROGRAM") === undefined ? 2 : 1;
/** Of the whole process; without exports it is 80 MiB, and one takes 50 KiB. */
const RESIDENT_MIB = 200;
/** A file, and the claims of an address and of an interface's number. */
const DESCRIPTORS = 3;

const ALL = Array.from({ length: COUNT }, (_, number) => number);
const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

async function start(wire: Wire, rig: ManyExports): Promise<TargetProcess> {
  return await TargetProcess.startCommand(wire.target, rig.command("serve", "-c", rig.configPath));
}

/** The fewest ticks of several spans of 10 s; no more spans than it takes to be under the limit. */
async function idleTicks(pid: number): Promise<number> {
  let least = Infinity;
  for (let span = 0; span < 4 && least > IDLE_TICKS; span++) {
    const before = cpuTicks(pid);
    await pause(10_000);
    least = Math.min(least, cpuTicks(pid) - before);
  }
  return least;
}

e2e("a thousand exports start soon, cost little, and are found by one query", [], async () => {
  await using wire = await Wire.open();
  using rig = new ManyExports(COUNT);
  using client = new ManyClient(wire);
  const startMs = performance.now();
  await using target = await start(wire, rig);
  await client.readAll(ALL, 20_000);
  const tookMs = performance.now() - startMs;
  assert(tookMs < START_MS, `it took ${tookMs} ms until all were read`);
  assertEquals(target.line.split(":")[1]?.trim().split(" ")[0], `${COUNT}`);
  const ticks = await idleTicks(target.pid);
  assert(ticks <= IDLE_TICKS, `${ticks} ticks in 10 s`);
  assertEquals((await client.discover(1000)).size, COUNT);
  const resident = Number.parseInt(statusOf(target.pid, "VmRSS")) / 1024;
  assert(resident < RESIDENT_MIB, `${resident} MiB are resident`);
  const descriptors = [...Deno.readDirSync(`/proc/${target.pid}/fd`)].length;
  assert(descriptors < COUNT * DESCRIPTORS + 100, `${descriptors} descriptors`);
  const { code, stdout } = await runProgram(["discover", "eth0"], { namespace: wire.initiator });
  assertEquals([code, stdout.trim().split("\n").length - 1], [0, COUNT]);
});

e2e("a reload of a thousand exports loses no frame of those that stay", [], async () => {
  await using wire = await Wire.open();
  using rig = new ManyExports(COUNT);
  using client = new ManyClient(wire);
  await using _target = await start(wire, rig);
  await client.readAll(ALL, 20_000);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", { waitMs: 2000 }));
  const device = await initiator.find(1, 7);
  let [isOver, reads] = [false, 0];
  const lane = async (): Promise<void> => {
    for (; !isOver; reads++) await initiator.read(device, reads % 2000, 1);
  };
  const load = Promise.all(Array.from({ length: 4 }, lane));
  try {
    for (const [count, told] of [[COUNT + 1, "Added e5.0"], [COUNT, "Removed e5.0"]] as const) {
      rig.write(count);
      const before = reads;
      const { code, stdout, stderr } = await runCommand(
        rig.command("reload", "--control-socket", rig.socket),
      );
      assertEquals([code, stderr], [0, ""]);
      assertEquals(stdout.trim().split("\n"), [told, `${COUNT} exports not touched`]);
      assert(reads > before, "nothing was read meanwhile");
    }
  } finally {
    isOver = true;
  }
  await load;
  assertEquals(initiator.link.retransmitCount, 0);
});
