/**
 * Block devices over files, for what only block devices do.
 *
 * @module
 */
import { command } from "./namespace.ts";

/** A loop device. */
export class LoopDevice implements AsyncDisposable {
  /** Its node, such as /dev/loop0. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes one over the file `backing` with sectors of `sectorSize` bytes. */
  static async open(backing: string, sectorSize: number = 512): Promise<LoopDevice> {
    const options = ["--show", "--find", "--sector-size", `${sectorSize}`];
    return new LoopDevice((await command("losetup", ...options, backing)).trim());
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await command("losetup", "--detach", this.path);
  }
}
