/**
 * What a seed stands for: how the target is served, over which interfaces, to which clients, and
 * how bad network and disk are. Each trouble is absent from many seeds, so that what needs calm
 * shows too.
 *
 * @module
 */
import type { PortAddress } from "../../lib/target/request.ts";
import { fakePort } from "../fake_export.ts";
import { TARGET_MAC } from "../frames.ts";
import { Random } from "../random.ts";

/** Chances are in thousandths, times in microseconds. */
export interface NetworkPlan {
  readonly loss: number;
  readonly duplication: number;
  readonly delayMinUs: number;
  readonly delayMaxUs: number;
  /** Chance of a delay ten times as long. */
  readonly lateness: number;
  /** So often one of the wires is broken; 0: none ever is. */
  readonly outageEveryUs: number;
  readonly outageUs: number;
}

/** Chances are in thousandths, times in microseconds. */
export interface DiskPlan {
  /** Chance that work is done as soon as it is asked for. */
  readonly cached: number;
  readonly workMaxUs: number;
  /** Chance of work that takes a hundred times as long. */
  readonly stall: number;
  readonly failure: number;
  readonly syncFailure: number;
  readonly saveFailure: number;
  /** Whether the halves of a sector may move at different times. */
  readonly halves: boolean;
  /** Chance that work is done in two pieces. */
  readonly short: number;
  /** How often the disk writes something of its cache back by itself. */
  readonly writebackEveryUs: number;
}

export type ClientKind = "linux" | "ipxe" | "plain";

export interface ClientPlan {
  readonly kind: ClientKind;
  readonly macs: readonly number[];
  /** Most requests under way. */
  readonly window: number;
  /** The interfaces of the target that it reaches. */
  readonly ports: readonly PortAddress[];
  /** How many operations it does. */
  readonly operations: number;
  /** When it asks again. */
  readonly timeoutUs: number;
  /** Longest pause between two operations. */
  readonly pauseUs: number;
  /** Largest number of sectors of one operation. */
  readonly sectorsMax: number;
}

export interface Scenario {
  readonly seed: number;
  readonly ports: readonly PortAddress[];
  readonly sectors: number;
  /** Sectors of the disk before the export. */
  readonly firstSector: number;
  readonly durable: boolean;
  /** Sectors that the disk can only write together: more than one means read-modify-write. */
  readonly blockSectors: number;
  /** Most requests that are not done yet. */
  readonly inFlightMax: number;
  /** Most frames that the engine holds. */
  readonly requestCount: number;
  /** Whether the engine takes a frame only when it has done with the one before. */
  readonly oneByOne: boolean;
  readonly network: NetworkPlan;
  readonly disk: DiskPlan;
  readonly clients: readonly ClientPlan[];
  /** A client that changes who is served; undefined: nobody does. */
  readonly admin: ClientPlan | undefined;
  /** Longest pause between two changes without a frame; 0: there are none. */
  readonly operatorPauseUs: number;
  /** After how many operations the power fails, each time. */
  readonly cuts: readonly number[];
}

const MTUS = [1500, 1500, 4200, 9000] as const;
/** Sectors of an export that is larger than what the order rules look at in one piece. */
const LARGE = 160;
/** Distances of MACs that belong to one host, and to different ones. */
const PATH_STEP = 0x100;

/** What seed `seed` stands for. */
export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  for (let turn = 0; turn < 4; turn++) random.next();
  const portCount = random.pick([1, 1, 2, 3]);
  const ports = Array.from(
    { length: portCount },
    (_, index) => fakePort({ mac: TARGET_MAC + index, mtu: random.pick(MTUS) }, `eth${index}`),
  );
  const clients = Array.from(
    { length: random.pick([1, 2, 2, 3, 4]) },
    (_, index) => clientPlan(random, index, ports),
  );
  const operations = clients.reduce((sum, client) => sum + client.operations, 0);
  const isRough = random.oneIn(2);
  const oneByOne = random.oneIn(12);
  return {
    seed,
    ports,
    sectors: random.pick([2, 5, 8, 12, 12, 24, 24, 40, LARGE]),
    firstSector: random.pick([0, 0, 1, 3, 8]),
    durable: random.oneIn(3),
    blockSectors: random.oneIn(4) ? 8 : 1,
    inFlightMax: random.oneIn(4) ? random.pick([1, 2, 3, 5, 8]) : 1024,
    requestCount: random.oneIn(6) ? random.pick([3, 6, 10]) : 80,
    oneByOne,
    network: networkPlan(random, isRough),
    // One that waits for each request must not meet one that takes forever.
    disk: diskPlan(random, oneByOne ? [0] : [0, 0, 10, 50]),
    clients,
    admin: random.oneIn(2) ? adminPlan(ports) : undefined,
    cuts: Array.from({ length: random.pick([0, 0, 1, 3]) }, () => random.below(operations)),
    operatorPauseUs: random.pick([0, 0, 4000, 15000]),
  };
}

function clientPlan(
  random: Random,
  index: number,
  ports: readonly PortAddress[],
): ClientPlan {
  const kind = random.pick(["linux", "linux", "ipxe", "plain"] as const);
  const first = 0x02_00_00_01_00_00 + index;
  const pathCount = kind === "linux" ? random.pick([1, 2, 2, 3]) : 1;
  const reached = kind === "linux" || random.oneIn(3) ? ports : [random.pick(ports)];
  const mtu = Math.min(...reached.map((port) => port.mtu));
  const fit = Math.floor((mtu - 36) / 512);
  return {
    kind,
    macs: Array.from({ length: pathCount }, (_, path) => first + path * PATH_STEP),
    window: kind === "ipxe" ? 1 : random.pick([1, 2, 4, 8, 16]),
    ports: reached,
    operations: random.pick([20, 40, 60]),
    timeoutUs: random.pick([600, 1500, 4000]),
    pauseUs: random.pick([1, 300, 1000]),
    sectorsMax: kind === "ipxe" ? 2 : Math.min(fit, random.pick([2, 4, 8])),
  };
}

function adminPlan(ports: readonly PortAddress[]): ClientPlan {
  return {
    kind: "plain",
    macs: [0x02_00_00_02_00_00],
    window: 1,
    ports: ports.slice(0, 1),
    operations: 12,
    timeoutUs: 1500,
    pauseUs: 4000,
    sectorsMax: 1,
  };
}

function networkPlan(random: Random, isRough: boolean): NetworkPlan {
  const delayMinUs = random.pick([20, 50]);
  return {
    loss: isRough ? random.pick([20, 100, 200]) : 0,
    duplication: isRough ? random.pick([0, 30, 100]) : 0,
    delayMinUs,
    delayMaxUs: delayMinUs + random.pick([0, 50, 500]),
    lateness: isRough ? random.pick([0, 20, 100]) : 0,
    outageEveryUs: random.oneIn(4) ? 8000 : 0,
    outageUs: random.pick([1000, 4000]),
  };
}

function diskPlan(random: Random, stalls: readonly number[]): DiskPlan {
  return {
    cached: random.pick([0, 300, 900]),
    workMaxUs: random.pick([100, 400, 1500]),
    stall: random.pick(stalls),
    failure: random.pick([0, 0, 20, 100]),
    syncFailure: random.pick([0, 0, 0, 50, 200]),
    saveFailure: random.pick([0, 0, 100]),
    halves: random.oneIn(2),
    short: random.pick([0, 100, 400]),
    writebackEveryUs: random.pick([300, 1000, 10000]),
  };
}
