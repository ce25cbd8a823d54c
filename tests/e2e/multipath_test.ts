/**
 * One export over two interfaces: both serve the same disk, and one of them going away leaves the
 * other one serving.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Device, Initiator, type InitiatorOptions } from "../../lib/client/initiator.ts";
import { TimeoutError } from "../../lib/error.ts";
import { formatMac } from "../../lib/wire/mac.ts";
import { ConfigFrame } from "../../lib/wire/config.ts";
import { Image, pattern } from "./image.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { assertRefused, SYSTEM } from "./refusal.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";

const IMAGE_SIZE = 2 ** 20;
const SECTOR_COUNT = IMAGE_SIZE / 512;
/** A path whose target is away for a while. */
const PATIENT = { waitMs: 50, waitMaxMs: 200, patienceMs: 20_000 };
/** So long a busy machine may take for an answer. */
const UNHURRIED_MS = 1500;
/** A path that must lose nothing: what takes so long was lost, however busy the machine is. */
const STRICT = { waitMs: 5000, waitMaxMs: 5000, patienceMs: 30_000 };

/** Two wires between two hosts: eth0 of MTU 1500, eth1 of MTU 9000. */
async function openWires(): Promise<Wire> {
  const wire = await Wire.open();
  await wire.plug(9000, "eth1");
  return wire;
}

function openPath(wire: Wire, name: string, options: InitiatorOptions = PATIENT): Initiator {
  return inNamespace(wire.initiator, () => Initiator.open(name, options));
}

function exportOf(image: Image, names = "eth0,eth1"): readonly string[] {
  return ["0", "0", names, image.path];
}

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

/** Writes and reads back by one path until `isOver()`, and then once more; how often. */
async function load(
  initiator: Initiator,
  device: Device,
  firstSector: number,
  isOver: () => boolean,
): Promise<number> {
  let rounds = 0;
  for (let last = false; !last;) {
    last = isOver();
    const data = pattern(64 * 512, ++rounds + firstSector);
    await initiator.write(device, firstSector, data);
    assertEquals(await initiator.read(device, firstSector, 64), data);
  }
  return rounds;
}

/** Runs `trouble` with eth1 while both paths are under load: eth0 must not notice. */
async function underLoad(wire: Wire, trouble: (target: TargetProcess) => Promise<void>) {
  using image = new Image(IMAGE_SIZE);
  await using target = await TargetProcess.start(wire.target, ...exportOf(image));
  using steady = openPath(wire, "eth0", STRICT);
  using troubled = openPath(wire, "eth1");
  let isOver = false;
  const [steadyDevice, troubledDevice] = [await steady.find(0, 0), await troubled.find(0, 0)];
  const loads = Promise.all([
    load(steady, steadyDevice, 0, () => isOver),
    load(troubled, troubledDevice, 1024, () => isOver),
  ]);
  let roundsMeanwhile = 0;
  try {
    await trouble(target);
  } finally {
    isOver = true;
    [roundsMeanwhile] = await loads;
  }
  assert(roundsMeanwhile > 20, `only ${roundsMeanwhile} rounds by eth0`);
  assertEquals(steady.link.retransmitCount, 0);
}

e2e("each path has its own config reply, and both lead to one disk", [], async () => {
  await using wire = await openWires();
  using image = new Image(IMAGE_SIZE);
  await using target = await TargetProcess.start(wire.target, ...exportOf(image));
  using one = openPath(wire, "eth0", STRICT);
  using other = openPath(wire, "eth1", STRICT);
  const [oneDevice, otherDevice] = [await one.find(0, 0), await other.find(0, 0)];
  assertEquals([oneDevice.sectorCount, otherDevice.sectorCount], [2, 17]);
  assert(oneDevice.mac !== otherDevice.mac);
  await target.logged(`on "eth0" (${formatMac(oneDevice.mac)}, MTU 1500, 2 sectors a frame)`);
  await target.logged(`and "eth1" (${formatMac(otherDevice.mac)}, MTU 9000, 17 sectors a frame)`);
  const data = pattern(IMAGE_SIZE, 1);
  const half = IMAGE_SIZE / 2;
  await Promise.all([
    one.write(oneDevice, 0, data.subarray(0, half)),
    other.write(otherDevice, SECTOR_COUNT / 2, data.subarray(half)),
  ]);
  assertEquals(image.read(), data);
  const reads = [one.read(oneDevice, 0, SECTOR_COUNT), other.read(otherDevice, 0, SECTOR_COUNT)];
  for (const read of await Promise.all(reads)) assertEquals(read, data);
  assertEquals([one.link.retransmitCount, other.link.retransmitCount], [0, 0]);
});

e2e("a change is advertised by the interfaces that it concerns", [], async () => {
  await using wire = await openWires();
  using image = new Image(IMAGE_SIZE);
  await using target = await TargetProcess.start(wire.target, ...exportOf(image));
  const heard: string[] = [];
  using one = openPath(wire, "eth0");
  using other = openPath(wire, "eth1");
  for (const [name, { link }] of [["eth0", one], ["eth1", other]] as const) {
    link.unasked = (bytes) => {
      heard.push(`${name} ${new ConfigFrame(new DataView(bytes.buffer)).sectorCount}`);
    };
  }
  /** A link listens while a question is open, such as these, which nobody answers. */
  const listen = async () => {
    const silence = () => new Uint8Array(60);
    await Promise.all([one, other].map(({ link }) => link.requestAll(silence(), 400)));
    return heard.splice(0).sort();
  };
  await listen(); // that of the start may still be on its way
  await wire.setMtu(4200, "eth1");
  await target.logged(`"eth1" has an MTU of 4200 now`);
  assertEquals(await listen(), ["eth1 8"]);
  await one.config(await one.find(0, 0), 3, new TextEncoder().encode("here"));
  assertEquals(await listen(), ["eth0 2", "eth1 8"]);
});

e2e("a link that goes down and comes up leaves the other one serving", [], async () => {
  await using wire = await openWires();
  await underLoad(wire, async (target) => {
    for (const name of [wire.target, wire.initiator]) {
      await wire.ip(name, "link set eth1 down");
      await target.logged(`"eth1" is down`);
      await pause(300);
      await wire.ip(name, "link set eth1 up");
      await target.logged(`"eth1" is up`);
      await pause(300);
    }
  });
});

e2e("an interface that is removed and made again leaves the other one serving", [], async () => {
  await using wire = await openWires();
  using image = new Image(IMAGE_SIZE);
  await using target = await TargetProcess.start(wire.target, ...exportOf(image));
  using steady = openPath(wire, "eth0", STRICT);
  let isOver = false;
  const steadyLoad = load(steady, await steady.find(0, 0), 0, () => isOver);
  const data = pattern(8 * 512, 5);
  for (let round = 0; round < 2; round++) {
    using before = openPath(wire, "eth1", { waitMs: 20, patienceMs: 2000 });
    const device = await before.find(0, 0);
    await before.write(device, 1024, data);
    const readOn = (async () => {
      for (;;) await before.read(device, 1024, 8);
    })().catch((error: Error) => error.name);
    await wire.ip(wire.target, "link del eth1");
    assertEquals(await readOn, "TimeoutError");
    await target.logged(`"eth1" is gone`);
    await wire.plug(9000, "eth1");
    using after = openPath(wire, "eth1");
    assertEquals(await after.read(await after.find(0, 0), 1024, 8), data);
  }
  isOver = true;
  assert(await steadyLoad > 20);
  assertEquals(steady.link.retransmitCount, 0);
});

e2e("with all interfaces gone it waits until one is back", [], async () => {
  await using wire = await openWires();
  using image = new Image(IMAGE_SIZE);
  await using target = await TargetProcess.start(wire.target, ...exportOf(image));
  for (const name of ["eth0", "eth1"]) {
    await wire.ip(wire.target, `link del ${name}`);
    await target.logged(`"${name}" is gone`);
  }
  await wire.plug(9000, "eth1");
  using path = openPath(wire, "eth1");
  const device = await path.find(0, 0);
  assertEquals((await path.read(device, 0, 8)).length, 8 * 512);
  target.kill("SIGTERM");
  assertEquals((await target.ended()).code, 0);
});

e2e("interfaces on one segment do not take each other for a second target", [], async () => {
  await using wire = await openWires();
  using image = new Image(IMAGE_SIZE);
  await wire.ip(wire.initiator, "link add lan type bridge");
  for (const name of ["eth0", "eth1"]) {
    await wire.ip(wire.initiator, `link set ${name} master lan`);
  }
  await wire.ip(wire.initiator, "link set lan up");
  await using _target = await TargetProcess.start(wire.target, ...exportOf(image));
  using initiator = openPath(wire, "lan");
  assertEquals(
    (await initiator.discover(UNHURRIED_MS)).map(({ sectorCount }) => sectorCount).sort(),
    [17, 2],
  );
});

e2e("a second target is found on every interface at start, and named", [], async () => {
  await using wire = await openWires();
  using image = new Image(IMAGE_SIZE);
  using other = new Image(IMAGE_SIZE);
  await using _first = await TargetProcess.start(wire.initiator, ...exportOf(other, "eth1"));
  await assertRefused(image.folder, {
    args: exportOf(image),
    code: SYSTEM,
    says: [`Cannot export e0.0 on "eth1": the target at`, "--force"],
    namespace: wire.target,
  });
});

e2e("an interface is claimed on its host, and is not to be named twice", [], async () => {
  await using wire = await openWires();
  using image = new Image(IMAGE_SIZE);
  using other = new Image(IMAGE_SIZE);
  await wire.ip(wire.target, "link property add dev eth1 altname lan1");
  const refused = { code: SYSTEM, namespace: wire.target };
  await assertRefused(image.folder, {
    ...refused,
    args: exportOf(image, "eth1,eth0,lan1"),
    says: [`Cannot export on "lan1": it is the same interface as "eth1"`],
  });
  await using _first = await TargetProcess.start(wire.target, ...exportOf(image));
  for (const [names, named] of [["lo,lan1", "lan1"], ["eth0", "eth0"]] as const) {
    await assertRefused(other.folder, {
      ...refused,
      args: exportOf(other, names),
      says: [`Cannot export e0.0 on "${named}": another dblade on this host`],
    });
  }
});

e2e("an interface that meets a second target when it comes up stays silent", [], async () => {
  await using wire = await openWires();
  using image = new Image(IMAGE_SIZE);
  using other = new Image(IMAGE_SIZE);
  await using second = await TargetProcess.start(wire.initiator, ...exportOf(other, "eth1"));
  await wire.ip(wire.target, "link set eth1 down");
  await using target = await TargetProcess.start(wire.target, ...exportOf(image));
  await wire.ip(wire.target, "link set eth1 up");
  await target.logged(`Cannot export e0.0 on "eth1": the target at`);
  await target.logged(`until then nothing is served on "eth1"`);
  using path = openPath(wire, "eth0");
  assertEquals((await path.read(await path.find(0, 0), 0, 1)).length, 512);
  second.kill("SIGTERM");
  await second.ended();
  using silent = openPath(wire, "eth1", { waitMs: 50, patienceMs: 500 });
  await assertRejects(() => silent.find(0, 0), TimeoutError);
  // It asks again when the link was down, and else after a while.
  await wire.ip(wire.target, "link set eth1 down");
  await pause(500); // it looks four times a second
  await wire.ip(wire.target, "link set eth1 up");
  using back = openPath(wire, "eth1");
  assertEquals((await back.find(0, 0)).sectorCount, 17);
});

/** Puts eth2 into the place of eth1 while the target cannot look. */
async function swap(wire: Wire, target: TargetProcess): Promise<void> {
  target.kill("SIGSTOP");
  for (const words of ["del eth1", "set eth2 down", "set eth2 name eth1", "set eth1 up"]) {
    await wire.ip(wire.target, `link ${words}`);
  }
  target.kill("SIGCONT");
}

e2e("an interface in the place of another one is asked on before it is served", [], async () => {
  await using wire = await openWires();
  await wire.plug(9000, "eth2");
  using image = new Image(IMAGE_SIZE);
  using other = new Image(IMAGE_SIZE);
  await using _second = await TargetProcess.start(wire.initiator, ...exportOf(other, "eth2"));
  await using target = await TargetProcess.start(wire.target, ...exportOf(image));
  using path = openPath(wire, "eth0");
  const device = await path.find(0, 0);
  await swap(wire, target);
  await target.logged(`"eth1" is gone`);
  await target.logged(`Cannot export e0.0 on "eth1": the target at`);
  await target.logged(`until then nothing is served on "eth1"`);
  assertEquals((await path.read(device, 0, 1)).length, 512);
  using silent = openPath(wire, "eth2", { waitMs: 50, patienceMs: 500 });
  await assertRejects(() => silent.find(0, 0), TimeoutError);
});

e2e(
  "a target whose only interface is another one by then ends where its address is taken",
  [],
  async () => {
    await using wire = await openWires();
    await wire.plug(9000, "eth2");
    using image = new Image(IMAGE_SIZE);
    using other = new Image(IMAGE_SIZE);
    await using second = await TargetProcess.start(wire.initiator, ...exportOf(other, "eth2"));
    await using target = await TargetProcess.start(wire.target, ...exportOf(image, "eth1"));
    await swap(wire, target);
    await target.logged(`Cannot export e0.0 on "eth1": the target at`);
    const { code } = await target.ended();
    assertEquals([code, second.stderr.includes("error")], [SYSTEM, false]);
  },
);
