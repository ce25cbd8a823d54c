/**
 * Plays a group of the script to one of both targets and writes down what came back.
 *
 * @module
 */
import { formatMac } from "../../lib/wire/mac.ts";
import { Image } from "../e2e/image.ts";
import { inNamespace, type Wire } from "../e2e/namespace.ts";
import { programCommand, TargetProcess } from "../e2e/target_process.ts";
import { configFrame, SHELF, SLOT, TARGET_MAC } from "../frames.ts";
import { numberAt } from "../replies.ts";
import { fillImage, readSectors, type Sectors } from "./disk_image.ts";
import type { Answer } from "./meaning.ts";
import { type Group, KEEPER_MAC, SECTORS, type Step } from "./script.ts";
import { Station } from "./station.ts";

/** Tag of advertisements. */
const UNASKED = 0;
const MTU = 1500;
/** Where the two have other defaults. */
const SAME = ["-b", "16"];
/** The initiator's MTU: none of its frames is too long for it. */
export const INITIATOR_MTU = 9000;

/** The two that are compared. */
export type Player = "vblade" | "dblade";

/** What a group brought. */
export interface Played {
  /** Advertisements at start. */
  readonly start: readonly Uint8Array[];
  /** By step; after the target's end no more. */
  readonly answers: readonly Answer[];
  /** How many advertisements came later. */
  readonly advertisements: number;
  /** The image before. */
  readonly before: Sectors;
  /** The image afterwards. */
  readonly after: Sectors;
}

/** Gives the target's end of the wire the MAC that the script's frames go to. */
export async function prepare(wire: Wire): Promise<void> {
  await wire.ip(wire.target, `link set eth0 address ${formatMac(TARGET_MAC)}`);
}

/** A tag of its own for each frame, in which every byte varies. */
function tagOf(index: number): number {
  return Math.imul(index + 1, 0x9e3779b1) >>> 0;
}

function tagged(frame: Uint8Array, tag: number): Uint8Array {
  const copy = frame.slice();
  if (copy.length >= 24) new DataView(copy.buffer).setUint32(20, tag);
  return copy;
}

/** Plays `group` to `player`. */
export async function play(wire: Wire, player: Player, group: Group): Promise<Played> {
  await wire.ip(wire.target, `link set eth0 mtu ${group.mtu ?? MTU}`);
  // In memory, where nothing waits for the disk: answers come in the order of the questions.
  using image = new Image((group.sectors ?? SECTORS) * 512, "/dev/shm");
  fillImage(image.path);
  const before = readSectors(image.path);
  const options = group.options ?? [];
  const same = options.includes("-b") ? [] : SAME;
  const words = [...same, ...options, `${SHELF}`, `${SLOT}`, "eth0", image.path];
  const line = player === "vblade" ? ["vblade", ...words] : programCommand(words);
  using station = inNamespace(wire.initiator, () => new Station("eth0"));
  await using target = await TargetProcess.startCommand(wire.target, line);
  const recorded = await record(station, target, group.steps);
  return { ...recorded, before, after: readSectors(image.path) };
}

type Recorded = Pick<Played, "start" | "answers" | "advertisements">;

async function record(
  station: Station,
  target: TargetProcess,
  steps: readonly Step[],
): Promise<Recorded> {
  let runs = true;
  target.ended().then(() => runs = false);
  let questions = 0;
  /** Lets the target answer all that was sent, and say what it has to say. */
  const settle = (): Promise<Uint8Array[] | undefined> => {
    const tag = tagOf(steps.length + questions++);
    return station.ask(configFrame({ ccmd: 0, src: KEEPER_MAC, tag }), () => runs);
  };
  const start = await settle();
  if (start === undefined) throw new Error(`It ended at once: ${target.stderr}`);
  const heard: Uint8Array[] = [];
  let played = 0;
  let isAlive = true;
  while (isAlive && played < steps.length) {
    station.send(tagged(steps[played]?.frame ?? new Uint8Array(0), tagOf(played)));
    const frames = await settle();
    isAlive = frames !== undefined;
    heard.push(...frames ?? []);
    played++;
  }
  if (isAlive) heard.push(...await settle() ?? []); // what it says by itself comes last
  return { start, ...sort(heard, played, isAlive) };
}

/** Puts each frame to the step that it answers, by its tag. */
function sort(
  heard: readonly Uint8Array[],
  played: number,
  isAlive: boolean,
): Omit<Recorded, "start"> {
  const byTag = Map.groupBy(heard, (frame) => numberAt(frame, 20, 4));
  const take = (tag: number): readonly Uint8Array[] => {
    const frames = byTag.get(tag) ?? [];
    byTag.delete(tag);
    return frames;
  };
  const answers = Array.from({ length: played }, (_, index): Answer => {
    const frames = take(tagOf(index));
    const isLast = index === played - 1;
    return isLast && !isAlive && frames.length === 0 ? "end" : frames;
  });
  const advertisements = take(UNASKED).length;
  if (byTag.size > 0) throw new Error(`It answers what nobody asked: tags ${[...byTag.keys()]}`);
  return { answers, advertisements };
}
