/**
 * From what the command line names to what is copied: a disk, a file or a standard stream.
 *
 * @module
 */
import { namingDisk } from "../client/disk_trouble.ts";
import type { Identification } from "../client/initiator.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import { DiskPlace } from "../transfer/disk_place.ts";
import { FilePlace } from "../transfer/file_place.ts";
import type { Destination, Place, Source } from "../transfer/place.ts";
import { StreamDestination, StreamSource } from "../transfer/stream_place.ts";
import { parseAddress, tryAddress } from "./address.ts";
import { type OpenDisk, openDisk } from "./disk.ts";
import { usage } from "./usage.ts";
import type { CommandValues } from "./values.ts";

/** The name of a standard stream. */
export const STREAM = "-";
const WINDOW_MAX = 4096;

/** What is open, and must be closed. */
export type Resources = Pick<DisposableStack, "use">;

/** Opens where data comes from. */
export function openSource(
  values: CommandValues,
  text: string,
  resources: Resources,
): Promise<Source | Place> {
  if (text === STREAM) {
    if (Deno.stdin.isTerminal()) {
      throw usage("Standard input is a terminal: name a file, or pipe the data in");
    }
    return Promise.resolve(StreamSource.open());
  }
  if (isDisk(text)) return openDiskPlace(values, text, resources);
  return Promise.resolve(resources.use(FilePlace.openToRead(text)));
}

/** Opens where data goes; a missing file is made, a disk that is read-only refused. */
export async function openDestination(
  values: CommandValues,
  text: string,
  resources: Resources,
): Promise<Destination | Place> {
  if (text === STREAM) return new StreamDestination();
  if (!isDisk(text)) return resources.use(FilePlace.openToWrite(text));
  const disk = await openDiskPlace(values, text, resources);
  await disk.requireWritable();
  return disk;
}

/** Opens a disk. */
export async function openDiskPlace(
  values: CommandValues,
  text: string,
  resources: Resources,
): Promise<DiskPlace> {
  const windowMax = values.integer("window", 1, WINDOW_MAX);
  const options = windowMax === undefined ? {} : { windowMax };
  const disk = resources.use(await openDisk(values, options, text));
  const { initiator, device } = disk.path;
  return new DiskPlace({
    name: disk.name,
    initiator,
    device,
    identification: await identificationOf(disk),
  });
}

/** How the disk describes itself; throws what the target answered instead, with the disk's name. */
export function identificationOf(disk: OpenDisk): Promise<Identification> {
  const { initiator, device } = disk.path;
  return namingDisk({ name: disk.name, initiator, device }, () => disk.identification);
}

/** Whether the text names a disk; throws for what is a mistyped address rather than a file. */
export function isDisk(text: string): boolean {
  if (tryAddress(text) !== undefined) return true;
  if (/^e?[0-9o]+[,:;_-][0-9o]+$/i.test(text)) parseAddress(text);
  return false;
}

/** The operand FILE of a command that has its disk already. */
export function fileOf(text: string, disk: string): string {
  if (!isDisk(text)) return text;
  throw usage(
    `"${text}" is a disk: "dblade copy" copies between disks (${disk} is the other one), and a ` +
      `file of that name is ./${text}`,
  );
}

/** Binary data on a terminal helps nobody. */
export function refuseTerminal(text: string): void {
  if (text !== STREAM || !Deno.stdout.isTerminal()) return;
  throw usage("Standard output is a terminal: name a file, or pipe the data into a program");
}

/** An option that counts sectors, in bytes. */
export function bytesOf(
  values: CommandValues,
  option: string,
  least: number = 0,
): number | undefined {
  const sectors = values.sectors(option, least, SECTORS_MAX);
  return sectors === undefined ? undefined : sectors * SECTOR_SIZE;
}

/** Sectors that ATA can address, and whose bytes a number holds exactly. */
const SECTORS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / SECTOR_SIZE);
