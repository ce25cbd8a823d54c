/**
 * The target, its engine and its disk from one start to the next power cut, and what must hold when
 * either the power fails or everything has come to rest.
 *
 * @module
 */
import type { TargetState } from "../../lib/target/settings.ts";
import type { TargetOptions } from "../../lib/target/target.ts";
import { SHELF, SLOT } from "../frames.ts";
import type { Random } from "../random.ts";
import { Access } from "./access.ts";
import type { Bound } from "./bound.ts";
import type { Clock } from "./clock.ts";
import { type DiskParts, SimDisk } from "./disk.ts";
import { Finding } from "./finding.ts";
import { History } from "./history.ts";
import { Judge } from "./judge.ts";
import { FOREIGN, readMark, SECTOR, TORN } from "./marks.ts";
import type { Medium } from "./medium.ts";
import type { Scenario } from "./scenario.ts";
import { Operator } from "./operator.ts";
import { Server } from "./server.ts";
import { SimTarget } from "./sim_target.ts";
import type { Trace } from "./trace.ts";
import { Work } from "../../lib/engine/work.ts";

const IDENTITY = {
  serial: "simulated",
  firmware: "1",
  model: "simulated",
  physicalSize: 512,
  physicalOffset: 0,
};

/** What a test may replace. */
export interface BootOptions {
  /** Whether the target takes the disk for one that can write each sector by itself. */
  readonly ignoresBlocks?: boolean;
  readonly makeTarget?: (options: TargetOptions, judge: Judge) => SimTarget;
  readonly makeDisk?: (parts: DiskParts, stored: TargetState) => SimDisk;
}

/** What surrounds a target. */
export interface BootWorld {
  readonly scenario: Scenario;
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  readonly bound: Bound;
  readonly medium: Medium;
  /** All MACs that clients have. */
  readonly macs: readonly number[];
  /** Takes a reply that leaves by an interface. */
  readonly send: (frame: Uint8Array<ArrayBuffer>, port: string) => void;
}

/** See above. */
export class Boot {
  readonly server: Server;
  readonly disk: SimDisk;
  readonly #operator: Operator;
  readonly #world: BootWorld;
  readonly #judge: Judge;
  readonly #target: SimTarget;

  /** Starts a target with what an earlier one stored. */
  constructor(world: BootWorld, options: BootOptions, state: TargetState) {
    const { scenario, clock, random, trace, medium } = world;
    const { makeDisk = (...all) => new SimDisk(...all) } = options;
    const { makeTarget = (...all) => new SimTarget(...all) } = options;
    this.#world = world;
    const history = new History(scenario.durable, this.#values());
    const access = new Access(state, world.macs);
    const judge = new Judge(trace, access, history, scenario.inFlightMax);
    const server = new Server({ ...scenario, ...world, judge });
    const wake = (): void => server.wake();
    const watched = { clock, random, medium, watch: judge, wake };
    const disk = makeDisk({ ...watched, plan: scenario.disk, shape: scenario }, state);
    const target = makeTarget(targetOptions(scenario, state, options), judge);
    target.disk.trim = "zeros";
    disk.pending = () => target.settings.pending;
    for (const port of scenario.ports) target.advertise(port);
    this.#judge = judge;
    this.#target = target;
    this.server = server;
    this.disk = disk;
    const pauseUs = scenario.operatorPauseUs;
    const staying = scenario.admin?.macs ?? [];
    this.#operator = new Operator({ ...world, target, disk, judge, wake, staying, pauseUs });
    server.start(new Work(target, disk, server));
    trace.add("start");
  }

  /** Whether changes of settings are under way. */
  get hasChanges(): boolean {
    return this.#judge.unfinishedChanges > 0;
  }

  /** Whether everybody is served. */
  get isOpen(): boolean {
    const { isOpen, state: { masks, reservations } } = this.#judge.access;
    return isOpen && masks.length + reservations.length === 0;
  }

  /** Changes who is served without a frame from time to time. */
  operate(): void {
    this.#operator.begin();
  }

  /** Lets everybody in without a frame. False: it cannot be stored just now. */
  open(): boolean {
    return this.#operator.open();
  }

  /** The power fails. Returns what is stored of the settings. */
  cut(): TargetState {
    this.#world.trace.add("power cut");
    this.#operator.end();
    this.server.turnOff();
    this.disk.cut();
    const { stored } = this.disk;
    const kept = [this.#judge.access.state, this.#target.settings.pending];
    if (!kept.includes(stored)) throw new Finding("an acknowledged change is lost");
    this.#checkDurable();
    return stored;
  }

  /** Everything has come to rest; then the power fails. */
  finish(): void {
    const judge = this.#judge;
    if (judge.unfinishedCount > 0) throw new Finding("a request is left in the target");
    if (!this.#target.isSettled) throw new Finding("an administrator waits for nobody");
    if (this.server.usedCount > 0) throw new Finding("a request is left in the engine");
    const moment = judge.tick();
    this.#values().forEach((value, sector) => {
      judge.history.shows(sector, value, moment, judge.tick());
    });
    this.cut();
  }

  /** What is durable must fit what happened. */
  #checkDurable(): void {
    const { history } = this.#judge;
    const values = this.#values();
    history.leaves(values, this.#judge.tick());
    const problem = history.check();
    if (problem === null) return;
    const { text, sector } = problem;
    throw new Finding(`${text}; in the end the disk holds ${values[sector]}`, { sector });
  }

  /** Whose data each sector of the export holds. */
  #values(): number[] {
    const { scenario: { firstSector, sectors }, medium } = this.#world;
    return medium.image.flatMap((bytes, index) => {
      const sector = index - firstSector;
      const value = readMark(bytes, 0, sector);
      const isOwn = sector >= 0 && sector < sectors;
      if (isOwn ? value === TORN : value !== FOREIGN) {
        throw new Finding("a sector holds what no single operation wrote there", { sector });
      }
      return isOwn ? [value] : [];
    });
  }
}

function targetOptions(
  { sectors, firstSector, durable, ports, blockSectors, inFlightMax }: Scenario,
  state: TargetState,
  { ignoresBlocks = false }: BootOptions,
): TargetOptions {
  const offset = firstSector * SECTOR;
  const alignment = (ignoresBlocks ? 1 : blockSectors) * SECTOR;
  return {
    shelf: SHELF,
    slot: SLOT,
    sectors,
    disk: { identity: IDENTITY, offset, readOnly: false, durable, alignment },
    facts: { bufferCount: 16, firmwareVersion: 0x4000 },
    state,
    ports,
    inFlightMax,
  };
}
