/**
 * The initiator sends again what is not answered, takes one answer, and gives up in the end.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Initiator } from "../../lib/client/initiator.ts";
import { DiskError, MaskEditError, RefusedError } from "../../lib/client/target_error.ts";
import { TimeoutError } from "../../lib/error.ts";
import { Opcode } from "../../lib/ata/command.ts";
import { Image, pattern } from "./image.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";

const PATIENCE = { waitMs: 30, waitMaxMs: 100, patienceMs: 5000 };

e2e("a request that is not answered is sent again, and its first answer counts", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
  const device = await initiator.find(0, 0);
  let unasked = 0;
  initiator.link.unasked = () => unasked++;
  target.kill("SIGSTOP");
  const data = pattern(512, 4);
  const write = initiator.write(device, 9, data);
  await new Promise((resolve) => setTimeout(resolve, 300));
  target.kill("SIGCONT");
  await write;
  assertEquals(await initiator.read(device, 9, 1), data);
  assert(initiator.link.retransmitCount >= 2);
  // Answers to copies of the last request may still be on their way.
  const areAll = () => unasked === initiator.link.retransmitCount;
  for (let wait = 0; wait < 500 && !areAll(); wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(unasked, initiator.link.retransmitCount, "every copy was answered, one counted");
});

e2e("a target that stays away is given up", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
  const device = await initiator.find(0, 0);
  target.kill("SIGKILL");
  await target.ended();
  await assertRejects(() => initiator.read(device, 0, 64), TimeoutError);
  assertEquals(await initiator.discover(50), []);
});

e2e("what a target answers instead is told apart", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
  const device = await initiator.find(0, 0);
  const range = await assertRejects(() => initiator.read(device, 2048, 1), DiskError);
  assertEquals([range.status, range.error], [0x41, 0x10]);
  assertEquals(range.message.includes("not on the disk"), true);
  await assertRejects(() => initiator.ata(device, { opcode: 0x99 }), DiskError, "aborted");
  const short = { opcode: Opcode.WRITE_EXT, count: 2, data: new Uint8Array(512) };
  const refused = await assertRejects(() => initiator.ata(device, short), RefusedError);
  assertEquals(refused.code, 2);
  const edit = await assertRejects(
    () => initiator.mask(device, [{ directive: 0, mac: 0 }, { directive: 9, mac: 0 }]),
    MaskEditError,
  );
  assertEquals([edit.error, edit.index], [2, 1]);
  await assertRejects(() => initiator.write(device, 0, new Uint8Array(100)), RangeError, "100");
});

e2e("a run of sectors that fails names the sector, and nothing of it goes on", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
  const device = await initiator.find(0, 0);
  const error = await assertRejects(
    () => initiator.write(device, 1948, pattern(200 * 512, 7)),
    DiskError,
  );
  assertEquals(error.message.includes("at sector 2048"), true, error.message);
  assertEquals(await initiator.read(device, 1948, 100), pattern(200 * 512, 7).slice(0, 100 * 512));
});

e2e(
  "no more requests are under way than the target takes, and none waits for ever",
  [],
  async () => {
    await using wire = await Wire.open();
    using image = new Image(2 ** 20);
    const args = ["-b", "4", "0", "0", "eth0", image.path];
    await using target = await TargetProcess.start(wire.target, ...args);
    using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
    const device = await initiator.find(0, 0);
    const flow = initiator.flow(device);
    assertEquals(flow.windowMax, 4);
    const reads = Array.from({ length: 50 }, (_, at) => initiator.read(device, 8 * at, 8));
    assertEquals(flow.inFlight, 4);
    assertEquals((await Promise.all(reads)).length, 50);
    assertEquals([flow.inFlight, flow.waiting.length], [0, 0]);
    target.kill("SIGSTOP");
    const startMs = performance.now();
    const late = Array.from({ length: 50 }, () => initiator.read(device, 0, 8));
    const ends = await Promise.allSettled(late);
    assertEquals(ends.every((end) => end.status === "rejected"), true);
    assert(performance.now() - startMs < 2 * PATIENCE.patienceMs, "each had its own patience");
    target.kill("SIGCONT");
    assertEquals((await initiator.read(device, 0, 64)).length, 64 * 512);
  },
);
