/**
 * What the figures depend on besides the programs: the machine.
 *
 * @module
 */
import { command } from "../e2e/namespace.ts";

/** Where images on a disk go, the first that is on one. */
const DISK_FOLDERS = ["/var/tmp", "/tmp"];

/** Type of a folder's file system, such as `ext4`, and what it is on, such as `/dev/vda`. */
async function fileSystemOf(folder: string): Promise<string> {
  return (await command("findmnt", "-n", "-o", "FSTYPE,SOURCE", "-T", folder)).trim();
}

/** The first usual folder for temporary files that is on a disk; throws where there is none. */
export async function folderOnDisk(): Promise<string> {
  for (const folder of DISK_FOLDERS) {
    if (!(await fileSystemOf(folder)).startsWith("tmpfs")) return folder;
  }
  throw new Error(`${DISK_FOLDERS.join(" and ")} are not on a disk: give an --image-folder`);
}

/** The machine in a line. */
export async function describeMachine(folder: string): Promise<string> {
  const cpu = /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1];
  const fileSystem = (await fileSystemOf(folder)).replace(/\s+/, " on ");
  return [
    `${navigator.hardwareConcurrency} CPUs (${cpu ?? Deno.build.arch})`,
    `Linux ${Deno.osRelease()}`,
    `Deno ${Deno.version.deno}`,
    `images on a disk in ${folder} (${fileSystem})`,
  ].join(", ");
}
