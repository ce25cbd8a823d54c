/**
 * Trouble of the network never ends the target: under load, links go down, change and vanish.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Device, Initiator } from "../../lib/client/initiator.ts";
import { ConfigFrame } from "../../lib/wire/config.ts";
import { Image, pattern } from "./image.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { runProgram, TargetProcess } from "./target_process.ts";

const PATIENCE = { waitMs: 50, waitMaxMs: 200, patienceMs: 20_000 };

/** Writes and reads back for as long as `trouble` takes, and then once more. */
async function underLoad(
  initiator: Initiator,
  device: Device,
  trouble: () => Promise<void>,
): Promise<number> {
  let done = false;
  let rounds = 0;
  const load = async (lane: number): Promise<void> => {
    for (let last = false; !last;) {
      last = done;
      const data = pattern(8 * 512, ++rounds);
      await initiator.write(device, lane * 64, data);
      assertEquals(await initiator.read(device, lane * 64, 8), data);
    }
  };
  const lanes = Promise.all([0, 1, 2, 3].map(load));
  try {
    await trouble();
  } finally {
    done = true;
  }
  await lanes;
  return rounds;
}

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

e2e("a link that goes down and comes up is outlived", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
  const device = await initiator.find(0, 0);
  await underLoad(initiator, device, async () => {
    for (const name of [wire.target, wire.initiator]) {
      await pause(100);
      await wire.ip(name, "link set eth0 down");
      await target.logged(`"eth0" is down`);
      await wire.ip(name, "link set eth0 up");
      await pause(400);
    }
  });
  assert(target.stderr.includes(`"eth0" is up`));
});

e2e("a changed MTU is advertised with its sector count", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
  const device = await initiator.find(0, 0);
  const advertised: number[] = [];
  initiator.link.unasked = (bytes) => {
    const frame = new ConfigFrame(new DataView(bytes.buffer));
    // A second answer to a request that was sent twice is no advertisement.
    if (frame.tag === 0) advertised.push(frame.sectorCount);
  };
  await underLoad(initiator, device, async () => {
    for (const mtu of [9000, 1500, 4200]) {
      await wire.setMtu(mtu);
      await target.logged(`has an MTU of ${mtu} now`);
      await pause(100);
    }
  });
  assertEquals(advertised, [17, 2, 8]);
  assertEquals((await initiator.find(0, 0)).sectorCount, 8);
});

e2e("an MTU that falls under the load's frames loses nothing", [], async () => {
  await using wire = await Wire.open(9000);
  using image = new Image(2 ** 20);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
  const device = await initiator.find(0, 0);
  await wire.ip(wire.target, "link set eth0 mtu 1500");
  // The client still asks for 8 sectors a frame: it is refused, not left without an answer.
  let refused = "";
  await initiator.read(device, 0, 8).catch((error: Error) => refused = error.name);
  assertEquals(refused, "DiskError");
  await target.logged("has an MTU of 1500 now");
  const smaller = await initiator.find(0, 0);
  const data = pattern(64 * 512, 9);
  await initiator.write(smaller, 0, data);
  assertEquals(await initiator.read(smaller, 0, 64), data);
});

e2e("an interface that is removed and made again is taken up again", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  for (let round = 0; round < 2; round++) {
    using initiator = inNamespace(
      wire.initiator,
      () => Initiator.open("eth0", { waitMs: 20, patienceMs: 2000 }),
    );
    const device = await initiator.find(0, 0);
    const data = pattern(8 * 512, 77 + round);
    await initiator.write(device, 0, data);
    const load = (async () => {
      for (;;) await initiator.read(device, 0, 8);
    })().catch((error: Error) => error.name);
    await wire.ip(wire.target, "link del eth0");
    assertEquals(await load, "TimeoutError");
    await target.logged(`"eth0" is gone`);
    await wire.plug();
    using again = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
    const back = await again.find(0, 0);
    assertEquals(await again.read(back, 0, 8), data);
  }
  target.kill("SIGTERM");
  assertEquals((await target.ended()).code, 0);
});

e2e("an interface that comes back under its old index is taken up again", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
  await initiator.find(0, 0);
  // It goes and returns while the target cannot look: only its socket knows.
  target.kill("SIGSTOP");
  await wire.ip(wire.target, `link set eth0 netns ${wire.initiator} name away`);
  await wire.ip(wire.initiator, `link set away netns ${wire.target} name eth0`);
  await wire.ip(wire.target, "link set eth0 up");
  target.kill("SIGCONT");
  const device = await initiator.find(0, 0);
  assertEquals((await initiator.read(device, 0, 8)).length, 8 * 512);
});

e2e("an address stays claimed when its interface is made again", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  using other = new Image(2 ** 20);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  await wire.ip(wire.target, "link del eth0");
  await target.logged(`"eth0" is gone`);
  await wire.plug();
  await target.logged(`"eth0" is up`);
  const second = await runProgram(["0", "0", "eth0", other.path], { namespace: wire.target });
  assertEquals(second.code, 1);
  assertStringIncludes(second.stderr, "another dblade on this host");
});

e2e("an interface with a new MAC is served under that", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
  await initiator.find(0, 0);
  await wire.ip(wire.target, "link set eth0 address 02:00:00:00:00:77");
  await target.logged("has the address 02:00:00:00:00:77 now");
  const device = await initiator.find(0, 0);
  assertEquals(device.mac, 0x020000000077);
  assertEquals((await initiator.read(device, 0, 1)).length, 512);
});
