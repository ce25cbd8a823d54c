/**
 * A service that is killed under load comes back as it was: what was acknowledged holds.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Device, Initiator } from "../../lib/client/initiator.ts";
import { TimeoutError } from "../../lib/error.ts";
import { ConfigCommand } from "../../lib/wire/config.ts";
import { formatMac } from "../../lib/wire/mac.ts";
import { pattern } from "./image.ts";
import { e2e } from "./requires.ts";
import { ServiceLan } from "./service_lan.ts";
import { eventually, ServiceFolder, ServiceProcess } from "./service_process.ts";

const SECTORS = 2048;
const SLOTS = [0, 1];
const TEXT = new TextEncoder().encode("rack 7");
/** Another client of e0.1, besides ours. */
const FRIEND = "02:00:5e:10:00:05";
/** Masks that an administrator gives and takes while it is killed. */
const GUESTS = ["02:00:5e:10:00:06", "02:00:5e:10:00:07"];

/** States are stored all the time: a write may wait for several syncs. */
const PATIENCE = { waitMs: 500, waitMaxMs: 500, patienceMs: 3000 };

/** Writes sectors one after the other, of which it knows those that were acknowledged. */
class Writer {
  /** The seed of what was acknowledged last, by sector. */
  readonly written = new Map<number, number>();
  /** The sector whose write was not acknowledged; what it holds is not said. */
  unknown = -1;
  readonly #initiator: Initiator;
  readonly #device: Device;

  constructor(initiator: Initiator, device: Device) {
    this.#initiator = initiator;
    this.#device = device;
  }

  /** Writes until nobody answers. */
  async run(): Promise<void> {
    for (let seed = 1;; seed++) {
      const lba = seed * 37 % SECTORS;
      this.unknown = lba;
      try {
        await this.#initiator.write(this.#device, lba, pattern(512, seed));
      } catch (error) {
        if (error instanceof TimeoutError) return;
        throw error;
      }
      this.written.set(lba, seed);
    }
  }

  /** Holds the image against what was acknowledged. */
  assertHas(image: Uint8Array): void {
    assert(this.written.size > 20, `only ${this.written.size} sectors were written`);
    for (const [lba, seed] of this.written) {
      if (lba === this.unknown) continue;
      const sector = image.slice(lba * 512, lba * 512 + 512);
      assertEquals(sector, pattern(512, seed), `sector ${lba}`);
    }
  }
}

/** Edits a mask list until nobody answers; what was acknowledged last, and what was asked last. */
async function editMasks(
  service: ServiceProcess,
  guests: readonly string[],
): Promise<readonly (readonly string[])[]> {
  let [acknowledged, asked]: (readonly string[])[] = [[], []];
  try {
    for (let turn = 0;; turn++) {
      asked = guests.slice(0, 2 + turn % 2);
      acknowledged = await service.control.access("e0.0", "mask", "set", asked);
    }
  } catch {
    return [acknowledged ?? [], asked ?? []];
  }
}

/** What was asked and acknowledged before a service was killed. */
interface Before {
  readonly writers: readonly Writer[];
  /** The mask lists of e0.0 that there may be. */
  readonly masks: readonly (readonly string[])[];
}

/** Starts one, lets clients and an administrator change all that there is, and kills it. */
async function killUnderLoad(
  lan: ServiceLan,
  folder: ServiceFolder,
  client: Initiator,
): Promise<Before> {
  const own = formatMac(client.link.mac);
  await using service = await ServiceProcess.start(lan.host, folder);
  const second = await client.find(0, 1);
  await client.config(second, ConfigCommand.SET, TEXT);
  await client.reserve(second, [client.link.mac]);
  await service.control.access("e0.1", "mask", "add", [own, FRIEND]);
  const devices = await Promise.all(SLOTS.map((slot) => client.find(0, slot)));
  const writers = devices.map((device) => new Writer(client, device));
  const editing = editMasks(service, [own, ...GUESTS]);
  const ended = Promise.all(writers.map((writer) => writer.run()));
  assert(await eventually(() => writers.every(({ written }) => written.size > 50)));
  service.process.kill("SIGKILL");
  await ended;
  return { writers, masks: await editing };
}

e2e("a service that is killed under load has what it acknowledged", [], async () => {
  await using lan = await ServiceLan.make(1);
  using folder = new ServiceFolder();
  const paths = SLOTS.map((slot) => folder.image(`d${slot}.img`, SECTORS * 512));
  const exports = paths.map((path, slot) => ({ shelf: 0, slot, path, sync: slot === 0 }));
  folder.write({ server: { workers: 2, "state-dir": folder.state }, exports });
  const client = lan.client("eth0", PATIENCE);
  const own = formatMac(client.link.mac);
  const { writers, masks } = await killUnderLoad(lan, folder, client);
  assert(Deno.lstatSync(folder.socket).isSocket, "the socket is left behind");
  paths.forEach((path, slot) => writers[slot]?.assertHas(Deno.readFileSync(path)));

  await using service = await ServiceProcess.start(lan.host, folder);
  const [first, second] = [await service.export("e0.0"), await service.export("e0.1")];
  assert(
    masks.some((list) => JSON.stringify(list) === JSON.stringify(first.masks)),
    `${first.masks} is none of ${JSON.stringify(masks)}`,
  );
  assert(first.masks.length > 0, "an edit was acknowledged before the end");
  const { configString, reservations, condition } = second;
  assertEquals([configString, reservations, condition], ["rack 7", [own], "serving"]);
  assertEquals(second.masks, [own, FRIEND]);
  const device = await client.find(0, 1);
  await client.write(device, 0, pattern(512, 99));
  assertEquals(await client.read(device, 0, 1), pattern(512, 99));
  assertEquals((Deno.lstatSync(folder.socket).mode ?? 0) & 0o777, 0o600);
  await service.stop();
  assert(![...Deno.readDirSync(folder.path)].some(({ name }) => name === "dblade.sock"));
});

e2e("clients go on with a service that was killed and started again", [], async () => {
  await using lan = await ServiceLan.make(2);
  using folder = new ServiceFolder();
  const path = folder.image("d0.img", SECTORS * 512);
  folder.write({ exports: [{ shelf: 0, slot: 0, path }] });
  const patience = { waitMs: 100, waitMaxMs: 200, patienceMs: 30_000 };
  const clients = ["eth0", "eth1"].map((name) => lan.client(name, patience));
  const works: Promise<void>[] = [];
  {
    await using service = await ServiceProcess.start(lan.host, folder);
    const devices = await Promise.all(clients.map((client) => client.find(0, 0)));
    service.process.kill("SIGKILL");
    await service.process.ended();
    clients.forEach((client, index) => {
      const device = devices[index];
      if (device !== undefined) {
        works.push(client.write(device, index * 64, pattern(32_768, index)));
      }
    });
  }
  await using service = await ServiceProcess.start(lan.host, folder);
  await Promise.all(works);
  await service.stop();
  assertEquals(Deno.readFileSync(path).slice(0, 32_768), pattern(32_768, 0));
  assertEquals(Deno.readFileSync(path).slice(32_768, 65_536), pattern(32_768, 1));
});
