/**
 * Folders and loop devices that last for one test.
 *
 * @module
 */

/** A folder that is removed with all in it. */
export class TemporaryFolder implements Disposable {
  readonly path: string;

  /** Makes a folder below `parent`, or where temporary files go. */
  constructor(parent?: string) {
    this.path = Deno.makeTempDirSync(parent === undefined ? {} : { dir: parent });
  }

  /** Makes a file of `size` zero bytes that takes no room. Returns its path. */
  file(name: string, size: number): string {
    const path = `${this.path}/${name}`;
    Deno.writeFileSync(path, new Uint8Array(0));
    Deno.truncateSync(path, size);
    return path;
  }

  /** Makes a named pipe. Returns its path. */
  fifo(name: string): string {
    const path = `${this.path}/${name}`;
    const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
    if (!success) throw new Error(`mkfifo ${path} failed`);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

function losetup(...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command("losetup", { args }).outputSync();
  if (!success) throw new Error(`losetup ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

/** A block device over a file. */
export class LoopDevice implements Disposable {
  readonly path: string;

  /** Sets a device up over `file`; needs root. */
  constructor(file: string, sectorSize = 512) {
    this.path = losetup("--find", "--show", "--sector-size", `${sectorSize}`, file);
  }

  [Symbol.dispose](): void {
    losetup("--detach", this.path);
  }
}

/** Why there are no loop devices here; undefined where there are. */
export function noLoopDevices(): string | undefined {
  if (Deno.uid() !== 0) return "needs root";
  try {
    using folder = new TemporaryFolder();
    using _device = new LoopDevice(folder.file("probe", 65536));
    return undefined;
  } catch (error) {
    return `needs loop devices (${error instanceof Error ? error.message.trim() : error})`;
  }
}

/** Throws where there are no loop devices. */
export function needLoopDevices(): void {
  const reason = noLoopDevices();
  if (reason !== undefined) throw new Error(reason);
}

const NO_LOOP = noLoopDevices();

/** Registers a test of loop devices; where there are none it is skipped, and its name says why. */
export function testLoop(name: string, run: () => void | Promise<void>): void {
  if (NO_LOOP === undefined) Deno.test(name, run);
  else Deno.test.ignore(`${name} [skipped: ${NO_LOOP}]`, run);
}
