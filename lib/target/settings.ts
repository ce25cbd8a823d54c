/**
 * What clients can change about a target and what outlives a restart: config string, mask list,
 * reservation (commands 1, 2 and 3). A change becomes current, and is acknowledged, only once it is
 * stored.
 *
 * @module
 */
import { ATA_HEADER_SIZE, SECTOR_SIZE } from "../wire/ata.ts";
import { CONFIG_HEADER_SIZE } from "../wire/config.ts";
import { AoeError, Command } from "../wire/frame.ts";
import { MaskCommand, MaskError } from "../wire/mask.ts";
import { Access, type AccessRules, NO_RULES } from "./access.ts";
import { decideConfig } from "./config_string.ts";
import { editMasks, maskReplySize, writeMasks, writeStoppedEdit } from "./mask_list.ts";
import { refuseHeader } from "./reply.ts";
import type { PortAddress, Request, Verdict } from "./request.ts";
import { decideReserve, reserveReplySize, writeReservation } from "./reservation.ts";

/** Most sectors that a frame's count can name. */
const SECTOR_COUNT_MAX = 255;

/** What outlives a restart: replaced as a whole, never changed. */
export interface TargetState {
  /** The config string. */
  readonly config: Uint8Array<ArrayBuffer>;
  /** MACs that are served; empty: all. */
  readonly masks: readonly number[];
  /** MACs that the disk is reserved for; empty: not reserved. */
  readonly reservations: readonly number[];
}

/** What a config reply says of the target besides its string. */
export interface ConfigFacts {
  /** How many requests a client may have under way. */
  readonly bufferCount: number;
  /** Version of the target's program. */
  readonly firmwareVersion: number;
}

/** Sectors that fit a frame on `port`. */
export function sectorCountOf(port: PortAddress): number {
  const fit = Math.floor((port.mtu - ATA_HEADER_SIZE) / SECTOR_SIZE);
  return Math.max(1, Math.min(SECTOR_COUNT_MAX, fit)); // 0 would mean 2
}

/** The present settings and the change that is being stored. */
export class Settings {
  #current: TargetState;
  #pending: TargetState | undefined;
  #facts: ConfigFacts;
  #rules: AccessRules;
  /** Of the rules and the present mask list. */
  #access: Access;

  /** Starts from what an earlier run stored. */
  constructor(state: TargetState, facts: ConfigFacts, rules: AccessRules = NO_RULES) {
    this.#current = state;
    this.#facts = facts;
    this.#rules = rules;
    this.#access = new Access(rules, state.masks);
  }

  /** What holds now. */
  get current(): TargetState {
    return this.#current;
  }

  /** What a request with the verdict `save` wants stored. */
  get pending(): TargetState {
    return this.#pending ?? this.#current;
  }

  /** Whether a change is being stored. */
  get isSaving(): boolean {
    return this.#pending !== undefined;
  }

  /** What config replies say besides the string. */
  get facts(): ConfigFacts {
    return this.#facts;
  }
  set facts(facts: ConfigFacts) {
    this.#facts = facts;
  }

  /** What the configuration says of who is served. */
  get rules(): AccessRules {
    return this.#rules;
  }
  set rules(rules: AccessRules) {
    this.#rules = rules;
    this.#access = new Access(rules, this.#current.masks);
  }

  /** Whether mask list and configuration let `mac` in. */
  admits(mac: number): boolean {
    return this.#access.admits(mac);
  }

  /** Who gets an advertisement, one each; undefined: one goes to all. */
  get receivers(): readonly number[] | undefined {
    return this.#access.receivers;
  }

  /** Whether no reservation keeps `mac` from the disk. */
  reservesFor(mac: number): boolean {
    const list = this.#current.reservations;
    return list.length === 0 || list.includes(mac);
  }

  /** Command 1, whose header lies within the frame. */
  config(request: Request): Verdict {
    const outcome = decideConfig(request.config, request.size, this.#current.config);
    if (outcome === "silence") return "drop";
    if (outcome === "reply") return this.replyConfig(request, AoeError.NONE);
    if ("error" in outcome) return this.replyConfig(request, outcome.error);
    if (!request.canSend(CONFIG_HEADER_SIZE + outcome.set.length)) {
      return refuseHeader(request, AoeError.BAD_ARGUMENT);
    }
    return this.#save({ ...this.#current, config: outcome.set });
  }

  /** Command 2, whose header lies within the frame. */
  mask(request: Request): Verdict {
    const mask = request.mask;
    const before = this.#current.masks;
    if (mask.maskCommand === MaskCommand.READ) return this.#replyMasks(request);
    if (mask.maskCommand !== MaskCommand.EDIT || !mask.directivesFit(request.size)) {
      return refuseHeader(request, AoeError.BAD_ARGUMENT);
    }
    const edit = editMasks(mask, before);
    mask.maskError = edit.error;
    const isStopped = edit.error !== MaskError.NONE;
    // A change whose reply could not be sent is not begun: its client could not tell what it did.
    if (!request.canSend(maskReplySize(isStopped ? edit.done : edit.list.length))) {
      return refuseHeader(request, AoeError.BAD_ARGUMENT);
    }
    if (isStopped) writeStoppedEdit(mask, edit);
    const same = edit.list.length === before.length &&
      edit.list.every((mac, at) => mac === before[at]);
    return same ? this.#replyEdit(request) : this.#save({ ...this.#current, masks: edit.list });
  }

  /** Command 3, whose header lies within the frame. */
  reserve(request: Request): Verdict {
    const list = this.#current.reservations;
    const outcome = decideReserve(request.reserve, request.size, request.source, list);
    if (outcome === "reply") return this.#replyReservation(request, AoeError.NONE);
    if ("error" in outcome) return this.#replyReservation(request, outcome.error);
    if (!request.canSend(reserveReplySize(outcome.set.length))) {
      return refuseHeader(request, AoeError.BAD_ARGUMENT);
    }
    return this.#save({ ...this.#current, reservations: outcome.set });
  }

  /** The pending change is stored, or was not: then the old settings stay and nothing is said. */
  saved(request: Request, result: number): Verdict {
    const pending = this.pending;
    this.#pending = undefined;
    if (result < 0) return "drop";
    this.become(pending);
    return this.reply(request);
  }

  /** Another state is stored: it is the present one from now on. */
  become(state: TargetState): void {
    this.#current = state;
    this.#access = new Access(this.#rules, state.masks);
  }

  /** The present settings as the reply to a change. */
  reply(request: Request): Verdict {
    switch (request.frame.command) {
      case Command.CONFIG:
        return this.replyConfig(request, AoeError.NONE);
      case Command.MASK:
        return this.#replyEdit(request);
      default:
        return this.#replyReservation(request, AoeError.NONE);
    }
  }

  /** The present string and what clients need to know of the target. */
  replyConfig(request: Request, error: number): Verdict {
    const { config, frame, port } = request;
    const configCommand = config.configCommand;
    const string = this.#current.config;
    const size = CONFIG_HEADER_SIZE + string.length;
    if (!request.canSend(size)) return refuseHeader(request, error || AoeError.BAD_ARGUMENT);
    if (error !== AoeError.NONE) frame.refuse(error);
    config.bufferCount = this.#facts.bufferCount;
    config.firmware = this.#facts.firmwareVersion;
    config.sectorCount = sectorCountOf(port);
    config.configCommand = configCommand; // with our version beside it
    config.setString(string);
    request.replySize = frame.pad(size);
    return "reply";
  }

  /** One change is stored at a time; a client whose change comes meanwhile asks again. */
  #save(state: TargetState): Verdict {
    if (this.#pending !== undefined) return "drop";
    this.#pending = state;
    return "save";
  }

  /** The reply to an edit: why it stopped, or the whole list. */
  #replyEdit(request: Request): Verdict {
    if (request.mask.maskError === MaskError.NONE) return this.#replyMasks(request);
    request.replySize = request.frame.pad(maskReplySize(request.mask.count));
    return "reply";
  }

  #replyMasks(request: Request): Verdict {
    const list = this.#current.masks;
    const size = maskReplySize(list.length);
    if (!request.canSend(size)) return refuseHeader(request, AoeError.BAD_ARGUMENT);
    writeMasks(request.mask, list);
    request.replySize = request.frame.pad(size);
    return "reply";
  }

  #replyReservation(request: Request, error: number): Verdict {
    const list = this.#current.reservations;
    const size = reserveReplySize(list.length);
    if (!request.canSend(size)) return refuseHeader(request, error || AoeError.BAD_ARGUMENT);
    if (error !== AoeError.NONE) request.frame.refuse(error);
    writeReservation(request.reserve, list);
    request.replySize = request.frame.pad(size);
    return "reply";
  }
}
