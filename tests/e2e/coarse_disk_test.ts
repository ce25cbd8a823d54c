/**
 * A disk with sectors of 4096 bytes, used directly by clients that write single sectors of 512
 * bytes, many of the same 4096 at once: none undoes what another one wrote. The ring engine alone
 * serves such a disk; how the plain one refuses it is in bad_file_test.ts.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Device, Initiator } from "../../lib/client/initiator.ts";
import { LoopDevice, needLoopDevices } from "../temporary.ts";
import { countsOf } from "./counters.ts";
import { Image, pattern } from "./image.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";
import { TwoClients } from "./two_clients.ts";

const SECTOR_SIZE = 512;
/** Sectors of 512 bytes in one of the disk's. */
const UNIT = 8;
/** Few units, so that clients meet. */
const SECTORS = 4 * UNIT;
const IMAGE_SIZE = 2 * SECTORS * SECTOR_SIZE;
const ROUNDS = 100;
/** What the disk holds at first. */
const FIRST = pattern(IMAGE_SIZE, 1);

/** What a sector holds in each of its versions; 0 is what it holds at first. */
function content(sector: number, version: number): Uint8Array {
  if (version > 0) return pattern(SECTOR_SIZE, version * SECTORS + sector);
  return FIRST.subarray(sector * SECTOR_SIZE, (sector + 1) * SECTOR_SIZE);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** Which version each sector may have. */
class Model {
  /** Reads that brought what they may bring. */
  checked = 0;
  /** The last version that was acknowledged, by sector. */
  readonly #done: number[] = Array.from({ length: SECTORS }, () => 0);
  /** The last version that was sent. */
  readonly #sent: number[] = Array.from({ length: SECTORS }, () => 0);

  /** Writes the next version of a sector that no other write is under way to. */
  async write(client: Initiator, device: Device, sector: number): Promise<void> {
    const version = (this.#done[sector] ?? 0) + 1;
    this.#sent[sector] = version;
    await client.write(device, sector, content(sector, version));
    this.#done[sector] = version;
  }

  /** Reads a sector: what was acknowledged before, or what was sent since. */
  async read(client: Initiator, device: Device, sector: number): Promise<void> {
    const oldest = this.#done[sector] ?? 0;
    const data = await client.read(device, sector, 1);
    const newest = this.#sent[sector] ?? 0;
    for (let version = oldest; version <= newest; version++) {
      if (isSame(data, content(sector, version))) {
        this.checked++;
        return;
      }
    }
    throw new Error(`sector ${sector} has none of the versions ${oldest} to ${newest}`);
  }

  /** The image when nothing is under way. */
  image(): Uint8Array {
    const image = FIRST.slice();
    this.#done.forEach((version, sector) => {
      image.set(content(sector, version), sector * SECTOR_SIZE);
    });
    return image;
  }
}

e2e("clients that share sectors of 4096 bytes keep what each wrote", ["losetup"], async () => {
  await using clients = await TwoClients.open();
  using image = new Image(IMAGE_SIZE, "/var/tmp");
  Deno.writeFileSync(image.path, FIRST);
  using disk = new LoopDevice(image.path, UNIT * SECTOR_SIZE);
  const args = ["--engine", "ring", "-d", "--log-format", "json", "0", "0", "eth0", disk.path];
  await using target = await TargetProcess.start(clients.wire.target, ...args);
  await target.logged("by direct I/O");
  const sides = [clients.one.patient, clients.other.patient];
  const device = await clients.one.patient.find(0, 0);
  const model = new Model();
  /** Each side writes every second sector and reads the others, all at once, again and again. */
  const work = async (client: Initiator, side: number): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) {
      const requests: Promise<void>[] = [];
      for (let sector = 0; sector < SECTORS; sector++) {
        const isOwn = sector % sides.length === side;
        const request = isOwn
          ? model.write(client, device, sector)
          : model.read(client, device, sector);
        requests.push(request);
      }
      await Promise.all(requests);
    }
  };
  await Promise.all(sides.map(work));
  assertEquals(model.checked, ROUNDS * SECTORS);
  const { dropped = 0 } = await countsOf(target, "eth0");
  assertEquals(dropped, 0);
  target.kill("SIGTERM");
  assertEquals((await target.ended()).code, 0);
  const [found, expected] = [image.read(), model.image()];
  const wrong = Array.from(found.keys().filter((index) => found[index] !== expected[index]));
  assertEquals(wrong, [], "bytes of the image");
}, needLoopDevices);
