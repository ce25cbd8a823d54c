/**
 * Four clients with a whole window of jumbo frames each: the ring engine has room for all of them
 * at once, and tells how many there were where it has not.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Opcode } from "../../lib/ata/command.ts";
import { type Device, Initiator } from "../../lib/client/initiator.ts";
import { ataRequest } from "../../lib/wire/requests.ts";
import { ClientEnd } from "./client_end.ts";
import { countsOf } from "./counters.ts";
import { Image, pattern } from "./image.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";

const MTU = 9000;
/** Sectors of a frame. */
const COUNT = 17;
/** Requests that a client may have under way at the target's defaults. */
const WINDOW = 128;
const CLIENTS = 4;
/** Sectors of one client: two windows. */
const SPAN = 2 * WINDOW * COUNT;
/** What is not answered by then was lost, and is asked for again. */
const LOST_MS = 5000;
/** Slots of the ring at that MTU. */
const RING_SLOTS = 832;
/** A target that is stopped at once after a reply may not have given the request's slot back. */
const HELD_MAX = 16;

/** One client with its part of the disk. */
interface Client {
  readonly initiator: Initiator;
  readonly device: Device;
  /** Its first sector. */
  readonly lba: number;
}

/** A target with the ring engine, and clients with a MAC each at the other end of its wire. */
class Segment implements AsyncDisposable {
  readonly wire: Wire;
  readonly image: Image;
  readonly target: TargetProcess;
  readonly clients: readonly Client[];
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    parts: Pick<Segment, "wire" | "image" | "target" | "clients">,
  ) {
    this.#stack = stack;
    this.wire = parts.wire;
    this.image = parts.image;
    this.target = parts.target;
    this.clients = parts.clients;
  }

  /** Makes all of it. */
  static async open(clientCount: number, waitMs: number): Promise<Segment> {
    await using stack = new AsyncDisposableStack();
    const wire = stack.use(await Wire.open(MTU));
    const image = stack.use(new Image(CLIENTS * SPAN * 512));
    const args = ["--engine", "ring", "--log-format", "json", "0", "0", "eth0", image.path];
    const target = stack.use(await TargetProcess.start(wire.target, ...args));
    const clients: Client[] = [];
    for (let index = 0; index < clientCount; index++) {
      const name = `client${index}`;
      await wire.ip(wire.initiator, `link add link eth0 name ${name} type macvlan mode bridge`);
      await wire.ip(wire.initiator, `link set ${name} mtu ${MTU} up`);
      const open = () => Initiator.open(name, { waitMs, waitMaxMs: waitMs, patienceMs: 30_000 });
      const initiator = stack.use(inNamespace(wire.initiator, open));
      const device = await initiator.find(0, 0);
      assertEquals([device.sectorCount, device.bufferCount], [COUNT, WINDOW]);
      clients.push({ initiator, device, lba: index * SPAN });
    }
    return new Segment(stack.move(), { wire, image, target, clients });
  }

  /** Removes all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Both are megabytes: assertEquals would be long about their difference, or run out of memory. */
function assertSame(one: Uint8Array, other: Uint8Array): void {
  assertEquals(one.length, other.length);
  const first = one.findIndex((byte, index) => byte !== other[index]);
  assertEquals(first, -1, `they differ from byte ${first} on`);
}

/** All clients use the disk at once; returns what the image must hold then. */
async function useAll(clients: readonly Client[], seed: number): Promise<Uint8Array> {
  const data = pattern(clients.length * SPAN * 512, seed);
  await Promise.all(clients.map(async ({ initiator, device, lba }) => {
    const own = data.subarray(lba * 512, (lba + SPAN) * 512);
    await initiator.write(device, lba, own);
    assertSame(await initiator.read(device, lba, SPAN), own);
  }));
  return data;
}

e2e("four windows of jumbo frames at once are served without a loss", [], async () => {
  await using segment = await Segment.open(CLIENTS, LOST_MS);
  const { clients, image, target } = segment;
  for (let round = 1; round <= 4; round++) {
    assertSame(await useAll(clients, round), image.read());
  }
  // And all of the frames before the target has taken one.
  target.kill("SIGSTOP");
  const last = useAll(clients, 5);
  target.kill("SIGCONT");
  assertSame(await last, image.read());
  const { received, dropped = 0, cut = 0 } = await countsOf(target, "eth0");
  const sent = CLIENTS * (1 + 5 * 2 * 2 * WINDOW); // find, and writes and reads of two windows
  assertEquals({ received, dropped, cut }, { received: sent, dropped: 0, cut: 0 });
  assertEquals(clients.map(({ initiator }) => initiator.link.retransmitCount), [0, 0, 0, 0]);
});

e2e("jumbo frames that find no room are counted, and the target goes on", [], async () => {
  await using segment = await Segment.open(1, 1000);
  const { clients: [client], target, wire } = segment;
  assert(client !== undefined);
  const { initiator, device } = client;
  using raw = inNamespace(wire.initiator, () => new ClientEnd("eth0"));
  const route = { source: raw.mac, destination: device.mac, shelf: 0, slot: 0 };
  const data = new Uint8Array(COUNT * 512);
  const write = ataRequest(route, { opcode: Opcode.WRITE_EXT, count: COUNT, data });
  const sent = 2000;
  target.kill("SIGSTOP");
  for (let count = 0; count < sent; count++) raw.send(write, 1 + count);
  target.kill("SIGCONT");
  // This comes after all of them, and finds no room at first.
  await initiator.find(0, 0);
  const own = pattern(SPAN * 512, 6);
  await initiator.write(device, 0, own);
  assertSame(await initiator.read(device, 0, SPAN), own);
  const { received, dropped, cut = 0 } = await countsOf(target, "eth0");
  const { retransmitCount } = initiator.link;
  const asked = 2 + 2 * 2 * WINDOW + retransmitCount;
  assertEquals(Number(received) + Number(dropped) + Number(cut), sent + asked);
  assert(Number(dropped) > 0, "nothing was dropped");
  const surplus = sent + retransmitCount - (RING_SLOTS - HELD_MAX);
  assert(Number(dropped) <= surplus, `${dropped} dropped, ${surplus} are too many for the ring`);
});
