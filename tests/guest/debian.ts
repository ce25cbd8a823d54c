/**
 * Files of Debian packages, fetched and unpacked without installing anything: kernels and boot
 * loaders that the tests start in a virtual machine.
 *
 * They are kept in the user's cache folder, so that only the first run fetches them.
 *
 * @module
 */
import { apt, inTurn } from "../e2e/requires.ts";

/** Why what was asked for cannot be had. */
export class PackageError extends Error {}

/** Folder for what tests fetch: it outlives them. */
export function cacheFolder(): string {
  const home = Deno.env.get("HOME") ?? "/root";
  const folder = `${Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`}/dblade`;
  Deno.mkdirSync(folder, { recursive: true });
  return folder;
}

function output(program: string, args: readonly string[], cwd: string): string | undefined {
  const command = new Deno.Command(program, { args: [...args], cwd, stderr: "null" });
  const { success, stdout } = command.outputSync();
  return success ? new TextDecoder().decode(stdout) : undefined;
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Folder with the files of the newest package `name`. A package that has none itself and depends on
 * one that begins with the same words, as linux-image-amd64 does, stands for that one.
 *
 * @throws {PackageError} where apt has no such package, or cannot fetch it
 */
export function debianPackage(name: string): string {
  if (Deno.build.arch !== "x86_64") throw new PackageError("needs an x86-64 machine");
  const parent = `${cacheFolder()}/debian`;
  const folder = `${parent}/${name}`;
  if (!isFolder(folder)) inTurn(() => keep(name, parent));
  return folder;
}

/** Fetches a package into `parent`, unless another test file has done so meanwhile. */
function keep(name: string, parent: string): void {
  if (isFolder(`${parent}/${name}`)) return;
  Deno.mkdirSync(parent, { recursive: true });
  const work = Deno.makeTempDirSync({ dir: parent });
  try {
    fetch(name, work);
    Deno.renameSync(`${work}/files`, `${parent}/${name}`);
  } finally {
    Deno.removeSync(work, { recursive: true });
  }
}

/** Fetches a package and unpacks it into `work`/files. */
function fetch(name: string, work: string): void {
  if (output("apt-cache", ["show", "--no-all-versions", name], work) === undefined) {
    if (!apt("update", "-qq")) throw new PackageError("apt-get update failed");
    if (output("apt-cache", ["show", name], work) === undefined) {
      throw new PackageError(`apt has no package ${name}`);
    }
  }
  const depends = output("apt-cache", ["depends", name], work) ?? "";
  const stem = name.replace(/-[^-]*$/, "");
  const real = new RegExp(`Depends: (${stem}-[0-9]\\S*)`).exec(depends)?.[1] ?? name;
  const get = (): boolean => output("apt-get", ["download", "-qq", real], work) !== undefined;
  // Lists that are older than the newest package name a file that the server no longer has.
  if (!get() && !(apt("update", "-qq") && get())) {
    throw new PackageError(`apt-get download ${real} failed`);
  }
  const file = [...Deno.readDirSync(work)].find((entry) => entry.name.endsWith(".deb"))?.name;
  if (file === undefined || output("dpkg", ["-x", file, "files"], work) === undefined) {
    throw new PackageError(`${file ?? real} cannot be unpacked`);
  }
}
