/**
 * Two hosts with a bridge between them, which is a host of its own: what is wrong in the middle of
 * a network can be made there.
 *
 * @module
 */
import { command } from "../namespace.ts";

let count = 0;

/** A client's host, a bridge and a target's host; the hosts' interfaces are named eth0. */
export class BridgedWire implements AsyncDisposable {
  /** Namespace of the client's host. */
  readonly client: string;
  /** Namespace of the bridge, whose ports are named client and target. */
  readonly bridge: string;
  /** Namespace of the target's host. */
  readonly target: string;

  private constructor(name: string) {
    this.client = `${name}c`;
    this.bridge = `${name}b`;
    this.target = `${name}t`;
  }

  /** Makes all three; everything has that MTU. */
  static async open(mtu: number): Promise<BridgedWire> {
    const wire = new BridgedWire(`dblade-bridged-${Deno.pid}-${count++}`);
    await using stack = new AsyncDisposableStack();
    for (const name of wire.#names) {
      await command("ip", "netns", "add", name);
      stack.defer(() => remove(name));
      await command("ip", "-n", name, "link", "set", "lo", "up");
    }
    await command("ip", "-n", wire.bridge, "link", "add", "bridge", "type", "bridge");
    for (const [host, port] of [[wire.client, "client"], [wire.target, "target"]] as const) {
      const words = `link add eth0 netns ${host} type veth peer name ${port} netns ${wire.bridge}`;
      await command("ip", ...words.split(" "));
      await wire.set(wire.bridge, port, "master bridge");
      await wire.set(wire.bridge, port, `mtu ${mtu} up`);
      await wire.set(host, "eth0", `mtu ${mtu} up`);
    }
    await wire.set(wire.bridge, "bridge", `mtu ${mtu} up`);
    stack.move();
    return wire;
  }

  get #names(): readonly string[] {
    return [this.client, this.bridge, this.target];
  }

  /** Runs `ip link set device words` on a host. */
  async set(host: string, device: string, words: string): Promise<void> {
    await command("ip", "-n", host, "link", "set", device, ...words.split(" "));
  }

  /** Drops what comes to a port of the bridge and meets an nft rule. */
  async drop(port: "client" | "target", rule: string): Promise<void> {
    const chain = `type filter hook ingress device ${port} priority 0; ${rule} drop;`;
    const text = `table netdev ${port} { chain drops { ${chain} }; }`;
    await command("ip", "netns", "exec", this.bridge, "nft", text);
  }

  /** Removes all three. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#names) await remove(name);
  }
}

async function remove(name: string): Promise<void> {
  await command("ip", "netns", "del", name);
}
