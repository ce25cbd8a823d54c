/**
 * A file system of its own for images, which a test may freeze.
 *
 * @module
 */
import { TemporaryFolder } from "../temporary.ts";
import { command } from "./namespace.ts";

/** What {@linkcode FileSystem} needs of the machine, as programs. */
export const FILE_SYSTEM_PROGRAMS: readonly string[] = ["mke2fs", "mount", "losetup", "fsfreeze"];

/** An ext4 file system on a loop device. */
export class FileSystem implements AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder, path: string) {
    this.#folder = folder;
    this.path = path;
  }

  /** Makes and mounts one of `size` bytes. */
  static async open(size: number): Promise<FileSystem> {
    using stack = new DisposableStack();
    const folder = stack.use(new TemporaryFolder("/var/tmp"));
    const file = folder.file("ext4.img", size);
    const path = `${folder.path}/mounted`;
    Deno.mkdirSync(path);
    await command("mke2fs", "-q", "-t", "ext4", file);
    await command("mount", "-o", "loop", file, path); // the device goes with the mount
    stack.move();
    return new FileSystem(folder, path);
  }

  /** Lets nothing be written to it while `run` runs: what is written meanwhile waits. */
  async frozen(run: () => Promise<void>): Promise<void> {
    await command("fsfreeze", "--freeze", this.path);
    try {
      await run();
    } finally {
      await command("fsfreeze", "--unfreeze", this.path);
    }
  }

  /** Removes it, with its device. */
  async [Symbol.asyncDispose](): Promise<void> {
    await command("umount", this.path);
    this.#folder[Symbol.dispose]();
  }
}
