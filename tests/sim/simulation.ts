/**
 * One simulation from its seed to its outcome: clients, network, target and disk over one clock.
 *
 * It goes through three times: a rough one, until every client has asked for all that it wants; an
 * opening, in which whoever was shut out is let in again; and a calm one, in which nothing is lost
 * any more and everything must be answered. In the rough one the power may fail.
 *
 * @module
 */
import type { TargetState } from "../../lib/target/settings.ts";
import { Random } from "../random.ts";
import { Boot, type BootOptions, type BootWorld } from "./boot.ts";
import { Bound } from "./bound.ts";
import { Client, type ClientWorld } from "./client.ts";
import { Clock } from "./clock.ts";
import { Finding } from "./finding.ts";
import { Medium } from "./medium.ts";
import { Network } from "./network.ts";
import type { Operation } from "./operation.ts";
import { readReply } from "./reply.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { Trace } from "./trace.ts";
import { Workload } from "./workload.ts";

/** So rarely an ordinary client changes who is served. */
const CHANGE_ONE_IN = 60;
const STEPS_MAX = 200_000;
const CUT_MAX_US = 1000;
const DOWN_MAX_US = 3000;
/** The rough time goes on for so long after the last operation was begun. */
const TAIL_MAX_US = 5000;
/** So often is tried to let everybody in. */
const OPEN_AGAIN_US = 100;
/** The network has other chances than the scenario, which anybody may draw from the seed. */
const OTHER_STREAM = 0x5eed;
const EMPTY: TargetState = { config: new Uint8Array(0), masks: [], reservations: [] };

/** What a test may change. */
export interface SimOptions extends BootOptions {
  readonly seed: number;
  /** Whether the network brings nothing too late (bound.ts). */
  readonly isBounded?: boolean;
  /** What is otherwise than the seed says. */
  readonly change?: (scenario: Scenario) => Scenario;
}

/** What came of a simulation. */
export interface Outcome {
  /** What was found; undefined: nothing. */
  readonly finding: Finding | undefined;
  readonly scenario: Scenario;
  readonly trace: Trace;
}

/** Runs the simulation of a seed. */
export function simulate(options: SimOptions): Outcome {
  const simulation = new Simulation(options);
  const { scenario, trace } = simulation;
  try {
    simulation.run();
    return { finding: undefined, scenario, trace };
  } catch (error) {
    const text = error instanceof Error ? error.stack : `${error}`;
    const finding = error instanceof Finding ? error : new Finding(`it threw ${text}`);
    return { finding, scenario, trace };
  }
}

class Simulation {
  readonly scenario: Scenario;
  readonly trace: Trace;
  readonly #options: SimOptions;
  readonly #clock = new Clock();
  readonly #random: Random;
  readonly #bound: Bound;
  readonly #network: Network;
  readonly #workload: Workload;
  readonly #everybody: readonly Client[];
  /** The one of them that changes who is served. */
  readonly #admin: Client | undefined;
  readonly #clientMacs: readonly number[];
  readonly #bootWorld: BootWorld;
  /** Undefined while the power is off. */
  #boot: Boot | undefined;
  #phase: "rough" | "ending" | "opening" | "calm" = "rough";
  /** How many operations each client was given. */
  readonly #made: number[];
  #madeCount = 0;
  readonly #cuts: number[];
  /** What the admin does at the end. */
  #lastChanges: Operation[] = [];

  constructor(options: SimOptions) {
    this.#options = options;
    const { change = (scenario) => scenario } = options;
    const scenario = change(scenarioOf(options.seed));
    this.scenario = scenario;
    const { clients, admin } = scenario;
    const clock = this.#clock;
    const random = new Random(options.seed ^ OTHER_STREAM);
    this.trace = new Trace(clock);
    this.#random = random;
    this.#bound = new Bound(options.isBounded ?? true);
    this.#network = new Network(clock, random, scenario.network);
    this.#workload = new Workload(random, scenario.sectors, clients);
    const ordinary = clients.map((plan, index) => this.#makeClient(index, plan, ["calm"]));
    this.#admin = admin && this.#makeClient(clients.length, admin, ["opening", "calm"]);
    this.#everybody = this.#admin === undefined ? ordinary : [...ordinary, this.#admin];
    this.#clientMacs = clients.flatMap(({ macs }) => macs);
    this.#made = this.#everybody.map(() => 0);
    this.#cuts = scenario.cuts.toSorted((one, other) => one - other);
    this.#bootWorld = {
      ...{ scenario, clock, random, trace: this.trace, bound: this.#bound },
      medium: new Medium(random, scenario),
      macs: [...this.#clientMacs, ...admin?.macs ?? []],
      send: (frame, port) => this.#deliver(frame, port),
    };
  }

  #makeClient(index: number, plan: Scenario["clients"][number], calm: readonly string[]): Client {
    const world: ClientWorld = {
      clock: this.#clock,
      random: this.#random,
      next: (client) => this.#nextOperation(client),
      send: (copy) => this.#network.send(copy.port.name, () => this.#boot?.server.receive(copy)),
      isCalm: () => calm.includes(this.#phase),
    };
    return new Client(index, plan, world);
  }

  run(): void {
    this.#start(EMPTY);
    for (const client of this.#everybody) client.pump();
    while (this.#clock.step()) {
      if (this.#clock.steps > STEPS_MAX) throw new Finding("it never comes to an end");
      this.#changePhase();
    }
    if (!this.#everybody.every(({ isDone }) => isDone)) throw new Finding("a client still waits");
    this.#boot?.finish();
  }

  #start(state: TargetState): void {
    this.#boot = new Boot(this.#bootWorld, this.#options, state);
    this.#boot.disk.isCalm = this.#network.isCalm;
    if (this.#hasOperator && this.#phase === "rough") this.#boot.operate();
  }

  get #hasOperator(): boolean {
    return this.scenario.operatorPauseUs > 0;
  }

  #deliver(frame: Uint8Array<ArrayBuffer>, port: string): void {
    const reply = readReply(frame);
    const client = this.#everybody.find(({ plan }) => plan.macs.includes(reply.destination));
    if (client !== undefined) this.#network.send(port, () => client.receive(reply));
  }

  #nextOperation(client: number): Operation | undefined {
    const made = this.#made[client] ?? 0;
    const plan = this.#everybody[client]?.plan;
    if (plan === undefined || made >= plan.operations) {
      return client === this.#admin?.index ? this.#lastChanges.shift() : undefined;
    }
    this.#made[client] = made + 1;
    if (this.#madeCount++ === this.#cuts[0]) this.#planCut();
    const adminMacs = this.#admin?.plan.macs ?? [];
    if (client === this.#admin?.index) {
      return this.#workload.makeChange(client, adminMacs, this.#clientMacs);
    }
    if (adminMacs.length > 0 && this.#random.oneIn(CHANGE_ONE_IN)) {
      const staying = [...adminMacs, ...plan.macs];
      return this.#workload.makeChange(client, staying, this.#clientMacs);
    }
    const operation = this.#workload.make(client);
    this.#bound.begins(operation);
    return operation;
  }

  #changePhase(): void {
    if (this.#phase === "rough" && this.#hasMadeAll()) {
      this.#phase = "ending";
      this.#clock.after(this.#random.below(TAIL_MAX_US), () => this.#open());
    } else if (this.#phase === "opening" && this.#isOpen()) {
      this.#phase = "calm";
    }
  }

  #isOpen(): boolean {
    const admin = this.#admin;
    if (admin === undefined) return !this.#hasOperator || this.#boot?.isOpen === true;
    const boot = this.#boot;
    // A change that was under way may have shut clients out again.
    if (!admin.isDone || boot === undefined || boot.hasChanges) return false;
    if (!boot.isOpen) this.#admitAll(admin);
    return boot.isOpen;
  }

  #hasMadeAll(): boolean {
    return this.#everybody.every(({ index, plan }) => this.#made[index] === plan.operations);
  }

  #open(): void {
    this.#phase = "opening";
    this.#network.isCalm = true;
    if (this.#boot !== undefined) this.#boot.disk.isCalm = true;
    // Otherwise one that comes late would shut clients out again.
    for (const operation of this.#workload.operations) {
      if (operation !== undefined && operation.isChange) this.#bound.ends(operation);
    }
    if (this.#hasOperator) this.#openUp();
    if (this.#admin !== undefined) this.#admitAll(this.#admin);
  }

  /** As soon as there is a target that is not about to store something else. */
  #openUp(): void {
    if (this.#boot?.open() !== true) this.#clock.after(OPEN_AGAIN_US, () => this.#openUp());
  }

  #admitAll(admin: Client): void {
    const { index, plan } = admin;
    const all = [...this.#clientMacs, ...plan.macs];
    this.#lastChanges = [this.#workload.admitAll(index, all), this.#workload.release(index)];
    admin.pump();
  }

  #planCut(): void {
    this.#cuts.shift();
    this.#clock.after(this.#random.below(CUT_MAX_US), () => {
      const boot = this.#boot;
      if (this.#network.isCalm || boot === undefined) return;
      this.#boot = undefined;
      const stored = boot.cut();
      this.#clock.after(this.#random.below(DOWN_MAX_US), () => this.#start(stored));
    });
  }
}
