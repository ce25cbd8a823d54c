/**
 * Which frames a target looks at (docs/protocol.md, "Frames"), and what they ask for. The order of
 * the checks is part of the protocol: a client that is shut out learns nothing, not even an error.
 *
 * @module
 */
import { ConfigCommand } from "../wire/config.ts";
import { AoeError, Command, ETHER_TYPE, SHELF_ANY, SLOT_ANY } from "../wire/frame.ts";
import { BROADCAST_MAC, isGroupMac } from "../wire/mac.ts";
import { MaskCommand } from "../wire/mask.ts";
import { ReserveCommand } from "../wire/reserve.ts";
import type { Request } from "./request.ts";

/** Whether the frame, which holds a whole header, is a request to shelf.slot and this host. */
export function isAddressedTo(request: Request, shelf: number, slot: number): boolean {
  const { frame, port } = request;
  if (frame.etherType !== ETHER_TYPE || frame.isResponse) return false;
  const itsShelf = frame.shelf;
  const itsSlot = frame.slot;
  if (itsShelf !== shelf || itsSlot !== slot) {
    if (itsShelf !== shelf && itsShelf !== SHELF_ANY) return false;
    if (itsSlot !== slot && itsSlot !== SLOT_ANY) return false;
    if (!mayAskAll(request)) return false;
  }
  const destination = frame.destination;
  if (destination !== port.mac && destination !== BROADCAST_MAC) return false;
  return !isGroupMac(request.source) && (request.source !== 0 || port.loopback);
}

/** By a wildcard address only questions are served: one frame must not reach every disk. */
function mayAskAll(request: Request): boolean {
  const { frame, mask, reserve, size } = request;
  switch (frame.command) {
    case Command.CONFIG:
      return true;
    case Command.MASK:
      return mask.fits(size) && mask.maskCommand === MaskCommand.READ;
    case Command.RESERVE:
      return reserve.fits(size) && reserve.reserveCommand === ReserveCommand.READ;
    default:
      return false;
  }
}

/** Whether a frame of command 1, 2 or 3, which holds its header, wants something set. */
export function asksForChange({ config, frame, mask, reserve }: Request): boolean {
  switch (frame.command) {
    case Command.CONFIG:
      return config.configCommand === ConfigCommand.SET ||
        config.configCommand === ConfigCommand.FORCE;
    case Command.MASK:
      return mask.maskCommand === MaskCommand.EDIT;
    case Command.RESERVE:
      return reserve.reserveCommand === ReserveCommand.SET ||
        reserve.reserveCommand === ReserveCommand.FORCE;
    default:
      return false;
  }
}

/** Whether the frame holds all of the header of a command other than ATA. */
export function holdsHeader({ config, frame, mask, reserve, size }: Request): boolean {
  switch (frame.command) {
    case Command.CONFIG:
      return config.fits(size);
    case Command.MASK:
      return mask.fits(size);
    case Command.RESERVE:
      return reserve.fits(size);
    default:
      return true;
  }
}

/** Whether the reply in the request says that a mask list or reservation was set. */
export function isAcknowledgedChange({ frame, mask, reserve }: Request): boolean {
  if (frame.error !== AoeError.NONE) return false;
  if (frame.command === Command.MASK) return mask.maskCommand !== MaskCommand.READ;
  return frame.command === Command.RESERVE && reserve.reserveCommand !== ReserveCommand.READ;
}

/** Upper half of the tag of the question by which a target looks for another one. */
const PROBE_MARK = 0xdb1a;
const PROBE_TAGS = 0x10000;

/**
 * In place of a tag where the question was put, nobody answered, and the target does not serve yet:
 * it is the first one then, and gives way to nobody.
 */
export const ASKED = 0;
/** In place of a tag where another target has the address: not even questions are answered. */
export const SILENT: number = -1;

/** The tag of such a question; `random` is any number. */
export function probeTag(random: number): number {
  return PROBE_MARK * PROBE_TAGS + random % PROBE_TAGS;
}

/**
 * Whether the frame is answered while another target of the same address is looked for: only
 * questions are, and not our own, which carries `tag` and comes back on the loopback interface. Of
 * two targets that look for each other at once, the one with the lower MAC stays: the other one,
 * which it does answer, gives up.
 */
export function isAnsweredWhileProbing(request: Request, tag: number): boolean {
  if (tag === SILENT) return false;
  const { frame, config, size } = request;
  const isAsking = tag !== ASKED;
  const isOwn = isAsking && frame.tag === tag && request.source === request.port.mac;
  const isProbe = Math.floor(frame.tag / PROBE_TAGS) === PROBE_MARK;
  if (isAsking && isProbe && request.source < request.port.mac) return false;
  if (isOwn || frame.command !== Command.CONFIG || !config.fits(size)) return false;
  return config.configCommand <= ConfigCommand.PREFIX;
}
