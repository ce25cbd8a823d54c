/**
 * The probes of one path: padded questions to the target, reads from it.
 *
 * @module
 */
import { frameOf } from "../client/exchange.ts";
import type { Device } from "../client/initiator.ts";
import { troubleOf } from "../client/outcome.ts";
import { RefusedError } from "../client/target_error.ts";
import { Opcode } from "../ata/command.ts";
import { ATA_HEADER_SIZE, AtaFrame, SECTOR_SIZE } from "../wire/ata.ts";
import { ConfigCommand } from "../wire/config.ts";
import { AoeError, type Frame } from "../wire/frame.ts";
import { ataRequest, configRequest, type Route } from "../wire/requests.ts";
import {
  type Answer,
  type Direction,
  type DirectionResult,
  frameSize,
  Prober,
  smallSize,
} from "./prober.ts";
import type { Question, Station } from "./station.ts";

/** What was found out about one path. */
export interface PathCheck {
  /** The interface's MTU in bytes. */
  readonly ownMtu: number;
  /** How many sectors the interface's MTU has room for; where none, nothing was tried. */
  readonly ownSectors: number;
  /** How many sectors a frame both ends would use. */
  readonly sectors: number;
  /** Requests of every size. */
  readonly toTarget: DirectionResult;
  /** Reads of every size. */
  readonly toClient: DirectionResult;
  /** Small frames that were sent beside large ones. */
  readonly smallSent: number;
  /** Those of them that were not answered. */
  readonly smallLost: number;
}

/** Of the way back, where the target fell silent before. */
const NOTHING_KNOWN: DirectionResult = {
  passed: [],
  lost: [],
  trouble: "silent",
  passes: 0,
  loses: Infinity,
};

/** Tries every size on the path from `station` to `device`, a disk of `diskSectors` sectors. */
export async function checkPath(
  station: Station,
  device: Device,
  diskSectors: number,
): Promise<PathCheck> {
  const ownSectors = Math.floor((station.mtu - ATA_HEADER_SIZE) / SECTOR_SIZE);
  const sectors = Math.min(ownSectors, device.sectorCount);
  const route: Route = { ...device, source: station.mac, destination: device.mac };
  const questions = new Map<string, Question>();
  const prober = new Prober((direction, size) => {
    // Small frames are asked for again and again, each on its own.
    if (size === smallSize(direction)) return station.ask(ask(route, direction, size));
    const key = `${direction} ${size}`;
    const question = questions.get(key) ?? ask(route, direction, size);
    questions.set(key, question);
    return station.ask(question);
  });
  const toTarget = await prober.check("toTarget", sectors);
  const toClient = toTarget.trouble === "silent"
    ? NOTHING_KNOWN
    : await prober.check("toClient", Math.min(sectors, diskSectors));
  const { smallSent, smallLost } = prober;
  return { ownMtu: station.mtu, ownSectors, sectors, toTarget, toClient, smallSent, smallLost };
}

function ask(route: Route, direction: Direction, size: number): Question {
  return direction === "toTarget" ? askPadded(route, size) : askData(route, size);
}

/** A question for the config string with zeros behind it, which every target passes over. */
function askPadded(route: Route, size: number): Question {
  const bytes = new Uint8Array(size);
  bytes.set(configRequest(route, ConfigCommand.READ));
  return { request: frameOf(bytes), read: () => "answered" };
}

/** A read of as many sectors as make the answer that large. */
function askData(route: Route, size: number): Question {
  const count = (size - frameSize(0)) / SECTOR_SIZE;
  const request = ataRequest(route, { opcode: Opcode.READ_EXT, lba: 0, count });
  return {
    request: frameOf(request),
    read: (reply, replySize) => readData(reply, replySize, size),
  };
}

function readData(reply: Frame, replySize: number, size: number): Answer {
  const trouble = troubleOf(new AtaFrame(reply.view), replySize);
  if (trouble === undefined) return replySize >= size ? "answered" : "failed";
  return trouble instanceof RefusedError && trouble.code === AoeError.RESERVED
    ? "refused"
    : "failed";
}
