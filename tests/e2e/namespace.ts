/**
 * Network namespaces as test hosts: two of them joined by a veth pair, each end named eth0, and by
 * more pairs where a test asks for them.
 *
 * @module
 */

const CLONE_NEWNET = 0x40000000;
const O_RDONLY = 0;

/**
 * Only tests change the namespace of a thread: the program itself never does. Opened before the
 * first test of a file, which Deno before 2.9 would blame for a library left open.
 */
const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  setns: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
});

function openNamespace(path: string): number {
  const fd = libc.symbols.open(new TextEncoder().encode(path + "\0"), O_RDONLY, 0);
  if (fd < 0) throw new Error(`Cannot open the network namespace ${path}`);
  return fd;
}

function enter(fd: number): void {
  const result = libc.symbols.setns(fd, CLONE_NEWNET);
  libc.symbols.close(fd);
  if (result < 0) throw new Error("Cannot enter a network namespace");
}

/** Runs `open` with this thread in the namespace `name`: sockets that it opens stay there. */
export function inNamespace<T>(name: string, open: () => T): T {
  const home = openNamespace("/proc/thread-self/ns/net");
  enter(openNamespace(`/run/netns/${name}`));
  try {
    return open();
  } finally {
    enter(home);
  }
}

/** Runs a command; returns what it printed, or throws with what it complained. */
export async function command(...words: readonly string[]): Promise<string> {
  const [program = "", ...args] = words;
  const output = await new Deno.Command(program, { args, stdin: "null" }).output();
  const text = new TextDecoder();
  if (!output.success) {
    const told = text.decode(output.stdout) + text.decode(output.stderr);
    throw new Error(`"${words.join(" ")}" failed with ${output.code}: ${told}`);
  }
  return text.decode(output.stdout);
}

let count = 0;

/** Two hosts on one wire. */
export class Wire implements AsyncDisposable {
  /** Namespace of the initiator's host. */
  readonly initiator: string;
  /** Namespace of the target's host. */
  readonly target: string;

  private constructor(name: string) {
    this.initiator = `${name}i`;
    this.target = `${name}t`;
  }

  /** Makes both hosts. */
  static async open(mtu: number = 1500): Promise<Wire> {
    const wire = new Wire(`dblade-${Deno.pid}-${count++}`);
    await command("ip", "netns", "add", wire.initiator);
    await command("ip", "netns", "add", wire.target);
    for (const name of [wire.initiator, wire.target]) await wire.ip(name, "link set lo up");
    await wire.plug(mtu);
    return wire;
  }

  /** Runs `ip` with `words` in a namespace. */
  async ip(name: string, words: string): Promise<void> {
    await command("ip", "-n", name, ...words.split(" "));
  }

  /** Joins both hosts by a new pair of interfaces, each of that name. */
  async plug(mtu: number = 1500, device: string = "eth0"): Promise<void> {
    const words = `link add ${device} netns ${this.initiator} type veth peer name ${device} netns`;
    await command("ip", ...words.split(" "), this.target);
    await this.setMtu(mtu, device);
    for (const name of [this.initiator, this.target]) await this.ip(name, `link set ${device} up`);
  }

  /** Sets the MTU of both ends. */
  async setMtu(mtu: number, device: string = "eth0"): Promise<void> {
    for (const name of [this.initiator, this.target]) {
      await this.ip(name, `link set ${device} mtu ${mtu}`);
    }
  }

  /** Removes both hosts. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [this.initiator, this.target]) await command("ip", "netns", "del", name);
  }
}
