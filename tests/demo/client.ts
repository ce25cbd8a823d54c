/**
 * The demo's client: discovers the disk, writes to it, reads back, compares with the image.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { Initiator } from "../../lib/client/initiator.ts";
import { SECTOR_SIZE } from "../../lib/wire/ata.ts";
import { formatMac } from "../../lib/wire/mac.ts";

const DATA_MIB = 8;
const FIRST_SECTOR = 2048;

const [name = "eth0", image = "disk.img"] = parseArgs(Deno.args, { string: ["_"] })._;

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`   ${line}\n`));
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** Random bytes: the runtime gives 64 KiB at a time. */
function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}

function rate(size: number, startMs: number): string {
  return `${(size / 1e3 / (performance.now() - startMs)).toFixed(0)} MB/s`;
}

async function main(): Promise<number> {
  using initiator = Initiator.open(name);
  const [device] = await initiator.discover();
  if (device === undefined) {
    say("no target answered");
    return 1;
  }
  const { shelf, slot, mac, sectorCount } = device;
  say(`discovered e${shelf}.${slot} at ${formatMac(mac)}, ${sectorCount} sectors a frame`);
  const { model, firmware, serial, sectors } = await initiator.identify(device);
  say(`identified "${model}" ${firmware}, serial "${serial}", ${sectors} sectors`);

  const data = randomBytes(DATA_MIB * 2 ** 20);
  let startMs = performance.now();
  await initiator.write(device, FIRST_SECTOR, data);
  say(`wrote ${DATA_MIB} MiB of random data, ${rate(data.length, startMs)} with this client`);
  await initiator.flush(device);
  say("flushed: the data is durable");
  startMs = performance.now();
  const back = await initiator.read(device, FIRST_SECTOR, data.length / SECTOR_SIZE);
  say(`read them back, ${rate(data.length, startMs)}`);
  const start = FIRST_SECTOR * SECTOR_SIZE;
  const stored = Deno.readFileSync(image).subarray(start, start + data.length);
  if (!isSame(back, data) || !isSame(stored, data)) {
    say("what was read is NOT what was written");
    return 1;
  }
  say("compared: what was read, and what is in the image, is what was written");
  return 0;
}

Deno.exit(await main());
