/**
 * Which sizes of frames pass on a path: decisions only, over a function that sends one probe.
 *
 * A size is lost only where so many tries of it failed, each with a small frame behind it that
 * passed, that bad luck is ruled out: how many that takes follows from how many small frames are
 * lost. So neither random loss nor a target that pauses is taken for an MTU that is too small.
 *
 * @module
 */
import { ATA_HEADER_SIZE, SECTOR_SIZE } from "../wire/ata.ts";
import { FRAME_SIZE_MIN } from "../wire/frame.ts";
import { inWindow } from "./window.ts";

/** Which way a large frame goes. */
export type Direction = "toTarget" | "toClient";

/** How one probe ended. */
export type Answer =
  /** The answer came: the size passes. */
  | "answered"
  /** No answer came in time. */
  | "silent"
  /** The disk is reserved for others. */
  | "refused"
  /** The target, or its disk, answered by an error. */
  | "failed";

/** Sends one frame of `size` bytes, with its Ethernet header, one way, once; the rest is small. */
export type Probe = (direction: Direction, size: number) => Promise<Answer>;

/** Why a direction could not be judged. */
export type Trouble =
  | "refused"
  | "failed"
  /** Small frames are not answered any more, either. */
  | "silent"
  /** So many small frames are lost that nothing can be said about large ones. */
  | "uncertain";

/** What is known of one direction. */
export interface DirectionResult {
  /** Sizes that pass, in bytes with the Ethernet header, ascending. */
  readonly passed: readonly number[];
  /** Sizes that do not, ascending. */
  readonly lost: readonly number[];
  /** What kept the other sizes from being judged. */
  readonly trouble: Trouble | undefined;
  /** Bytes of the largest frame that is known to pass below all that are lost; 0: none. */
  readonly passes: number;
  /** Bytes of the smallest frame that is known to be lost; Infinity: none. */
  readonly loses: number;
}

/** Frames under way at a time: more large ones could overrun the buffer of a modest target. */
const WINDOW = 4;
/** How likely bad luck may look like a lost size. */
const LUCK_MAX = 1e-7;
/** Large frames are lost by chance at least that often, as far as this is concerned. */
const CHANCE_MIN = 0.2;
/** How much more often than small ones, where those are lost, too. */
const CHANCE_FACTOR = 2;
/** More tries than this are not made. */
const TRIES_MAX = 60;
/** That many small frames unanswered in a row: nobody is there. */
const SILENCE_MAX = 20;
/** What the commonest MTU, 1500, makes of a frame. */
const COMMON_SIZE = 1514;

/** Size of the frame that carries `sectors` sectors, in bytes with its Ethernet header. */
export function frameSize(sectors: number): number {
  return ATA_HEADER_SIZE + sectors * SECTOR_SIZE;
}

/** The smallest frame that is answered in that direction. */
export function smallSize(direction: Direction): number {
  return direction === "toTarget" ? FRAME_SIZE_MIN : frameSize(1);
}

/** Whether what is lost is all that is larger than some size, as it is with an MTU. */
export function isLimit({ passed, loses }: DirectionResult): boolean {
  return loses < Infinity && (passed.at(-1) ?? 0) < loses;
}

/** Tries the frames of one path. */
export class Prober {
  /** Small frames that were sent to tell random loss from lost sizes. */
  smallSent = 0;
  /** Those of them that were not answered. */
  smallLost = 0;
  readonly #probe: Probe;

  /** Probes by `probe`. */
  constructor(probe: Probe) {
    this.#probe = probe;
  }

  /** Tries the frames of 1 to `sectors` sectors; where one is lost, looks for the largest one. */
  async check(direction: Direction, sectors: number): Promise<DirectionResult> {
    const passed: number[] = [];
    const lost: number[] = [];
    let trouble: Trouble | undefined;
    await inWindow(sectors, WINDOW, async (index) => {
      if (trouble !== undefined) return;
      const size = frameSize(index + 1);
      const outcome = await this.#judge(direction, size);
      if (outcome === "passes") passed.push(size);
      else if (outcome === "lost") lost.push(size);
      else trouble ??= outcome;
    });
    for (const sizes of [passed, lost]) sizes.sort((one, other) => one - other);
    const loses = lost[0] ?? Infinity;
    const passes = passed.findLast((size) => size < loses) ?? 0;
    const result = { passed, lost, trouble, passes, loses };
    // Only requests can have any size: data of the disk comes in sectors.
    const isExact = direction === "toTarget" && trouble === undefined && isLimit(result);
    return isExact ? { ...result, ...await this.#bisect(passes, loses) } : result;
  }

  /** The largest frame to the target that passes, and the smallest that is lost. */
  async #bisect(low: number, high: number): Promise<{ passes: number; loses: number }> {
    let [passes, loses] = [Math.max(low, smallSize("toTarget")), high];
    const guesses = [COMMON_SIZE, COMMON_SIZE + 1];
    while (loses - passes > 1) {
      const guess = guesses.shift() ?? 0;
      const isBetween = guess > passes && guess < loses;
      const size = isBetween ? guess : Math.floor((passes + loses) / 2);
      const outcome = await this.#judge("toTarget", size);
      if (outcome === "passes") passes = size;
      else if (outcome === "lost") loses = size;
      else break;
    }
    return { passes, loses };
  }

  /** Tries one size until it passes or is lost beyond doubt. */
  async #judge(direction: Direction, size: number): Promise<"passes" | "lost" | Trouble> {
    let failures = 0;
    let silence = 0;
    for (;;) {
      const answer = await this.#probe(direction, size);
      if (answer === "answered") return "passes";
      if (answer !== "silent") return answer;
      if (await this.#smallPasses(direction)) {
        silence = 0;
        failures++;
      } else if (++silence === SILENCE_MAX) return "silent";
      if (failures >= this.#triesNeeded()) return "lost";
      if (failures === TRIES_MAX) return "uncertain";
    }
  }

  async #smallPasses(direction: Direction): Promise<boolean> {
    const answer = await this.#probe(direction, smallSize(direction));
    this.smallSent++;
    if (answer === "answered") return true;
    this.smallLost++;
    return false;
  }

  /** After how many failures in a row a size is lost; a guess of the loss begins at one half. */
  #triesNeeded(): number {
    const loss = (this.smallLost + 1) / (this.smallSent + 2);
    const chance = Math.max(CHANCE_MIN, CHANCE_FACTOR * loss);
    return chance >= 1 ? Infinity : Math.ceil(Math.log(LUCK_MAX) / Math.log(chance));
  }
}
