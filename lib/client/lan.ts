/**
 * Several interfaces as one: finds the targets on all of them, and every path to one.
 *
 * @module
 */
import { TimeoutError } from "../error.ts";
import { formatAddress } from "../wire/address.ts";
import { type Device, Initiator, type InitiatorOptions } from "./initiator.ts";
import { ethernetUp, requireUp } from "./interfaces.ts";

/** An interface that is used. */
export interface Station {
  /** Its name. */
  readonly interface: string;
  /** The initiator on it. */
  readonly initiator: Initiator;
}

/** One way to a target: by an interface to a MAC. */
export interface Path extends Station {
  /** The target as it answered there. */
  readonly device: Device;
}

/** How long the answers to one question of {@linkcode Lan.find} are waited for. */
const ROUND_MS = 120;
/** How long interfaces are waited for that were silent while others were not. */
const LATE_MS = 240;
/** How long a target is looked for. */
const FIND_MS = 2000;

/** Some interfaces. */
export class Lan implements Disposable {
  /** The interfaces that are used, each with its initiator. */
  readonly stations: readonly Station[];
  readonly #resources: DisposableStack;

  private constructor(stations: readonly Station[], resources: DisposableStack) {
    this.stations = stations;
    this.#resources = resources;
  }

  /** Opens the interfaces `names`; without names all Ethernet interfaces that are up. */
  static open(names?: readonly string[], options: InitiatorOptions = {}): Lan {
    using stack = new DisposableStack();
    const stations = (names ?? ethernetUp()).map((name): Station => {
      if (names !== undefined) requireUp(name);
      return { interface: name, initiator: stack.use(Initiator.open(name, options)) };
    });
    return new Lan(stations, stack.move());
  }

  /** Names of the interfaces, for messages. */
  get names(): string {
    return this.stations.map((station) => station.interface).join(", ");
  }

  /** All paths to all targets that answer within `durationMs`, or the initiators' own time. */
  discover(durationMs?: number): Promise<readonly Path[]> {
    return this.#ask((initiator) => initiator.discover(durationMs));
  }

  /**
   * All paths to the target at shelf.slot. It is asked for until it answers or `patienceMs` is
   * over: then TimeoutError.
   */
  async find(
    shelf: number,
    slot: number,
    patienceMs: number = FIND_MS,
  ): Promise<readonly Path[]> {
    const endMs = performance.now() + patienceMs;
    do {
      const paths = await this.#ask((initiator) => initiator.findAll(shelf, slot, ROUND_MS));
      if (paths.length > 0) return [...paths, ...await this.#otherPaths(paths, shelf, slot)];
    } while (performance.now() < endMs);
    const address = formatAddress({ shelf, slot });
    throw new TimeoutError(`No target answers for ${address} on ${this.names}`);
  }

  /** Asks once more where nothing was heard: a busy target may be late on one interface. */
  #otherPaths(paths: readonly Path[], shelf: number, slot: number): Promise<readonly Path[]> {
    const silent = this.stations.filter((station) =>
      !paths.some((path) => path.initiator === station.initiator)
    );
    return this.#ask((initiator) => initiator.findAll(shelf, slot, LATE_MS), silent);
  }

  async #ask(
    question: (initiator: Initiator) => Promise<readonly Device[]>,
    stations: readonly Station[] = this.stations,
  ): Promise<readonly Path[]> {
    const found = await Promise.all(stations.map(async (station) => {
      const devices = await question(station.initiator);
      return devices.map((device): Path => ({ ...station, device }));
    }));
    return found.flat().sort(byAddress);
  }

  /** Closes the interfaces. */
  [Symbol.dispose](): void {
    this.#resources[Symbol.dispose]();
  }
}

function byAddress(one: Path, other: Path): number {
  return one.device.shelf - other.device.shelf || one.device.slot - other.device.slot ||
    one.interface.localeCompare(other.interface) || one.device.mac - other.device.mac;
}
