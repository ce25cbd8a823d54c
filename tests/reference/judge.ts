/**
 * Compares what a group brought from vblade and from dblade. Every difference must be a listed
 * exception, and an exception that the script names for a frame must show there.
 *
 * @module
 */
import type { Claims } from "./exception.ts";
import { type ExceptionName, EXCEPTIONS, GENERAL_NAMES } from "./exceptions.ts";
import { HEADER_FIELDS, type Meaning, meaningOf } from "./meaning.ts";
import type { Played } from "./play.ts";
import type { Group, Scar, Step } from "./script.ts";

/** What a comparison brought. */
export interface Judgement {
  /** Differences that no exception covers, and exceptions that do not show as they should. */
  readonly problems: readonly string[];
  /** Exceptions that showed. */
  readonly shown: readonly ExceptionName[];
}

const SHOWN_MAX = 60;
/** Stands for the request that an advertisement answers. */
const NO_REQUEST = new Uint8Array(0);

/** Compares all that a group brought. */
export function judgeGroup(group: Group, vblade: Played, dblade: Played): Judgement {
  const judgements = [
    ...judgeStart(vblade, dblade),
    ...group.steps.map((step, index) =>
      judgeStep(step, meaningAt(step, vblade, index), meaningAt(step, dblade, index))
    ),
    judgeAdvertisements(group, vblade, dblade),
  ];
  return {
    problems: [
      ...judgements.flatMap(({ problems }) => problems),
      ...imageProblems(group.steps, vblade, dblade),
    ],
    shown: judgements.flatMap(({ shown }) => shown),
  };
}

function meaningAt(step: Step, { answers }: Played, index: number): Meaning {
  const answer = answers[index];
  return answer === undefined ? { outcome: "ended before" } : meaningOf(step.frame, answer);
}

/** Both advertise themselves at start, to everybody or to each listed MAC. */
function judgeStart(vblade: Played, dblade: Played): readonly Judgement[] {
  const count = Math.max(vblade.start.length, dblade.start.length);
  return Array.from({ length: count }, (_, index) => {
    const meaning = (played: Played): Meaning =>
      meaningOf(NO_REQUEST, played.start.slice(index, index + 1));
    const shows = ["advertised-version"] as const;
    const name = `advertisement ${index} at start`;
    return judgeStep({ name, shows }, meaning(vblade), meaning(dblade));
  });
}

function judgeAdvertisements(group: Group, vblade: Played, dblade: Played): Judgement {
  const meaning = ({ advertisements }: Played): Meaning => ({
    outcome: "",
    advertisements: advertisements > 0 ? "some" : "none",
  });
  const shows = group.advertises === true ? ["advertisement"] as const : [];
  return judgeStep({ name: "all of it", shows }, meaning(vblade), meaning(dblade));
}

/** Compares both answers to one frame. */
export function judgeStep(
  step: Pick<Step, "name" | "shows">,
  vblade: Meaning,
  dblade: Meaning,
): Judgement {
  const pair = { vblade, dblade };
  const open = new Set(differences(pair));
  const shown: ExceptionName[] = [];
  const problems: string[] = [];
  for (const exception of [...step.shows, ...GENERAL_NAMES]) {
    const covered = EXCEPTIONS[exception].fields.filter((field) => open.has(field));
    const unlike = unlikeWhatIsSaid(exception, pair);
    if (covered.length > 0 && unlike.length === 0) {
      covered.forEach((field) => open.delete(field));
      shown.push(exception);
    } else if (step.shows.includes(exception)) {
      problems.push(`"${exception}" does not show: ${unlike.join() || "there is no difference"}`);
    }
  }
  for (const field of open) {
    const [one, other] = [vblade[field], dblade[field]].map(brief);
    problems.push(`${field} is ${one} with vblade, ${other} with dblade`);
  }
  problems.push(...brokenRules(dblade));
  return { problems: problems.map((problem) => `${step.name}: ${problem}`), shown };
}

/** Both answers to one frame. */
interface Pair {
  readonly vblade: Meaning;
  readonly dblade: Meaning;
}

function unlikeWhatIsSaid(name: ExceptionName, { vblade, dblade }: Pair): readonly string[] {
  const { vbladeHas, dbladeHas } = EXCEPTIONS[name];
  return [...broken("vblade", vblade, vbladeHas), ...broken("dblade", dblade, dbladeHas)];
}

/** What dblade does whether vblade does it or not. */
function brokenRules(dblade: Meaning): readonly string[] {
  return GENERAL_NAMES.flatMap((name) => {
    const claims = Object.entries(EXCEPTIONS[name].dbladeAlwaysHas ?? {});
    const present = Object.fromEntries(claims.filter(([field]) => field in dblade));
    return broken("dblade", dblade, present).map((reason) => `"${name}" is broken: ${reason}`);
  });
}

/** Where the outcomes differ already, no more than the header can be compared. */
function differences({ vblade, dblade }: Pair): readonly string[] {
  const differs = (field: string): boolean => vblade[field] !== dblade[field];
  if (!differs("outcome")) {
    return [...new Set([...Object.keys(vblade), ...Object.keys(dblade)])].filter(differs);
  }
  const both = HEADER_FIELDS.filter((field) => field in vblade && field in dblade);
  return ["outcome", ...both.filter(differs)];
}

function broken(player: string, meaning: Meaning, claims: Claims): readonly string[] {
  return Object.entries(claims).flatMap(([field, claim]) => {
    const value = meaning[field] ?? "";
    const holds = typeof claim === "string" ? value === claim : claim.test(value);
    return holds ? [] : [`${player}'s ${field} is ${brief(value)}`];
  });
}

function brief(value: string | undefined): string {
  if (value === undefined) return "absent";
  return value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}...` : `"${value}"`;
}

/** Both images must be the same but for the scars: sectors that only one of both was to write. */
function imageProblems(steps: readonly Step[], vblade: Played, dblade: Played): readonly string[] {
  const scars = new Map<number, Scar["by"]>();
  for (const { scar } of steps) {
    if (scar === undefined) continue;
    for (let index = 0; index < scar.count; index++) scars.set(scar.lba + index, scar.by);
  }
  return [...vblade.before].flatMap(([lba, before]) => {
    const writers = ([["vblade", vblade], ["dblade", dblade]] as const)
      .filter(([, { after }]) => !isSame(before, after.get(lba)))
      .map(([name]) => name);
    const scar = scars.get(lba);
    if (scar === undefined) {
      return isSame(vblade.after.get(lba), dblade.after.get(lba))
        ? []
        : [`sector ${lba} is not the same; it was written by ${writers.join(" and ")}`];
    }
    if (writers.join() === scar) return [];
    return [`sector ${lba} was to be written by ${scar}, but was by ${writers.join(" and ")}`];
  });
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && one.length === other.length &&
    one.every((byte, at) => byte === other[at]);
}
