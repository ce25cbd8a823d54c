/**
 * A virtual machine on the initiator's end of a wire: qemu with software emulation, so that it runs
 * everywhere.
 *
 * @module
 */
import { command, type Wire } from "../e2e/namespace.ts";

/** One virtual machine. What it prints on the serial port that is joined to it is kept. */
export class Machine implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;
  #text = "";
  #hasEnded = false;
  #wake = (): void => {};

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#input = process.stdin.getWriter();
    this.#reading = Promise.all([this.#read(process.stdout), this.#read(process.stderr)])
      .finally(() => {
        this.#hasEnded = true;
        this.#wake();
      });
  }

  /**
   * Starts one whose network cards are on the wire's initiator end. `args` are qemu's; the serial
   * port named "stdio" is the one that can be read and written here.
   *
   * @param mtu the largest that the cards can be set to
   */
  static async start(
    wire: Wire,
    mtu: number,
    args: readonly string[],
    cards: number = 1,
  ): Promise<Machine> {
    if (cards > 0) await plugTaps(wire.initiator, mtu, cards);
    const words = ["netns", "exec", wire.initiator, "qemu-system-x86_64"];
    words.push("-accel", "tcg,thread=multi", "-cpu", "max", "-m", "512", "-no-reboot");
    words.push("-display", "none", "-monitor", "none");
    for (let card = 0; card < cards; card++) {
      words.push("-netdev", `tap,id=net${card},ifname=tap${card},script=no,downscript=no`);
      words.push("-device", `virtio-net-pci,netdev=net${card},host_mtu=${mtu},romfile=`);
    }
    words.push(...args);
    const options = { args: words, stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    return new Machine(new Deno.Command("ip", options).spawn());
  }

  /** What it printed so far. */
  get text(): string {
    return this.#text;
  }

  /** Types on its serial port. */
  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Waits until it has printed what `pattern` matches, from character `start` on. */
  async printed(pattern: RegExp, patienceMs: number, start = 0): Promise<RegExpExecArray> {
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const match = pattern.exec(this.#text.slice(start));
      if (match !== null) return match;
      const waitMs = endMs - performance.now();
      if (this.#hasEnded || waitMs <= 0) {
        const why = this.#hasEnded ? "it ended" : `${patienceMs} ms passed`;
        throw new Error(`The machine did not print ${pattern}: ${why}. It printed: ${this.#text}`);
      }
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, waitMs);
      });
      clearTimeout(timer);
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      this.#wake();
    }
  }

  /** Switches it off. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // it has ended by itself
    }
    await this.#process.status;
    await this.#reading;
    await this.#input.close().catch(() => {});
  }
}

/** A switch between eth0 of the namespace and the interfaces tap0, tap1 ... that qemu opens. */
async function plugTaps(name: string, mtu: number, count: number): Promise<void> {
  const ip = (words: string): Promise<string> => command("ip", "-n", name, ...words.split(" "));
  await ip("link add name br0 type bridge");
  await ip(`link set br0 mtu ${mtu} up`);
  await ip("link set eth0 master br0");
  for (let index = 0; index < count; index++) {
    await ip(`tuntap add tap${index} mode tap`);
    await ip(`link set tap${index} mtu ${mtu} master br0 up`);
  }
}
