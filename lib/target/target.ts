/**
 * The AoE rules of one shelf.slot (docs/protocol.md): which frames are answered, how, and what has
 * to be done on the disk before. It never does I/O, never waits and never throws on input; an
 * engine carries its verdicts out and tells it how they ended.
 *
 * @module
 */
import { needsReservation } from "../ata/command.ts";
import { AoeError, Command, ETHER_TYPE, VERSION } from "../wire/frame.ts";
import { ConfigCommand } from "../wire/config.ts";
import { MaskCommand } from "../wire/mask.ts";
import { ReserveCommand } from "../wire/reserve.ts";
import { isAddressedTo, isAnsweredWhileProbing } from "./admission.ts";
import { type Advertisement, Announcer } from "./announcer.ts";
import { countCommand, isRefusal, newRequestCounts, type RequestCounts } from "./counts.ts";
import { Disk, type DiskOptions, refuseAta } from "./disk.ts";
import { InFlight } from "./in_flight.ts";
import { refuseHeader } from "./reply.ts";
import type { PortAddress, Request, Verdict } from "./request.ts";
import { type ConfigFacts, Settings, type TargetState } from "./settings.ts";

/** What a target is made of. */
export interface TargetOptions {
  /** Upper half of the address. */
  readonly shelf: number;
  /** Lower half of the address. */
  readonly slot: number;
  /** Size in sectors. */
  readonly sectors: number;
  /** How the disk is served. */
  readonly disk: DiskOptions;
  /** What config replies say. */
  readonly facts: ConfigFacts;
  /** What an earlier run stored. */
  readonly state: TargetState;
  /** The interfaces that the target is on, for advertisements. */
  readonly ports: readonly PortAddress[];
}

/** What a target counted since it was made. */
export interface TargetCounts extends RequestCounts {
  /** Frames that were not for us, or of clients that are not served. */
  ignored: number;
  /** Frames too short for what they claim to be. */
  malformed: number;
  /** Requests that were answered. */
  answered: number;
  /** Those of them that were answered with an error before anything was done for them. */
  refused: number;
  /** Changes that were not acknowledged because they could not be stored. */
  notStored: number;
}

/** One target. */
export class Target {
  /** What it counted. */
  readonly counts: TargetCounts = {
    ...newRequestCounts(),
    ignored: 0,
    malformed: 0,
    answered: 0,
    refused: 0,
    notStored: 0,
  };
  /** The disk. */
  readonly disk: Disk;
  /** Config string, mask list and reservation. */
  readonly settings: Settings;
  /** How many advertisements may still be sent; what is queued beyond that waits. */
  advertisementBudget: number = Infinity;

  readonly #options: TargetOptions;
  readonly #inFlight = new InFlight();
  readonly #announcer = new Announcer();

  /** A target that serves at once. */
  constructor(options: TargetOptions) {
    this.#options = options;
    this.disk = new Disk(options.sectors, options.disk);
    this.settings = new Settings(options.state, options.facts);
  }

  /** Decides about a frame that came in; see {@linkcode Verdict}. */
  handle(request: Request): Verdict {
    const verdict = this.#decide(request);
    request.verdict = verdict;
    if (verdict === "reply") this.#countAnswer(request);
    else if (verdict !== "drop" && verdict !== "wait") this.#inFlight.start(request);
    return verdict;
  }

  /**
   * The work for the request's verdict is done.
   *
   * @param result 0, or the negative errno that it failed with
   * @returns what is next: more work, `reply`, `wait` or `drop`
   */
  complete(request: Request, result: number): Verdict {
    if (request.verdict === "save") return this.#completeSave(request, result);
    const verdict = this.disk.complete(request, result);
    request.verdict = verdict;
    if (verdict === "reply") {
      this.#inFlight.finish(request);
      this.counts.answered++;
    }
    return verdict;
  }

  /**
   * A request that goes on though no frame asked for it just now, with the verdict `reply` or
   * `drop`: a reply that had to wait, or an advertisement, for which `free` lends its slot. Null
   * where there is none.
   */
  next(free: Request): Request | null {
    const released = this.#inFlight.release(this.#isServed);
    if (released !== null) return this.#answerReleased(released);
    if (this.advertisementBudget <= 0) return null;
    const advertisement = this.#announcer.take(this.settings.current.masks);
    if (advertisement === null) return null;
    this.advertisementBudget--;
    return this.#advertisement(free, advertisement);
  }

  /** Queues an advertisement on `port`, if the target serves there. */
  advertise(port: PortAddress): void {
    if (port.probeTag === undefined) this.#announcer.add(port);
  }

  /** The backing file has another size now. */
  resize(sectors: number): void {
    this.disk.sectors = sectors;
    this.#advertiseAll();
  }

  #advertiseAll(): void {
    for (const port of this.#options.ports) this.advertise(port);
  }

  #decide(request: Request): Verdict {
    const frame = request.frame;
    if (!frame.fits(request.size)) return this.#malformed();
    request.source = frame.source;
    const { shelf, slot } = this.#options;
    const probeTag = request.port.probeTag;
    const isForUs = isAddressedTo(request, shelf, slot) && this.settings.admits(request.source) &&
      (probeTag === undefined || isAnsweredWhileProbing(request, probeTag));
    if (!isForUs) {
      this.counts.ignored++;
      return "drop";
    }
    const version = frame.version;
    frame.answer(request.port.mac, shelf, slot);
    // Version 0 is what an old client sends; it means 1.
    if (version > VERSION) return refuseHeader(request, AoeError.UNSUPPORTED_VERSION);
    return this.#dispatch(request);
  }

  #dispatch(request: Request): Verdict {
    const command = request.frame.command;
    if (command === Command.ATA) {
      return request.ata.fits(request.size) ? this.#ata(request) : this.#malformed();
    }
    if (!holdsHeader(request)) return this.#malformed();
    this.counts.others++;
    switch (command) {
      case Command.CONFIG:
        return this.settings.config(request);
      case Command.MASK:
        return this.#fence(request, this.settings.mask(request));
      case Command.RESERVE:
        return this.#fence(request, this.settings.reserve(request));
      default:
        return refuseHeader(request, AoeError.UNKNOWN_COMMAND);
    }
  }

  /** Counts a request that is answered at once. */
  #countAnswer(request: Request): void {
    this.counts.answered++;
    if (isRefusal(request)) this.counts.refused++;
  }

  #malformed(): Verdict {
    this.counts.malformed++;
    return "drop";
  }

  #ata(request: Request): Verdict {
    countCommand(this.counts, request.ata.opcode);
    const isFree = this.settings.reservesFor(request.source);
    if (!isFree && needsReservation(request.ata.opcode)) {
      return refuseAta(request, AoeError.RESERVED);
    }
    return this.disk.start(request);
  }

  #completeSave(request: Request, result: number): Verdict {
    this.#inFlight.finish(request);
    const saved = this.settings.saved(request, result);
    if (saved === "drop") this.counts.notStored++;
    else if (request.frame.command === Command.CONFIG) this.#advertiseAll();
    const verdict = this.#fence(request, saved);
    request.verdict = verdict;
    if (verdict === "reply") this.counts.answered++;
    return verdict;
  }

  /** Holds the acknowledgement of a change back while a request of a client it shut out runs. */
  #fence(request: Request, verdict: Verdict): Verdict {
    const isHeld = verdict === "reply" && isAcknowledgedChange(request) &&
      this.#inFlight.holdsExcluded(this.#isServed);
    if (!isHeld) return verdict;
    this.#inFlight.fence(request);
    return "wait";
  }

  /** What was changed meanwhile counts: whom it shut out gets nothing, others the present list. */
  #answerReleased(request: Request): Request {
    request.verdict = this.settings.admits(request.source) ? this.settings.reply(request) : "drop";
    if (request.verdict === "reply") this.counts.answered++;
    return request;
  }

  /** Whether requests of `mac` may reach the disk. */
  readonly #isServed = (mac: number): boolean =>
    this.settings.admits(mac) && this.settings.reservesFor(mac);

  /** Writes an unsolicited config response with tag 0 (AoEr11, section 3.2). */
  #advertisement(request: Request, advertisement: Advertisement): Request {
    const { frame, config } = request;
    const { shelf, slot } = this.#options;
    request.port = advertisement.port;
    frame.source = advertisement.receiver; // the answer goes to the source
    frame.answer(request.port.mac, shelf, slot);
    frame.etherType = ETHER_TYPE;
    frame.command = Command.CONFIG;
    frame.tag = 0;
    config.configCommand = ConfigCommand.READ;
    const verdict = this.settings.replyConfig(request, AoeError.NONE);
    request.verdict = frame.error === AoeError.NONE ? verdict : "drop"; // no room for the string
    return request;
  }
}

/** Whether the frame holds all of the header of a command other than ATA. */
function holdsHeader({ config, frame, mask, reserve, size }: Request): boolean {
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
function isAcknowledgedChange({ frame, mask, reserve }: Request): boolean {
  if (frame.error !== AoeError.NONE) return false;
  if (frame.command === Command.MASK) return mask.maskCommand !== MaskCommand.READ;
  return frame.command === Command.RESERVE && reserve.reserveCommand !== ReserveCommand.READ;
}
