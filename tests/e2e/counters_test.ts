/**
 * The counters: what was sent is what SIGUSR2, SIGUSR1 and the end of the program tell.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Opcode } from "../../lib/ata/command.ts";
import { Initiator } from "../../lib/client/initiator.ts";
import { ataRequest } from "../../lib/wire/requests.ts";
import { ClientEnd } from "./client_end.ts";
import { ask, countsOf, reports, told } from "./counters.ts";
import { Image, pattern } from "./image.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";

const IMAGE_SIZE = 2 ** 20;
/** Ethernet, AoE and ATA headers. */
const ATA_SIZE = 36;
/** Shortest frame of a reply. */
const SHORT = 60;

function sizeOf(replies: number, sectors: number): number {
  return replies * ATA_SIZE + sectors * 512;
}

e2e("the counters tell what was sent, by kind and interface", [], async () => {
  await using wire = await Wire.open();
  await wire.plug(9000, "eth1");
  using image = new Image(IMAGE_SIZE);
  const json = ["--log-format", "json"];
  const args = [...json, "0", "0", "eth0,eth1", image.path];
  await using target = await TargetProcess.start(wire.target, ...args);
  using one = inNamespace(wire.initiator, () => Initiator.open("eth0", { waitMs: 5000 }));
  using other = inNamespace(wire.initiator, () => Initiator.open("eth1", { waitMs: 5000 }));
  const device = await one.find(0, 0); // 60 bytes, answered with 60
  await one.write(device, 0, pattern(10 * 512, 1)); // 5 frames of 2 sectors
  await one.read(device, 0, 6); // 3 frames
  await one.flush(device);
  await one.trim(device, 100, 8);
  await one.read(device, IMAGE_SIZE / 512, 1).catch(() => {}); // behind the end
  const otherDevice = await other.find(0, 0);
  await other.read(otherDevice, 0, 34); // 2 frames of 17 sectors
  using raw = inNamespace(wire.initiator, () => new ClientEnd("eth1"));
  const route = { source: raw.mac, destination: otherDevice.mac, shelf: 0, slot: 0 };
  const read = ataRequest(route, { opcode: Opcode.READ_EXT, count: 1 });
  raw.send(read.subarray(0, 30)); // too short for its command
  const group = { ...route, destination: 0x01005e000001 };
  raw.send(ataRequest(group, { opcode: Opcode.READ_EXT, count: 1 })); // to others
  await other.identify(otherDevice); // answered after those two
  await ask(target, ["eth0", "eth1"]);
  assertEquals(told(reports(target).at(-1)), {
    reads: 6,
    writes: 5,
    flushes: 1,
    trims: 1,
    others: 3,
    answered: 16,
    refused: 1,
    ignored: 1,
    malformed: 1,
    readBytes: 40 * 512,
    writtenBytes: 10 * 512,
    trimmedBytes: 8 * 512,
  });
  assertEquals(told(reports(target, "eth0").at(-1)), {
    received: 12,
    receivedBytes: 6 * SHORT + sizeOf(5 + 1, 10 + 1), // reads, FLUSH and find; writes and TRIM
    sent: 13, // with an advertisement
    sentBytes: 10 * SHORT + sizeOf(3, 6),
  });
  assertEquals(told(reports(target, "eth1").at(-1)), {
    received: 6,
    receivedBytes: 5 * SHORT + 30,
    sent: 5,
    sentBytes: 2 * SHORT + sizeOf(3, 35),
  });
  await one.read(device, 0, 1);
  target.kill("SIGTERM");
  assertEquals((await target.ended()).code, 0);
  assertEquals([reports(target).length, reports(target, "eth1").length], [2, 2]);
  assertEquals(reports(target).at(-1)?.["reads"], 7);
});

e2e("frames that found no room are counted, and none is lost from the sum", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const args = ["-b", "2", "--log-format", "json", "0", "0", "eth0", image.path];
  await using target = await TargetProcess.start(wire.target, ...args);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
  const { mac } = await initiator.find(0, 0);
  target.kill("SIGSTOP");
  using raw = inNamespace(wire.initiator, () => new ClientEnd("eth0"));
  const route = { source: raw.mac, destination: mac, shelf: 0, slot: 0 };
  const flush = ataRequest(route, { opcode: Opcode.FLUSH_EXT });
  const sent = 20_000; // the kernel's default holds some hundreds
  for (let count = 0; count < sent; count++) raw.send(flush, count);
  target.kill("SIGCONT");
  await initiator.find(0, 0); // answered after all that waited
  const { received, dropped } = await countsOf(target, "eth0");
  assert(Number(dropped) > sent / 2, `${dropped} dropped`);
  const asked = 2 + initiator.link.retransmitCount; // a question may be dropped, too
  assertEquals(Number(received) + Number(dropped), sent + asked);
});

e2e("the counters are told under load without disturbing it", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  const unhurried = { waitMs: 5000, waitMaxMs: 5000, patienceMs: 30_000 };
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", unhurried));
  const device = await initiator.find(0, 0);
  let isOver = false;
  const load = (async () => {
    for (let round = 0; !isOver; round++) {
      const data = pattern(256 * 512, round);
      await initiator.write(device, 0, data);
      assertEquals(await initiator.read(device, 0, 256), data);
    }
  })();
  const toldCount = () =>
    target.stderr.split("\n").filter((line) => /e0\.0 on "eth0": /.test(line));
  for (let round = 0; round < 20; round++) {
    target.kill("SIGUSR2");
    for (let wait = 0; wait < 3000 && toldCount().length <= round; wait++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  isOver = true;
  await load;
  assertEquals(toldCount().length, 20);
  assertEquals(initiator.link.retransmitCount, 0);
  assertMatch(target.stderr, /info e0\.0: \d+ reads, \d+ writes, .*\d+ read bytes/);
  assertMatch(target.stderr, /info e0\.0 on "eth0": \d+ received, \d+ received bytes, \d+ sent/);
});

/** Port 9229 of 127.0.0.1, listening, as /proc/net/tcp writes it. */
const DEBUGGER = /0100007F:240D 00000000:0000 0A/;

e2e("SIGUSR1 tells the counters and leaves no debugger open", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
  const device = await initiator.find(0, 0);
  const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));
  await pause(2000); // Deno listens to the signal half a second after its start
  for (let count = 1; count <= 3; count++) {
    target.kill("SIGUSR1");
    assertEquals((await initiator.read(device, 0, 8)).length, 8 * 512);
    const toldCount = () => target.stderr.split("info e0.0: ").length - 1;
    for (let wait = 0; wait < 300 && toldCount() < count; wait++) await pause(100);
    await pause(300);
    assertEquals(toldCount(), count);
    // On a busy machine it may open late, and is closed later, then.
    const isOpen = () => DEBUGGER.test(Deno.readTextFileSync(`/proc/${target.pid}/net/tcp`));
    for (let waits = 0; waits < 50 && isOpen(); waits++) await pause(100);
    assertEquals(isOpen(), false);
  }
});
