/**
 * The AoE rules of one shelf.slot (docs/protocol.md): which frames are answered, how, and what has
 * to be done on the disk before. It never does I/O, never waits and never throws on input; an
 * engine carries its verdicts out and tells it how they ended.
 *
 * @module
 */
import { needsReservation } from "../ata/command.ts";
import { assert } from "../assert.ts";
import { addressKey, AoeError, Command, ETHER_TYPE, VERSION } from "../wire/frame.ts";
import { ConfigCommand } from "../wire/config.ts";
import {
  asksForChange,
  holdsHeader,
  isAcknowledgedChange,
  isAddressedTo,
  isAnsweredWhileProbing,
} from "./admission.ts";
import type { AccessRules } from "./access.ts";
import { type Advertisement, Announcer } from "./announcer.ts";
import { countCommand, isRefusal, newTargetCounts, type TargetCounts } from "./counts.ts";
import { Disk, type DiskOptions, refuseAta } from "./disk.ts";
import { IN_FLIGHT_MAX, InFlight } from "./in_flight.ts";
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
  /** Whether what an earlier run stored is not known: see {@linkcode Target.decide}. */
  readonly undecided?: boolean;
  /** Whom the configuration lets in; everybody without it. */
  readonly access?: AccessRules;
  /** The interfaces that the target is on to begin with, for advertisements. */
  readonly ports: readonly PortAddress[];
  /** Most requests to the disk that may be unfinished; {@linkcode IN_FLIGHT_MAX} without it. */
  readonly inFlightMax?: number;
}

/** What became of a change by an administrator: 0, a negative errno, or why nothing was tried. */
export type Administered = number | "busy" | "undecided";

/** One target. */
export class Target {
  /** What it counted. */
  readonly counts: TargetCounts = newTargetCounts();
  /** The disk. */
  readonly disk: Disk;
  /** Config string, mask list and reservation. */
  readonly settings: Settings;
  /** How many advertisements may still be sent; what is queued beyond that waits. */
  advertisementBudget: number = Infinity;

  readonly #options: TargetOptions;
  readonly #ports: Set<PortAddress>;
  /** The tags of our own questions, where another target of the address is looked for. */
  readonly #probeTags = new Map<PortAddress, number>();
  readonly #inFlight: InFlight;
  readonly #announcer = new Announcer();

  /** A target that serves at once. */
  constructor(options: TargetOptions) {
    this.#options = options;
    this.#ports = new Set(options.ports);
    this.disk = new Disk(options.sectors, options.disk);
    this.disk.isUndecided = options.undecided ?? false;
    this.settings = new Settings(options.state, options.facts, options.access);
    this.#inFlight = new InFlight(options.inFlightMax ?? IN_FLIGHT_MAX, this.counts);
  }

  /**
   * Decides about a frame that came in; see {@linkcode Verdict}. A request whose verdict is neither
   * `drop` nor `reply` keeps its frame, whose headers and payload of a write must stay as they are:
   * where their memory is needed for other frames, the engine copies them and says so
   * ({@linkcode Request.lieIn}) before its next call of the target.
   */
  handle(request: Request): Verdict {
    assert(request.entry < 0, "a frame was received into a request that is not free");
    const verdict = this.#decide(request);
    request.verdict = verdict;
    if (verdict === "reply") this.#countAnswer(request);
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
   * The reply in `request` was handed over for sending, or could not be: an engine says so after
   * each `reply`. It may be asked to send it once more, to another one who asked for the same: the
   * frame and `request.port` name that one now. So the frame of a request that
   * {@linkcode Request.isShared} must not lie in memory that the kernel still sends from.
   *
   * @returns `reply`, or `drop`: the request is free
   */
  sent(request: Request): Verdict {
    const verdict = this.#inFlight.sent(request);
    request.verdict = verdict;
    if (verdict === "reply") this.counts.answered++;
    return verdict;
  }

  /**
   * A request that goes on though no frame asked for it just now: one that had to wait and may run
   * (its verdict is work), is refused (`reply`) or forgotten (`drop`), a reply that had to wait, or
   * an advertisement, for which `free` is lent. Null where there is none.
   */
  next(free: Request): Request | null {
    const ready = this.#inFlight.take();
    if (ready !== null) return this.#resume(ready);
    const released = this.#inFlight.release(this.#isServed);
    if (released !== null) return this.#answerReleased(released);
    if (this.advertisementBudget <= 0) return null;
    const advertisement = this.#announcer.take(this.settings.receivers);
    if (advertisement === null) return null;
    this.advertisementBudget--;
    return this.#advertisement(free, advertisement);
  }

  /** Its address as one number, see {@linkcode addressKey}. */
  get addressKey(): number {
    return addressKey(this.#options.shelf, this.#options.slot);
  }

  /** Queues an advertisement on `port`, if the target serves there. */
  advertise(port: PortAddress): void {
    if (!this.#probeTags.has(port)) this.#announcer.add(port);
  }

  /** Queues an advertisement on each interface. */
  advertiseAll(): void {
    for (const port of this.#ports) this.advertise(port);
  }

  /** The target is on `port` from now on. */
  join(port: PortAddress): void {
    this.#ports.add(port);
  }

  /** The target is on `port` no more; requests that came by it may still be answered. */
  leave(port: PortAddress): void {
    this.#ports.delete(port);
    this.#probeTags.delete(port);
    this.#announcer.forget(port);
  }

  /**
   * Another target of the same address is looked for on `port`, by a question with that tag:
   * nothing but questions is answered there. Undefined: the target serves there.
   */
  probe(port: PortAddress, tag: number | undefined): void {
    if (tag === undefined) this.#probeTags.delete(port);
    else this.#probeTags.set(port, tag);
  }

  /** The tag given to {@linkcode probe}; undefined where the target serves. */
  probeTag(port: PortAddress): number | undefined {
    return this.#probeTags.size === 0 ? undefined : this.#probeTags.get(port);
  }

  /** The backing file has another size now. */
  resize(sectors: number): void {
    this.disk.sectors = sectors;
    this.advertiseAll();
  }

  /**
   * The configuration lets others in from now on. Who is shut out gets silence, also for what
   * waits; {@linkcode isSettled} tells when nothing runs for them any more.
   */
  setAccess(access: AccessRules): void {
    this.settings.rules = access;
    this.#shutOut();
  }

  /** Config replies name another number of requests that a client may have under way. */
  setBufferCount(bufferCount: number): void {
    this.settings.facts = { ...this.settings.facts, bufferCount };
    this.advertiseAll();
  }

  /**
   * An administrator changes the config string, mask list or reservation: as a set by a client, but
   * without a frame. It holds at once; who reports it as done waits for {@linkcode isSettled}.
   *
   * @param change makes the new state of the present one, which it returns where all stays as it is
   * @param save stores it durably; returns 0 or a negative errno
   * @returns what `save` does; `busy` while another change is being stored; `undecided` while it is
   *     not known what is stored
   */
  administer(
    change: (state: TargetState) => TargetState,
    save: (state: TargetState) => number,
  ): Administered {
    if (this.disk.isUndecided) return "undecided";
    if (this.settings.isSaving) return "busy";
    const before = this.settings.current;
    const state = change(before);
    const result = state === before ? 0 : save(state);
    if (result < 0) this.counts.notStored++;
    else this.#become(state);
    return result;
  }

  /** What is stored is known, or was decided by an administrator: all is served from now on. */
  decide(state: TargetState): void {
    if (!this.disk.isUndecided) return;
    this.disk.isUndecided = false;
    this.#become(state);
  }

  /** Whether nothing is done any more for clients that were shut out. */
  get isSettled(): boolean {
    return !this.settings.isSaving && !this.#inFlight.runsExcluded(this.#isServed);
  }

  /** The state is stored. */
  #become(state: TargetState): void {
    const before = this.settings.current;
    this.settings.become(state);
    this.#shutOut();
    if (state.config !== before.config) this.advertiseAll();
  }

  #decide(request: Request): Verdict {
    const frame = request.frame;
    if (!frame.fits(request.size)) return this.#malformed();
    request.source = frame.source;
    const { shelf, slot } = this.#options;
    const probeTag = this.probeTag(request.port);
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
    request.kind = "other";
    // Nothing could be said of it that is sure to hold.
    if (this.disk.isUndecided && asksForChange(request)) return this.#notStored();
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

  #notStored(): Verdict {
    this.counts.notStored++;
    return "drop";
  }

  #ata(request: Request): Verdict {
    countCommand(this.counts, request);
    request.length = 0;
    const verdict = this.#start(request);
    return verdict === "reply" ? verdict : this.#inFlight.enter(request, verdict);
  }

  /** What the command comes to now, `reply` or work: at its arrival, and again after it waited. */
  #start(request: Request): Verdict {
    const isFree = this.settings.reservesFor(request.source);
    if (!isFree && needsReservation(request.ata.opcode)) {
      return refuseAta(request, AoeError.RESERVED);
    }
    return this.disk.start(request);
  }

  /** The turn of a request that waited has come, unless it was refused meanwhile. */
  #resume(request: Request): Request {
    if (request.verdict === "wait") {
      // Whatever was checked at its arrival may have changed since.
      request.verdict = this.#start(request);
      if (request.verdict === "reply") this.#inFlight.finish(request);
    } else {
      this.#inFlight.settle(request);
    }
    if (request.verdict === "reply") this.counts.answered++;
    return request;
  }

  /** Refuses a waiting request of a client that was shut out. */
  readonly #refuse = (request: Request): void => {
    const isAdmitted = this.settings.admits(request.source);
    if (!isAdmitted) this.counts.ignored++;
    request.verdict = isAdmitted ? refuseAta(request, AoeError.RESERVED) : "drop";
  };

  #completeSave(request: Request, result: number): Verdict {
    const saved = this.settings.saved(request, result);
    this.#shutOut();
    if (saved === "drop") this.counts.notStored++;
    else if (request.frame.command === Command.CONFIG) this.advertiseAll();
    const verdict = this.#fence(request, saved);
    request.verdict = verdict;
    if (verdict === "reply") this.counts.answered++;
    return verdict;
  }

  /** At once and for good: a request that waits must not run after a change back either. */
  #shutOut(): void {
    this.#inFlight.refuse(this.#isServed, this.#refuse);
  }

  /** Holds the acknowledgement of a change back while a request of a client it shut out runs. */
  #fence(request: Request, verdict: Verdict): Verdict {
    if (verdict !== "reply" || !isAcknowledgedChange(request)) return verdict;
    return this.#inFlight.fence(request, this.#isServed);
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
    request.kind = "own";
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
