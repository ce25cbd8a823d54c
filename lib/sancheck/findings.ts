/**
 * What the result of a path means, and what to do about it, in words.
 *
 * @module
 */
import { ETHER_HEADER_SIZE } from "../wire/frame.ts";
import type { PathCheck } from "./path_check.ts";
import { type DirectionResult, frameSize, isLimit, type Trouble } from "./prober.ts";

/** One thing that was found. */
export interface Finding {
  /** A fault loses frames that both ends use; a note is good to know. */
  readonly kind: "fault" | "note";
  /** What, and what to do. */
  readonly text: string;
}

/** Which path, for messages. */
export interface PathName {
  /** Address of the disk, such as `e0.0`. */
  readonly disk: string;
  /** Own interface. */
  readonly interface: string;
  /** How many sectors the target says that it takes in a frame. */
  readonly targetSectors: number;
}

/** The commonest MTU: where the limit is only known roughly, it is that if it can be. */
const COMMON_MTU = 1500;
/** By how much a frame may be longer than the MTU says, in bytes, and what MTUs are chosen by. */
const VLAN_TAG_SIZE = 4;
const ROUND = 100;
/** Least share of small frames lost that is told, and how many must have been sent. */
const LOSS_TOLD = 0.01;
const LOSS_TOLD_SENT = 20;

const TROUBLES: Readonly<Record<Trouble, string>> = {
  refused: "the disk is reserved for others, who alone may read it",
  failed: "the disk answers reads by an error",
  silent: "the target does not answer any more",
  uncertain: "too many frames of any size are lost",
};

/** All that is to be said of a path. */
export function findingsOf(name: PathName, check: PathCheck): readonly Finding[] {
  if (check.ownSectors === 0) {
    return [fault(
      `${name.interface} here has MTU ${check.ownMtu}, too small for a sector: set it to ` +
        `${frameSize(name.targetSectors)} or more`,
    )];
  }
  return [
    ...lossesOf(name, check),
    ...troublesOf(check),
    ...differencesOf(name, check),
    ...chanceOf(check),
  ];
}

/** That `others`, such as `MAC on eth0`, answer for the same address and are another disk. */
export function clashFault(disk: string, others: readonly string[]): Finding {
  return fault(
    `another disk answers for ${disk}, too (${others.join(", ")}): clients take both for one and ` +
      "destroy their data; give one of them another address",
  );
}

function lossesOf(name: PathName, check: PathCheck): readonly Finding[] {
  const { toTarget, toClient } = check;
  const to = `to ${name.disk}`;
  const from = `from ${name.disk}`;
  if (isSameLimit(toTarget, toClient)) {
    return [limitFault(name, check, toTarget, `${to}, nor back`)];
  }
  return [[toTarget, to] as const, [toClient, from] as const].flatMap(([result, way]) => {
    if (result.lost.length === 0) return [];
    if (isLimit(result)) return [limitFault(name, check, result, way)];
    const sizes = result.lost.join(", ");
    return [fault(
      `frames of ${sizes} bytes do not get through ${way}, while larger ones do: no MTU does ` +
        "that; look for a faulty driver, cable or switch",
    )];
  });
}

/** Whether both directions lose all that is larger than one size. */
function isSameLimit(toTarget: DirectionResult, toClient: DirectionResult): boolean {
  return isLimit(toTarget) && isLimit(toClient) &&
    toClient.passes <= toTarget.passes && toTarget.passes < toClient.loses;
}

function limitFault(
  { disk, interface: own, targetSectors }: PathName,
  { ownMtu, ownSectors, sectors }: PathCheck,
  result: DirectionResult,
  way: string,
): Finding {
  const { passes, loses } = result;
  const isExact = loses - passes === 1;
  const limit = isExact
    ? `frames larger than ${passes} bytes do not get through ${way}`
    : `frames of ${loses} bytes and more do not get through ${way}` +
      (passes > 0 ? `, those of ${passes} do` : "");
  const mtu = mtuOf(result);
  const guess = isExact || mtu !== COMMON_MTU ? `${mtu}` : `probably ${mtu}`;
  const wanted = ownSectors === sectors ? ownMtu : frameSize(sectors);
  const lower = mtu < frameSize(1) ? "" : `, or that of ${own} to ${mtu}`;
  return fault(
    `${own} here has MTU ${ownMtu} and ${disk} takes ${targetSectors} sectors ` +
      `(${frameSize(targetSectors)} bytes) a frame, but ${limit}: something ` +
      `on the way (a switch, a bridge, the target's interface) has a smaller MTU (${guess}), and ` +
      `clients will hang on larger frames. Set the MTU of everything on the way to ${wanted} or ` +
      `more${lower}`,
  );
}

/** The MTU that a limit comes from; Linux and switches let a frame be longer by a VLAN tag. */
function mtuOf({ passes, loses }: DirectionResult): number {
  const common = COMMON_MTU + ETHER_HEADER_SIZE;
  if (passes <= common && common < loses) return COMMON_MTU;
  const mtu = Math.max(0, passes - ETHER_HEADER_SIZE);
  return (mtu - VLAN_TAG_SIZE) % ROUND === 0 ? mtu - VLAN_TAG_SIZE : mtu;
}

function troublesOf({ toTarget, toClient }: PathCheck): readonly Finding[] {
  const lost = toTarget.trouble;
  if (lost === "silent" || lost === "uncertain") return [fault(TROUBLES[lost])];
  const { trouble } = toClient;
  if (trouble === undefined) return [];
  if (trouble === "silent") {
    return [fault(
      "the target stopped answering when large frames were asked of it: some targets end where " +
        "their own interface refuses a frame; see whether it runs, and which MTU is next to it",
    )];
  }
  const text = `${TROUBLES[trouble]}: only frames to it were tried, not those that come back`;
  return [trouble === "uncertain" ? fault(text) : note(text)];
}

function differencesOf(name: PathName, check: PathCheck): readonly Finding[] {
  const { interface: own, disk, targetSectors } = name;
  const { ownMtu, ownSectors } = check;
  if (ownSectors > targetSectors) {
    return [note(
      `the target's interface has the smaller MTU: ${disk} takes ${sectorsOf(targetSectors)} a ` +
        `frame, ${own} could take ${ownSectors}; set the MTU there to ${ownMtu} for more speed`,
    )];
  }
  if (ownSectors < targetSectors) {
    return [note(
      `this host has the smaller MTU: ${own} has room for ${sectorsOf(ownSectors)} a frame ` +
        `(MTU ${ownMtu}), ${disk} takes ${targetSectors}; set it to ${frameSize(targetSectors)} ` +
        "or more, such as 9000, for more speed",
    )];
  }
  return [];
}

function sectorsOf(count: number): string {
  return count === 1 ? "1 sector" : `${count} sectors`;
}

function chanceOf(check: PathCheck): readonly Finding[] {
  const { smallSent, smallLost, toTarget, toClient } = check;
  // Who is away answers nothing: that tells nothing of the network.
  if (toTarget.trouble === "silent" || toClient.trouble === "silent") return [];
  if (smallSent < LOSS_TOLD_SENT || smallLost < LOSS_TOLD * smallSent) return [];
  return [note(
    `${smallLost} of ${smallSent} small frames had no answer, either: the network loses frames ` +
      "by chance, or the target is busy",
  )];
}

function fault(text: string): Finding {
  return { kind: "fault", text };
}

function note(text: string): Finding {
  return { kind: "note", text };
}
