/**
 * Interfaces of a service come, change and go, while clients on another one work.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { formatMac } from "../../lib/wire/mac.ts";
import { SHELF_ANY, SLOT_ANY } from "../../lib/wire/frame.ts";
import { ClientEnd } from "./client_end.ts";
import { pattern } from "./image.ts";
import { inNamespace } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { askOnce, nameOf, ServiceLan } from "./service_lan.ts";
import { LANE_SECTORS, ServiceLoad } from "./service_load.ts";
import { eventually, ServiceFolder, ServiceProcess } from "./service_process.ts";

const IMAGE_SIZE = 2 ** 20;
/** What is served where, by slot. */
const INTERFACES = [["eth0"], ["eth0", "san*"], ["san*"], ["eth0"]];
/** Exports that a new interface is for: of each worker one. */
const WANTED = ["e0.1", "e0.2"];
const MAC = "02:00:5e:10:00:aa";

/** A service of two workers, clients that work on eth0, and another wire that comes and goes. */
class Rig implements AsyncDisposable {
  readonly load: ServiceLoad = new ServiceLoad();
  readonly lan: ServiceLan;
  readonly service: ServiceProcess;
  readonly #stack: AsyncDisposableStack;
  /** What is heard on the other wire. */
  #end: ClientEnd | undefined;

  private constructor(lan: ServiceLan, service: ServiceProcess, stack: AsyncDisposableStack) {
    this.lan = lan;
    this.service = service;
    this.#stack = stack;
  }

  static async open(): Promise<Rig> {
    await using stack = new AsyncDisposableStack();
    const lan = stack.use(await ServiceLan.make(1));
    const folder = stack.use(new ServiceFolder());
    const exports = INTERFACES.map((interfaces, slot) => {
      return { shelf: 0, slot, path: folder.image(`d${slot}.img`, IMAGE_SIZE), interfaces };
    });
    folder.write({ server: { workers: 2 }, exports });
    const service = stack.use(await ServiceProcess.start(lan.host, folder));
    return new Rig(lan, service, stack.move());
  }

  /** Plugs the other wire in; its end at the service comes up once its clients listen. */
  async plug(): Promise<void> {
    const { initiator, target } = this.lan.wire;
    await this.lan.wire.ip(initiator, `link add far0 type veth peer name san0 netns ${target}`);
    await this.lan.wire.ip(initiator, "link set far0 up");
    this.#end = inNamespace(initiator, () => new ClientEnd("far0"));
    await this.ip("link set san0 up");
  }

  /** Pulls it out. */
  async unplug(): Promise<void> {
    this.#end?.[Symbol.dispose]();
    this.#end = undefined;
    await this.ip("link del san0");
  }

  get end(): ClientEnd {
    if (this.#end === undefined) throw new Error("the wire is not plugged in");
    return this.#end;
  }

  async ip(words: string): Promise<void> {
    await this.lan.ip(words);
  }

  /** Waits until both exports are advertised on the other wire, answer there, and are usable. */
  async assertTaken(what: string): Promise<void> {
    const heard = new Set<string>();
    const areHeard = await eventually(() => {
      for (
        const { name, tag } of this.end.heard((frame) => ({ name: nameOf(frame), tag: frame.tag }))
      ) {
        if (tag === 0) heard.add(name);
      }
      return WANTED.every((name) => heard.has(name));
    });
    assert(areHeard, `${what}: only ${[...heard]} were advertised: ${this.service.process.stderr}`);
    using client = this.lan.open("far0");
    for (const slot of [1, 2]) {
      const device = await client.find(0, slot);
      const data = pattern(64 * 512, what.length);
      await client.write(device, 0, data);
      assertEquals(await client.read(device, 0, 64), data, what);
    }
    // Not before: what is sent just after its link came up may be lost.
    assertEquals(await askOnce(this.end, SHELF_ANY, SLOT_ANY, 2), WANTED, what);
  }

  /** Forgets advertisements that were heard before. */
  hush(): void {
    this.end.heard(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.load.end();
    this.#end?.[Symbol.dispose]();
    await this.#stack.disposeAsync();
  }
}

/** Waits until the service says so of the interface and of e0.2, which is on no other one. */
async function assertTold(rig: Rig, name: string | undefined, condition: string): Promise<void> {
  await rig.service.until(`${name} and ${condition}`, ({ exports, interfaces }) => {
    const others = [...new Set(interfaces.map((one) => one.name))].filter((one) => one !== "eth0");
    const only = exports.find((one) => one.name === "e0.2");
    return `${others}` === (name ?? "") && only?.condition === condition;
  });
}

async function comeAndGo(rig: Rig): Promise<void> {
  await assertTold(rig, undefined, "waiting");
  await rig.plug();
  await rig.assertTaken("created");
  await assertTold(rig, "san0", "serving");

  await rig.lan.wire.ip(rig.lan.wire.initiator, "link set far0 mtu 9000");
  rig.hush();
  await rig.ip("link set san0 mtu 9000");
  await rig.assertTaken("a larger MTU");
  const { interfaces } = await rig.service.control.status();
  const sizes = interfaces.filter(({ name }) => name === "san0");
  assertEquals(sizes.map(({ mtu, sectorCount }) => [mtu, sectorCount]), [[9000, 17], [9000, 17]]);

  rig.hush();
  await rig.ip(`link set san0 address ${MAC}`);
  await rig.assertTaken("another MAC");
  using client = rig.lan.open("far0");
  assertEquals(formatMac((await client.find(0, 2)).mac), MAC);

  await rig.ip("link set san0 down");
  await assertTold(rig, "san0", "waiting");
  rig.hush();
  await rig.ip("link set san0 up");
  await rig.assertTaken("up again");
}

/** Renames the service's end, which has to be down for that on older kernels. */
async function rename(rig: Rig, from: string, to: string): Promise<void> {
  await rig.ip(`link set ${from} down`);
  await rig.ip(`link set ${from} name ${to}`);
  rig.hush();
  await rig.ip(`link set ${to} up`);
}

async function changeNames(rig: Rig): Promise<void> {
  await rename(rig, "san0", "lan0");
  await assertTold(rig, undefined, "waiting");
  assertEquals(await askOnce(rig.end, SHELF_ANY, SLOT_ANY, 0), []);
  await rename(rig, "lan0", "san0");
  await rig.assertTaken("its name again");
  await rename(rig, "san0", "san7");
  await rig.assertTaken("another name that is wanted");
  await assertTold(rig, "san7", "serving");
  await rename(rig, "san7", "san0");
  await rig.assertTaken("the first name");

  await rig.unplug();
  await assertTold(rig, undefined, "waiting");
  for (let turn = 0; turn < 3; turn++) {
    await rig.plug();
    await rig.assertTaken(`created again, ${turn}`);
    await rig.unplug();
  }
  await rig.plug();
  await rig.assertTaken("created at last");
}

e2e("interfaces come, change and go, and no client elsewhere loses a frame", [], async () => {
  await using rig = await Rig.open();
  const client = rig.lan.client();
  for (const slot of [0, 1, 3]) {
    // Those of the other wire write to the first sectors of e0.1.
    rig.load.add(client, await client.find(0, slot), 128 + LANE_SECTORS);
  }
  await comeAndGo(rig);
  await changeNames(rig);
  await rig.load.stop();
  assertEquals(rig.load.faults, []);
  assertEquals(client.link.retransmitCount, 0);
  assert(rig.load.countMin > 200, `a client had only ${rig.load.countMin} replies`);
  await rig.service.stop();
});
