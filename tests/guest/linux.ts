/**
 * A Linux guest with the kernel's own AoE driver, whose shell the tests use.
 *
 * @module
 */
import type { Wire } from "../e2e/namespace.ts";
import { e2e } from "../e2e/requires.ts";
import { debianPackage } from "./debian.ts";
import { kernelImage, packInitramfs } from "./initramfs.ts";
import { Machine } from "./machine.ts";

const PROGRAMS = ["qemu-system-x86_64", "cpio", "depmod", "mke2fs", "resize2fs", "aoe-discover"];
/** Software emulation on a busy machine takes its time. */
const BOOT_PATIENCE_MS = 120_000;
const RUN_PATIENCE_MS = 180_000;

/** A shell function for guests: wait_for e0.0 waits until the driver has the disk. */
export const WAIT_FOR = `wait_for() {
  for try in $(seq 100); do
    [ "$(cat /sys/block/etherd!$1/state 2>/dev/null)" = up ] && return
    [ $((try % 10)) = 1 ] && aoe-discover
    sleep 0.2
  done
  echo "no disk $1"; exit 1
}`;

/** A shell function for guests: eventually COMMAND tries it for a minute. */
export const EVENTUALLY = `eventually() {
  for try in $(seq 300); do "$@" && return; sleep 0.2; done
  echo "never: $*"; return 1
}`;

/** Registers a test that boots Linux guests; skipped, with the reason, where it cannot be. */
export function linuxTest(name: string, run: (test: Deno.TestContext) => Promise<void>): void {
  e2e(name, PROGRAMS, run, () => {
    debianPackage("linux-image-amd64");
    debianPackage("busybox-static");
  });
}

/** A guest that has booted. */
export class LinuxGuest implements AsyncDisposable {
  readonly #machine: Machine;
  readonly #folder: string;

  private constructor(machine: Machine, folder: string) {
    this.#machine = machine;
    this.#folder = folder;
  }

  /** Boots one on the wire's initiator end, with network cards eth0, eth1 ... */
  static async boot(wire: Wire, mtu: number, cards: number = 1): Promise<LinuxGuest> {
    const folder = Deno.makeTempDirSync();
    const kernel = debianPackage("linux-image-amd64");
    const initramfs = `${folder}/initramfs.gz`;
    packInitramfs(kernel, debianPackage("busybox-static"), initramfs);
    const words = `console=ttyS0 quiet panic=-1 mtu=${mtu}`;
    const machine = await Machine.start(wire, mtu, [
      ...["-kernel", kernelImage(kernel), "-initrd", initramfs, "-append", words],
      ...["-serial", `file:${folder}/console`, "-serial", "stdio"],
    ], cards);
    const guest = new LinuxGuest(machine, folder);
    try {
      await machine.printed(/ready/, BOOT_PATIENCE_MS);
    } catch (error) {
      const { console } = guest;
      await guest[Symbol.asyncDispose]();
      throw new Error(`The guest does not boot: ${error}\n${console}`);
    }
    return guest;
  }

  /** What its kernel printed. */
  get console(): string {
    return Deno.readTextFileSync(`${this.#folder}/console`);
  }

  /** Runs shell commands; returns what they printed, and throws it if one of them failed. */
  async run(script: string, patienceMs = RUN_PATIENCE_MS): Promise<string> {
    const start = this.#machine.text.length;
    await this.#machine.type(new TextEncoder().encode(script).toBase64() + "\n");
    const pattern = /([^]*)ended with (\d+)\n/;
    const [, text = "", status] = await this.#answer(pattern, patienceMs, start);
    if (status !== "0") throw new Error(`"${script}" ended with ${status}: ${text}${this.console}`);
    return text;
  }

  /** A guest that hangs is switched off, so that what comes after fails at once. */
  async #answer(pattern: RegExp, patienceMs: number, start: number): Promise<RegExpExecArray> {
    try {
      return await this.#machine.printed(pattern, patienceMs, start);
    } catch (error) {
      await this.#machine[Symbol.asyncDispose]();
      throw new Error(`${error}\n${this.console}`);
    }
  }

  /** Switches it off. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine[Symbol.asyncDispose]();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
