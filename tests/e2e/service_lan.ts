/**
 * Two hosts with several wires between them, for a service and its clients.
 *
 * @module
 */
import { Initiator, type InitiatorOptions } from "../../lib/client/initiator.ts";
import { ConfigCommand } from "../../lib/wire/config.ts";
import { BROADCAST_MAC } from "../../lib/wire/mac.ts";
import { configRequest } from "../../lib/wire/requests.ts";
import { ClientEnd } from "./client_end.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { eventually, pause } from "./service_process.ts";

/** A frame that is sent again was lost: a busy machine is not so slow. */
const PATIENT: InitiatorOptions = { waitMs: 2000, waitMaxMs: 4000, patienceMs: 20_000 };
/** Long enough for an answer, had one been sent. */
export const HASTY: InitiatorOptions = { waitMs: 100, waitMaxMs: 100, patienceMs: 250 };
/** How long is waited for answers too many. */
const EXTRA_MS = 150;

/** See above. */
export class ServiceLan implements AsyncDisposable {
  /** The hosts. */
  readonly wire: Wire;
  readonly #stack: AsyncDisposableStack;

  private constructor(wire: Wire, stack: AsyncDisposableStack) {
    this.wire = wire;
    this.#stack = stack;
  }

  /** Makes both hosts with `count` wires, eth0 and so on; the clients' has another one on each. */
  static async make(count: number): Promise<ServiceLan> {
    await using stack = new AsyncDisposableStack();
    const wire = stack.use(await Wire.open());
    for (let index = 1; index < count; index++) await wire.plug(1500, `eth${index}`);
    const { initiator } = wire;
    for (let index = 0; index < count; index++) {
      await wire.ip(
        initiator,
        `link add link eth${index} name alt${index} type macvlan mode bridge`,
      );
      await wire.ip(initiator, `link set alt${index} up`);
    }
    return new ServiceLan(wire, stack.move());
  }

  /** Where the service runs. */
  get host(): string {
    return this.wire.target;
  }

  /** A client on an interface, which waits for answers. */
  client(name: string = "eth0", options: InitiatorOptions = PATIENT): Initiator {
    return this.#stack.use(this.open(name, options));
  }

  /** The same, which the caller closes. */
  open(name: string, options: InitiatorOptions = PATIENT): Initiator {
    return inNamespace(this.wire.initiator, () => Initiator.open(name, options));
  }

  /**
   * A client that soon gives up, with a MAC of its own: on alt0 and so on it hears what is for all,
   * but not the answers to clients on eth0.
   */
  hasty(index: number = 0): Initiator {
    return this.client(`alt${index}`, HASTY);
  }

  /** An end that sends and hears single frames. */
  end(name: string = "eth0"): ClientEnd {
    return this.#stack.use(inNamespace(this.wire.initiator, () => new ClientEnd(name)));
  }

  /** Runs `ip` on the service's host. */
  async ip(words: string): Promise<void> {
    await this.wire.ip(this.host, words);
  }

  /** Removes all. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

let lastTag = 0x5e_00_00_00;

/**
 * Asks once who has shelf.slot, which may be wildcards: the addresses of all answers, sorted, of
 * which `count` are waited for, and some time for more.
 */
export async function askOnce(
  end: ClientEnd,
  shelf: number,
  slot: number,
  count: number,
): Promise<readonly string[]> {
  const route = { source: end.mac, destination: BROADCAST_MAC, shelf, slot };
  const tag = ++lastTag;
  const answers: string[] = [];
  const take = (): void => {
    const seen = end.heard((frame) => ({ name: nameOf(frame), tag: frame.tag }));
    answers.push(...seen.filter((one) => one.tag === tag).map(({ name }) => name));
  };
  end.send(configRequest(route, ConfigCommand.READ), tag);
  await eventually(() => {
    take();
    return answers.length >= count;
  });
  await pause(EXTRA_MS);
  take();
  return answers.sort();
}

/** The address that a frame names. */
export function nameOf({ shelf, slot }: { shelf: number; slot: number }): string {
  return `e${shelf}.${slot}`;
}
