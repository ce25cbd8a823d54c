/**
 * A machine that boots from the target by iPXE, as Debian packs it.
 *
 * @module
 */
import type { Wire } from "../e2e/namespace.ts";
import { e2e } from "../e2e/requires.ts";
import { debianPackage } from "./debian.ts";
import { Machine } from "./machine.ts";

/** The second serial port, on which the BIOS, and so iPXE, has its console. */
const CONSOLE_PORT = 0x2f8;

/**
 * Registers a test that boots by iPXE and needs `programs` and what `prepare` gets; skipped, with
 * the reason, where it cannot be.
 */
export function ipxeTest(
  name: string,
  programs: readonly string[],
  run: (test: Deno.TestContext) => Promise<void>,
  prepare: () => void = () => {},
): void {
  e2e(name, ["qemu-system-x86_64", ...programs], run, () => {
    debianPackage("ipxe");
    prepare();
  });
}

/**
 * What the boot sector of the tests is told when it is assembled, see boot_sector.asm; in sectors.
 */
export interface BootSectorNumbers {
  /** First sector of the text that it reads. */
  readonly TEXT: number;
  /** First sector of what it writes. */
  readonly SPARE: number;
  /** Length of both. */
  readonly COUNT: number;
  /** Size of the disk. */
  readonly END: number;
}

/** Assembles the boot sector of the tests. */
export function assembleBootSector(numbers: BootSectorNumbers): Uint8Array<ArrayBuffer> {
  const file = Deno.makeTempFileSync();
  try {
    const source = new URL("boot_sector.asm", import.meta.url).pathname;
    const defines = Object.entries(numbers).map(([name, value]) => `-D${name}=${value}`);
    const args = ["-f", "bin", ...defines, "-o", file, source];
    const { success, stderr } = new Deno.Command("nasm", { args }).outputSync();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return Deno.readFileSync(file);
  } finally {
    Deno.removeSync(file);
  }
}

/** A machine that iPXE has started from an AoE disk. */
export class IpxeMachine implements AsyncDisposable {
  readonly #machine: Machine;
  readonly #folder: string;

  private constructor(machine: Machine, folder: string) {
    this.#machine = machine;
    this.#folder = folder;
  }

  /** Boots one on the wire's initiator end from the disk `address`, such as e0.0. */
  static async boot(wire: Wire, mtu: number, address: string): Promise<IpxeMachine> {
    const folder = Deno.makeTempDirSync();
    Deno.writeTextFileSync(`${folder}/script`, `#!ipxe\nifopen net0\nsanboot aoe:${address}\n`);
    Deno.writeFileSync(`${folder}/port`, new Uint8Array(Uint16Array.of(CONSOLE_PORT).buffer));
    const kernel = `${debianPackage("ipxe")}/boot/ipxe.lkrn`;
    const machine = await Machine.start(wire, mtu, [
      ...["-kernel", kernel, "-initrd", `${folder}/script`],
      ...["-serial", "stdio", "-serial", `file:${folder}/console`],
      ...["-fw_cfg", `name=etc/sercon-port,file=${folder}/port`],
    ]);
    return new IpxeMachine(machine, folder);
  }

  /** What it printed on its first serial port so far. */
  get text(): string {
    return this.#machine.text;
  }

  /** Types on its first serial port. */
  type(text: string): Promise<void> {
    return this.#machine.type(text);
  }

  /** Waits until it has printed what `pattern` matches, from character `start` on. */
  async printed(pattern: RegExp, patienceMs: number, start = 0): Promise<RegExpExecArray> {
    try {
      return await this.#machine.printed(pattern, patienceMs, start);
    } catch (error) {
      throw new Error(`${error}\n${Deno.readTextFileSync(`${this.#folder}/console`)}`);
    }
  }

  /** Switches it off. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine[Symbol.asyncDispose]();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
