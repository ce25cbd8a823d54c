/**
 * The clients of one export, by their MAC, with numbers about each. Nothing is allocated for a
 * request, nor for each of many made-up MACs: the table grows to its limit, and then the client
 * that was heard least recently gives way.
 *
 * @module
 */
import { EntryList } from "../target/entry_list.ts";
import type { Request } from "../target/request.ts";

/** So many are known. */
export const CLIENTS_MAX = 256;
const ROOM_FIRST = 8;

/** What is known of a client: indexes of its numbers. */
export const Value = {
  MAC: 0,
  READS: 1,
  WRITES: 2,
  OTHERS: 3,
  READ_BYTES: 4,
  WRITTEN_BYTES: 5,
  HEARD_MS: 6,
} as const;
const HIGH = 2 ** 32;
/** Numbers of a client. */
const VALUES = 8;

/** The table. A client is named by the index of its first number in {@linkcode values}. */
export class ClientTable {
  /** All numbers. */
  values: Float64Array = new Float64Array(0);
  /** By which interface each was heard last; by a client's name divided by the numbers of one. */
  #ports: string[] = [];
  /** Whose interface was noted last, and which it was: mostly the same again. */
  #portClient = -1;
  #port: { readonly name: string } | undefined;
  /** By hash: an entry, behind which {@linkcode #nexts} has those of the same hash; -1: none. */
  #heads = new Int16Array(0);
  #nexts = new Int16Array(0);
  /** All entries; the last heard is the last one. */
  #order = new EntryList(0);
  #count = 0;
  #last = -1;
  /** Random and odd, so that nobody can choose MACs that meet in one chain. */
  readonly #factor = (crypto.getRandomValues(new Int32Array(1))[0] ?? 0) | 1;

  /** The client that sent the request, from now on the last that was heard. */
  hear(request: Request): number {
    const last = this.#last;
    if (last >= 0 && this.values[last * VALUES] === request.source) return last * VALUES;
    let entry = this.#entryOf(request);
    if (entry < 0) entry = this.#enter(request);
    else this.#order.remove(entry);
    this.#order.append(entry);
    this.#last = entry;
    return entry * VALUES;
  }

  /** The client that sent the request; -1: it is not known any more. */
  find(request: Request): number {
    const last = this.#last;
    if (last >= 0 && this.values[last * VALUES] === request.source) return last * VALUES;
    const entry = this.#entryOf(request);
    return entry < 0 ? entry : entry * VALUES;
  }

  /** Notes by which interface a client was heard. */
  setPort(client: number, port: { readonly name: string }): void {
    if (client === this.#portClient && port === this.#port) return;
    this.#portClient = client;
    this.#port = port;
    this.#ports[client / VALUES] = port.name;
  }

  /** By which interface it was heard last. */
  portOf(client: number): string {
    return this.#ports[client / VALUES] ?? "";
  }

  /** All clients, the last heard first. */
  all(): number[] {
    return this.#entries().reverse().map((entry) => entry * VALUES);
  }

  #entries(): number[] {
    const entries: number[] = [];
    const order = this.#order;
    for (let entry = order.first; entry !== order.end; entry = order.after(entry)) {
      entries.push(entry);
    }
    return entries;
  }

  #entryOf(request: Request): number {
    const { source } = request;
    let entry = this.#heads[this.#hash(source)] ?? -1;
    while (entry >= 0 && this.values[entry * VALUES] !== source) entry = this.#nexts[entry] ?? -1;
    return entry;
  }

  #enter(request: Request): number {
    if (this.#count === this.#nexts.length && this.#count < CLIENTS_MAX) this.#grow();
    const entry = this.#count < this.#nexts.length ? this.#count++ : this.#giveWay();
    const { source } = request;
    this.values.fill(0, entry * VALUES, (entry + 1) * VALUES);
    this.#portClient = -1;
    this.values[entry * VALUES] = source;
    this.#chain(entry);
    return entry;
  }

  #chain(entry: number): void {
    const hash = this.#hash(this.values[entry * VALUES] ?? 0);
    this.#nexts[entry] = this.#heads[hash] ?? -1;
    this.#heads[hash] = entry;
  }

  /** Forgets the client that was heard least recently; its entry is free. */
  #giveWay(): number {
    const entry = this.#order.first;
    this.#order.remove(entry);
    const hash = this.#hash(this.values[entry * VALUES] ?? 0);
    const after = this.#nexts[entry] ?? -1;
    let before = this.#heads[hash] ?? -1;
    if (before === entry) {
      this.#heads[hash] = after;
      return entry;
    }
    while (this.#nexts[before] !== entry) before = this.#nexts[before] ?? -1;
    this.#nexts[before] = after;
    return entry;
  }

  #grow(): void {
    const entries = this.#entries();
    const { values } = this;
    const room = Math.max(ROOM_FIRST, 2 * this.#count);
    this.values = new Float64Array(room * VALUES);
    this.values.set(values);
    this.#order = new EntryList(room);
    this.#nexts = new Int16Array(room);
    this.#heads = new Int16Array(2 * room).fill(-1);
    for (const entry of entries) {
      this.#chain(entry);
      this.#order.append(entry);
    }
  }

  #hash(mac: number): number {
    const mixed = Math.imul(mac | 0, this.#factor) ^ Math.imul(mac / HIGH | 0, this.#factor);
    // The upper bits depend on all below them; the number of heads is a power of two.
    return mixed >>> Math.clz32(this.#heads.length) + 1;
  }
}
