/**
 * What the clients of a simulation want done: mostly reads and writes of few sectors, so that they
 * meet.
 *
 * @module
 */
import { ataFrame, configFrame, maskFrame, reserveFrame } from "../frames.ts";
import type { Random } from "../random.ts";
import { writeTrimId } from "./disk_work.ts";
import { SECTOR, writeMark } from "./marks.ts";
import { Operation, type OperationKind } from "./operation.ts";
import type { ClientPlan } from "./scenario.ts";

/** The MAC of no client. */
const STRANGER = 0x02_00_00_03_00_00;
const RANGE_SIZE = 8;
/** A large export is used in so many places of so many sectors. */
const PLACES = 3;
const PLACE = 12;
/** The sectors of a range of a TRIM, mostly. */
const TRIM_SECTORS = 4;
const OPCODES: Readonly<Record<string, readonly number[]>> = {
  read: [0x20, 0x24, 0x25, 0xc8],
  verify: [0x40, 0x42],
  write: [0x30, 0x34, 0x35, 0xca],
  flush: [0xe7, 0xea],
};

/** So often of a hundred; what is left are questions. */
const MIXES: readonly (readonly (readonly [OperationKind, number])[])[] = [
  [["read", 35], ["write", 40], ["trim", 7], ["flush", 8], ["verify", 3], ["config", 2]],
  [["read", 10], ["write", 70], ["flush", 15]],
  [["read", 70], ["write", 20]],
  [["read", 40], ["write", 30], ["trim", 25]],
];

/** What is wanted on one export. */
export class Workload {
  readonly #random: Random;
  readonly #sectors: number;
  readonly #clients: readonly ClientPlan[];
  readonly #mixes: readonly (typeof MIXES)[number][];
  /** All operations; one's id is its index and more than 0. */
  readonly operations: (Operation | undefined)[] = [undefined];

  constructor(random: Random, sectors: number, clients: readonly ClientPlan[]) {
    this.#random = random;
    this.#sectors = sectors;
    this.#clients = clients;
    this.#mixes = clients.map(() => random.pick(MIXES));
  }

  /** An operation of any kind for client `client`. */
  make(client: number): Operation {
    const plan = this.#clients[client];
    let rest = this.#random.below(100);
    const kind = this.#mixes[client]?.find(([, share]) => (rest -= share) < 0)?.[0] ?? "identify";
    return this.#disk(client, kind, plan?.sectorsMax ?? 1);
  }

  #disk(client: number, kind: OperationKind, sectorsMax: number): Operation {
    const id = this.operations.length;
    const opcode = this.#random.pick(OPCODES[kind] ?? [0xec]);
    switch (kind) {
      case "trim": {
        const [block, sectors] = this.#trimBlock(id);
        const frame = ataFrame({ opcode: 0x06, aflags: 0x41, feature: 1, count: 1, data: block });
        return this.#add(client, kind, sectors, frame);
      }
      case "config":
        return this.#add(client, kind, [], configFrame({ ccmd: 4, string: `string ${id}` }));
      case "flush":
      case "identify":
        return this.#add(client, kind, [], ataFrame({ opcode }));
      default: {
        const sectors = this.#range(sectorsMax);
        const isWrite = kind === "write";
        const data = isWrite ? dataOf(id, sectors) : [];
        const aflags = isWrite ? 0x41 : 0x40;
        const fields = { opcode, aflags, lba: sectors[0] ?? 0, count: sectors.length, data };
        return this.#add(client, kind, sectors, ataFrame(fields));
      }
    }
  }

  /** Sectors of one of few places, if the export is large. */
  #range(sectorsMax: number): number[] {
    const random = this.#random;
    const count = 1 + random.below(Math.min(sectorsMax, this.#sectors));
    const room = this.#sectors - count + 1;
    const places = Math.floor(room / PLACE);
    const place = Math.floor(random.below(PLACES) * places / PLACES) * PLACE;
    const first = places < PLACES ? random.below(room) : place + random.below(PLACE);
    return Array.from({ length: count }, (_, index) => first + index);
  }

  /** One or two ranges, and the operation's id. */
  #trimBlock(id: number): [block: Uint8Array, sectors: number[]] {
    const block = new Uint8Array(SECTOR);
    const view = new DataView(block.buffer);
    const random = this.#random;
    const sectorsMax = random.oneIn(4) ? this.#sectors : TRIM_SECTORS;
    const ranges = Array.from({ length: random.pick([1, 1, 2]) }, () => this.#range(sectorsMax));
    ranges.forEach((range, index) => {
      view.setUint32(index * RANGE_SIZE, range[0] ?? 0, true);
      view.setUint16(index * RANGE_SIZE + 6, range.length, true);
    });
    writeTrimId(block, id);
    return [block, [...new Set(ranges.flat())].toSorted((one, other) => one - other)];
  }

  /** A change of who is served: some of `macs`, and those that must stay on the mask list. */
  makeChange(client: number, staying: readonly number[], macs: readonly number[]): Operation {
    const chosen = macs.filter(() => !this.#random.oneIn(3));
    const one = this.#random.pick([STRANGER, ...macs.filter((mac) => !staying.includes(mac))]);
    const stay = staying.map((mac) => [1, mac] as const);
    switch (this.#random.below(7)) {
      case 0:
        return this.#mask(client, [...stay, ...chosen.map((mac) => [1, mac] as const)]);
      case 1:
        return this.#mask(client, [...stay, [2, one]]);
      case 2:
      case 3:
        return this.admitAll(client, [...staying, ...macs]);
      case 4:
      case 5:
        return this.#reserve(client, this.#random.pick([1, 2]), chosen);
      default:
        return this.release(client);
    }
  }

  /** Empties the mask list. */
  admitAll(client: number, macs: readonly number[]): Operation {
    return this.#mask(client, macs.map((mac) => [2, mac] as const));
  }

  /** Ends the reservation. */
  release(client: number): Operation {
    return this.#reserve(client, 2, []);
  }

  #mask(client: number, directives: readonly (readonly [number, number])[]): Operation {
    return this.#add(client, "mask", [], maskFrame({ mcmd: 1, directives }));
  }

  #reserve(client: number, rcmd: number, macs: readonly number[]): Operation {
    return this.#add(client, "reserve", [], reserveFrame({ rcmd, macs }));
  }

  #add(
    client: number,
    kind: OperationKind,
    sectors: readonly number[],
    frame: Uint8Array<ArrayBuffer>,
  ): Operation {
    const operation = new Operation(this.operations.length, kind, client, sectors, frame);
    this.operations.push(operation);
    return operation;
  }
}

function dataOf(id: number, sectors: readonly number[]): Uint8Array {
  const data = new Uint8Array(sectors.length * SECTOR);
  sectors.forEach((sector, index) => writeMark(data, index * SECTOR, id, sector));
  return data;
}
