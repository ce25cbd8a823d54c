/**
 * Faults that the simulator must find, each planted into code that is otherwise the real one.
 *
 * @module
 */
import { Askers } from "../../lib/target/duplicates.ts";
import { InFlight } from "../../lib/target/in_flight.ts";
import type { Request, Verdict } from "../../lib/target/request.ts";
import { SimDisk } from "./disk.ts";
import type { Finding } from "./finding.ts";
import { ORDER_RULES, type OrderRules, plantOrder } from "./loose_order.ts";
import * as disks from "./planted_disk.ts";
import * as targets from "./planted_target.ts";
import { replace } from "./replace.ts";
import { scenarioOf } from "./scenario.ts";
import { SimTarget } from "./sim_target.ts";
import { Server } from "./server.ts";
import { type Outcome, type SimOptions, simulate } from "./simulation.ts";
import { SyncGroup } from "../../lib/engine/sync_group.ts";

type ClassOf<T extends typeof SimDisk | typeof SimTarget> = new (
  ...all: ConstructorParameters<T>
) => InstanceType<T>;
type Change = Omit<SimOptions, "seed">;

/** One fault. */
export interface Planted {
  /** What is wrong. */
  readonly name: string;
  /** What may be said of it. */
  readonly found: RegExp;
  /** Puts it in place where an option of the simulation does not. */
  readonly plant?: (seed: number) => Disposable;
  readonly change?: Change;
}

function order(
  name: string,
  rules: Partial<OrderRules>,
  found: RegExp,
  change: Change = {},
): Planted {
  return { name, found, plant: (seed) => plantOrder(scenarioOf(seed).inFlightMax, rules), change };
}

/** On a disk that moves each sector at once the history alone must show what is wrong. */
const WHOLE: Change = {
  change: (scenario) => ({ ...scenario, disk: { ...scenario.disk, halves: false } }),
};

function disk(
  name: string,
  Disk: ClassOf<typeof SimDisk>,
  found: RegExp,
  change: Change = {},
): Planted {
  return { name, found, change: { ...change, makeDisk: (...all) => new Disk(...all) } };
}

function target(name: string, Target: ClassOf<typeof SimTarget>, found: RegExp): Planted {
  return { name, found, change: { makeTarget: (...all) => new Target(...all) } };
}

const { waits } = ORDER_RULES;
const WRONG_DATA = /what no single operation wrote|was still there|while \d+ stayed|before it was/;
const LOST = /was still there|while \d+ stayed/;
const HANGS = /never answered|still waits|is left in/;

/** No fault: the plain table, which the rules are switched off in, must do as well as the real. */
export const NOTHING_PLANTED: Planted = order("nothing", {}, /./);

/** All of them. */
export const PLANTED: readonly Planted[] = [
  order("a write does not wait for a write", {
    waits: (one, earlier) => waits(one, earlier) && !(one.isWrite && earlier.isWrite),
  }, WRONG_DATA),
  order(
    "a write does not wait for a write, on whole sectors",
    { waits: (one, earlier) => waits(one, earlier) && !(one.isWrite && earlier.isWrite) },
    LOST,
    WHOLE,
  ),
  order("a read does not wait for a write", {
    waits: (one, earlier) => waits(one, earlier) && (one.isWrite || one.isFlush),
  }, WRONG_DATA),
  order("a write does not wait for a read", {
    waits: (one, earlier) => waits(one, earlier) && earlier.isWrite,
  }, WRONG_DATA),
  order("nothing waits for what waits itself", {
    waits: (one, earlier) => waits(one, earlier) && earlier.runs,
  }, WRONG_DATA),
  order(
    "nothing waits for what waits itself, on whole sectors",
    { waits: (one, earlier) => waits(one, earlier) && earlier.runs },
    LOST,
    WHOLE,
  ),
  order("a TRIM is taken for a read", {
    waits: (one, earlier) =>
      waits({ ...one, isWrite: one.isWrite && !one.isTrim }, {
        ...earlier,
        isWrite: earlier.isWrite && !earlier.isTrim,
      }),
  }, WRONG_DATA),
  order(
    "a TRIM of two ranges is held apart by the first",
    { hasHull: false },
    /what no single operation wrote|was still there|while \d+ stayed|is carried out, too/,
  ),
  order("a copy is run, too", { shares: false }, /is carried out, too/),
  order("a FLUSH waits for nothing", {
    waits: (one, earlier) => waits(one, earlier) && !one.isFlush,
  }, LOST),
  order("a FLUSH does not wait for what waits itself", {
    waits: (one, earlier) => waits(one, earlier) && (!one.isFlush || earlier.runs),
  }, LOST),
  order("a full table lets everything run", { isBounded: false }, /more is unfinished/),
  {
    name: "neighbours in one block do not wait",
    found: WRONG_DATA,
    change: { ignoresBlocks: true },
  },
  target("what waited is not looked at again", targets.Trusting, /not served|shut out/),
  {
    name: "what waits outlives a change of who is served",
    found: /not served|held back for nobody/,
    plant: () => replace(InFlight.prototype, "refuse", () => {}),
  },
  {
    name: "a change is acknowledged at once",
    found: /shut out|not on the mask list/,
    plant: () => replace(InFlight.prototype, "fence", (): Verdict => "reply"),
  },
  {
    name: "what waits is forgotten",
    found: HANGS,
    plant: () => replace(InFlight.prototype, "take", () => null),
  },
  {
    name: "copies are not answered",
    found: /who asked for the same was not answered/,
    plant: () => replace(Askers.prototype, "answer", () => false),
  },
  target("a reply leaves twice", targets.Stuttering, /nobody waits for/),
  target("a write is acknowledged under -s before the sync", targets.Hasty, LOST),
  target("a failed sync is forgotten", targets.Hopeful, /a faulted export acknowledged/),
  target("tags of what was answered are remembered", targets.Remembering, /without any reason/),
  target("the mask list is ignored", targets.Unmasked, /mask list|not served/),
  target("an administrator is told too early", targets.Rash, /shut out|mask list/),
  target("what waits outlives a change of the lists", targets.Patient, /not served|shut out/),
  target("the lists of the configuration are ignored", targets.Unlisted, /mask list|not served/),
  target("an administrator's change is not stored", targets.Unstored, /change is lost/),
  target("the reservation is ignored", targets.Unreserved, /not served/),
  disk("a write is acknowledged before it is done", disks.EagerDisk, WRONG_DATA),
  disk("a write is done later than it says", disks.EagerDisk, LOST, WHOLE),
  disk("a failed sync is tried again", disks.RetryingDisk, LOST),
  disk("a sync does nothing", disks.LazyDisk, LOST),
  disk("what failed is taken for done", disks.CarelessDisk, WRONG_DATA),
  disk("settings are acknowledged before they are stored", disks.ForgetfulDisk, /change is lost/),
  {
    name: "a request joins the sync that runs",
    found: LOST,
    plant: () => plantEagerSync(),
  },
  {
    name: "a frame is left where others are received",
    found: /./,
    plant: () => replace(Server.prototype, "keep", () => {}),
  },
];

function plantEagerSync(): Disposable {
  const late = new WeakMap<SyncGroup, Request[]>();
  const { add, take } = SyncGroup.prototype;
  const stack = new DisposableStack();
  stack.use(replace(SyncGroup.prototype, "add", (group, request) => {
    if (group.isRunning) late.set(group, [...late.get(group) ?? [], request]);
    else add.call(group, request);
  }));
  stack.use(replace(SyncGroup.prototype, "take", (group) => {
    return take.call(group) ?? (group.isRunning ? null : late.get(group)?.shift() ?? null);
  }));
  return stack;
}

/** Runs a seed with a fault. */
export function simulateWith({ plant, change }: Planted, seed: number): Outcome {
  using _planted = plant?.(seed);
  return simulate({ seed, ...change });
}

/** The first seed up to `seedMax` that shows a fault. */
export function findPlanted(
  planted: Planted,
  seedMax: number,
): { readonly seed: number; readonly finding: Finding } | undefined {
  for (let seed = 1; seed <= seedMax; seed++) {
    const { finding } = simulateWith(planted, seed);
    if (finding !== undefined) return { seed, finding };
  }
  return undefined;
}
