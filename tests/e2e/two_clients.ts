/**
 * Two clients with a MAC each on the initiator's end of one wire.
 *
 * @module
 */
import { assertRejects } from "@std/assert";
import { Initiator, type InitiatorOptions } from "../../lib/client/initiator.ts";
import { RefusedError } from "../../lib/client/target_error.ts";
import { TimeoutError } from "../../lib/error.ts";
import { AoeError } from "../../lib/wire/frame.ts";
import { inNamespace, Wire } from "./namespace.ts";

/** Long enough for an answer, had one been sent. */
const HASTY: InitiatorOptions = { waitMs: 100, waitMaxMs: 100, patienceMs: 250 };

/** One client, by two initiators of one MAC. */
export interface Client {
  /** Its MAC. */
  readonly mac: number;
  /** For what should be answered. */
  readonly patient: Initiator;
  /** For what should not. */
  readonly hasty: Initiator;
}

/** Both clients and their wire. */
export class TwoClients implements AsyncDisposable {
  /** The wire. */
  readonly wire: Wire;
  /** The client on eth0. */
  readonly one: Client;
  /** The client on eth1. */
  readonly other: Client;
  readonly #stack: AsyncDisposableStack;

  private constructor(stack: AsyncDisposableStack, wire: Wire, one: Client, other: Client) {
    this.#stack = stack;
    this.wire = wire;
    this.one = one;
    this.other = other;
  }

  /** Makes the wire and both clients. */
  static async open(): Promise<TwoClients> {
    await using stack = new AsyncDisposableStack();
    const wire = stack.use(await Wire.open());
    await wire.ip(wire.initiator, "link add link eth0 name eth1 type macvlan mode bridge");
    await wire.ip(wire.initiator, "link set eth1 up");
    const open = (name: string, options: InitiatorOptions): Initiator =>
      stack.use(inNamespace(wire.initiator, () => Initiator.open(name, options)));
    const client = (name: string): Client => {
      const patient = open(name, {});
      return { mac: patient.link.mac, patient, hasty: open(name, HASTY) };
    };
    const [one, other] = [client("eth0"), client("eth1")];
    return new TwoClients(stack.move(), wire, one, other);
  }

  /** Closes both clients and removes the wire. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Checks that none of the requests is answered. */
export async function assertSilence(requests: readonly Promise<unknown>[]): Promise<void> {
  await Promise.all(requests.map((request) => assertRejects(() => request, TimeoutError)));
}

/** Checks that every one of the requests is refused because the disk is reserved. */
export async function assertReserved(requests: readonly Promise<unknown>[]): Promise<void> {
  for (const { code } of await Promise.all(requests.map(refusal))) {
    if (code !== AoeError.RESERVED) throw new Error(`AoE error ${code}`);
  }
}

function refusal(request: Promise<unknown>): Promise<RefusedError> {
  return assertRejects(() => request, RefusedError);
}
