/**
 * Clients, as far as a target can tell them apart. The Linux driver asks again under a new tag, by
 * its next path, and takes the answer to its last question only. iPXE asks again under the same
 * tag, by the same path, and does one thing at a time. A plain client asks again by its next path
 * under either tag and takes any answer.
 *
 * @module
 */
import type { Random } from "../random.ts";
import { bigEndian } from "../frames.ts";
import type { Clock } from "./clock.ts";
import { Finding } from "./finding.ts";
import type { Copy, Operation } from "./operation.ts";
import type { Reply } from "./reply.ts";
import type { ClientPlan } from "./scenario.ts";

/** So often is asked until an operation is given up, or taken for lost on a good network. */
const TRIES_MAX = 8;
const CALM_TRIES_MAX = 12;
/** An operation that the network brings no more copies of is given up sooner. */
const CLOSED_TRIES_MAX = 3;
/** The timeout doubles with each try, so often. */
const BACKOFF_MAX = 5;
const CALM_TIMEOUT_US = 2000;

/** What surrounds a client. */
export interface ClientWorld {
  readonly clock: Clock;
  readonly random: Random;
  /** Makes the next operation of a client; undefined: there are enough. */
  readonly next: (client: number) => Operation | undefined;
  readonly send: (copy: Copy) => void;
  /** Whether the end is near: nothing may be given up that can be answered. */
  readonly isCalm: () => boolean;
}

interface Attempt {
  readonly operation: Operation;
  tag: number;
  tries: number;
  /** Tries on the good network at the end. */
  calmTries: number;
}

/** One client. */
export class Client {
  readonly index: number;
  readonly plan: ClientPlan;
  readonly #world: ClientWorld;
  /** What is under way, by each tag whose answer is taken. */
  readonly #attempts: Map<number, Attempt> = new Map();
  #openCount = 0;
  #path = 0;
  #nextTag: number;
  #hasAll = false;

  constructor(index: number, plan: ClientPlan, world: ClientWorld) {
    this.index = index;
    this.plan = plan;
    this.#world = world;
    this.#nextTag = 1 + index * 0x100000;
  }

  /** Whether nothing is left to do. */
  get isDone(): boolean {
    return this.#hasAll && this.#openCount === 0;
  }

  /** Does what there is room for. */
  pump(): void {
    this.#hasAll = false;
    while (this.#openCount < this.plan.window) {
      const operation = this.#world.next(this.index);
      if (operation === undefined) {
        this.#hasAll = true;
        return;
      }
      this.#openCount++;
      this.#try({ operation, tag: this.#nextTag++, tries: 0, calmTries: 0 });
    }
  }

  #try(attempt: Attempt): void {
    const { random, clock, isCalm } = this.#world;
    const { kind, timeoutUs } = this.plan;
    const isNew = kind === "linux" || (kind === "plain" && random.oneIn(2));
    if (attempt.tries > 0 && isNew) {
      if (kind === "linux") this.#attempts.delete(attempt.tag);
      attempt.tag = this.#nextTag++;
    }
    if (attempt.tries > 0 && kind !== "ipxe") this.#path++;
    attempt.tries++;
    if (isCalm()) attempt.calmTries++;
    this.#attempts.set(attempt.tag, attempt);
    this.#world.send(this.#copyOf(attempt));
    const factor = isCalm() ? attempt.calmTries : Math.min(attempt.tries - 1, BACKOFF_MAX);
    const waitUs = (isCalm() ? CALM_TIMEOUT_US : timeoutUs) * 2 ** factor;
    const { tries } = attempt;
    // Not all at once: a target that is full would drop the same ones again and again.
    clock.after(waitUs + random.below(waitUs), () => {
      if (this.#attempts.get(attempt.tag) === attempt && attempt.tries === tries) {
        this.#timeOut(attempt);
      }
    });
  }

  #timeOut(attempt: Attempt): void {
    const { operation, tries, calmTries } = attempt;
    const isHopeless = operation.isClosed && tries >= CLOSED_TRIES_MAX;
    if (this.#world.isCalm()) {
      if (isHopeless) return this.#end(attempt);
      if (calmTries < CALM_TRIES_MAX) return this.#try(attempt);
      throw new Finding("an operation is never answered", { operation: operation.id });
    }
    if (isHopeless || tries >= TRIES_MAX) this.#end(attempt);
    else this.#try(attempt);
  }

  #copyOf({ operation, tag }: Attempt): Copy {
    const { macs, ports } = this.plan;
    const source = macs[this.#path % macs.length] ?? 0;
    const port = ports[Math.floor(this.#path / macs.length) % ports.length];
    if (port === undefined) throw new RangeError("a client needs a port");
    const frame = operation.frame.slice();
    frame.set(bigEndian(port.mac, 6), 0);
    frame.set(bigEndian(source, 6), 6);
    frame.set(bigEndian(tag, 4), 20);
    return { operation, frame, source, tag, port };
  }

  /** A reply is there. */
  receive({ tag }: Reply): void {
    const attempt = this.#attempts.get(tag);
    if (attempt !== undefined) this.#end(attempt);
  }

  #end(attempt: Attempt): void {
    for (const [tag, other] of this.#attempts) if (other === attempt) this.#attempts.delete(tag);
    this.#openCount--;
    const { clock, random } = this.#world;
    clock.after(random.below(this.plan.pauseUs), () => this.pump());
  }
}
