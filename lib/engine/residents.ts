/**
 * The exports of one engine, by their addresses, and the interfaces that each is served on.
 *
 * @module
 */
import type { PacketFilter } from "../../ffi/packet_filter.ts";
import { assert } from "../assert.ts";
import { requestFilter } from "../wire/filter.ts";
import type { Export } from "./engine.ts";
import type { ServedPort } from "./port.ts";

/** One export in an engine; each engine adds what it needs. */
export class Resident {
  /** The export. */
  readonly served: Export;
  /** Its address as a number. */
  readonly key: number;
  /** The interfaces that it is served on. */
  readonly ports: ServedPort[] = [];

  /** Served nowhere yet. */
  constructor(served: Export) {
    this.served = served;
    this.key = served.target.addressKey;
  }

  /** Whether it is served on `port`. */
  isOn(port: ServedPort): boolean {
    for (let index = 0; index < this.ports.length; index++) {
      if (this.ports[index] === port) return true;
    }
    return false;
  }
}

/** See above. */
export class Residents<R extends Resident> {
  /** All of them, in no order. */
  readonly all: R[] = [];
  readonly #byKey = new Map<number, R>();
  readonly #byExport = new Map<Export, R>();
  /** Ports whose set of exports changed. */
  readonly #changed = new Set<ServedPort>();

  /** Takes one in; its address must be free. */
  add(resident: R): void {
    assert(!this.#byKey.has(resident.key), "two exports of an engine have one address");
    this.#byKey.set(resident.key, resident);
    this.#byExport.set(resident.served, resident);
    this.all.push(resident);
  }

  /** The resident of an export that was added. */
  of(served: Export): R {
    const resident = this.#byExport.get(served);
    assert(resident !== undefined, "the export is not the engine's");
    return resident;
  }

  /** Who is served on `port` under the address; undefined: nobody. */
  find(key: number, port: ServedPort): R | undefined {
    const resident = this.#byKey.get(key);
    return resident !== undefined && resident.isOn(port) ? resident : undefined;
  }

  /** Serves the export on `port`. */
  attach(served: Export, port: ServedPort): void {
    const resident = this.of(served);
    if (resident.isOn(port)) return;
    resident.ports.push(port);
    served.target.join(port);
    this.#changed.add(port);
  }

  /** Serves it there no more. */
  detach(served: Export, port: ServedPort): void {
    const { ports } = this.of(served);
    const index = ports.indexOf(port);
    if (index < 0) return;
    ports.splice(index, 1);
    served.target.leave(port);
    this.#changed.add(port);
  }

  /** Detaches all exports from `port`. */
  clear(port: ServedPort): void {
    for (const { served } of this.all) this.detach(served, port);
    this.#changed.delete(port);
  }

  /** Lets one go that is served nowhere. */
  remove(resident: R): void {
    assert(resident.ports.length === 0, "the export is still served");
    this.#byKey.delete(resident.key);
    this.#byExport.delete(resident.served);
    this.all.splice(this.all.indexOf(resident), 1);
  }

  /** The addresses that are served on `port`. */
  addresses(port: ServedPort): readonly { readonly shelf: number; readonly slot: number }[] {
    return this.all.filter((resident) => resident.isOn(port))
      .map(({ key }) => ({ shelf: key >>> 8, slot: key & 0xff }));
  }

  /** Lets the frames of those addresses come up by the interface of that index. */
  filter(port: ServedPort | undefined, index: number): PacketFilter {
    const addresses = port === undefined ? [] : this.addresses(port);
    return (sizeMax) => requestFilter(addresses, index, sizeMax);
  }

  /** The filters of all ports let through what is served by now. */
  refilter(): void {
    for (let port = this.takeChanged(); port; port = this.takeChanged()) {
      port.refilter(this.filter(port, port.index));
    }
  }

  /** Takes a port whose set of exports changed, for its filter; undefined: there is none. */
  takeChanged(): ServedPort | undefined {
    if (this.#changed.size === 0) return undefined;
    for (const port of this.#changed) {
      this.#changed.delete(port);
      return port;
    }
    return undefined;
  }
}
