/**
 * One interface that probes go out by. A probe is sent exactly once, unlike a request of an
 * initiator, which would hide what is lost.
 *
 * @module
 */
import type { Exchange } from "../client/exchange.ts";
import { Link } from "../client/link.ts";
import { Frame, HEADER_SIZE } from "../wire/frame.ts";
import type { Answer } from "./prober.ts";

/** How long an answer is waited for: as many times the slowest of late, within limits, ms. */
const PATIENCE_FACTOR = 4;
const PATIENCE_MIN_MS = 30;
const PATIENCE_FIRST_MS = 500;
const PATIENCE_MAX_MS = 1000;
/** What is left of the slowest one with each new answer: one hiccup is not waited for for long. */
const FORGET = 0.9;
/** Longer than any patience: nothing is sent twice. */
const NEVER_MS = 1e9;

/** One thing to find out, by as many probes as it takes: a late answer to any of them counts. */
export interface Question {
  /** The frame that asks; its tag is set when it is sent. */
  readonly request: Frame;
  /** What a frame of `size` bytes says that came for it. */
  read(reply: Frame, size: number): Answer;
  /** What is known; undefined: nothing yet. */
  answer?: Answer;
}

/** Sends probes by one interface and hears their answers. */
export class Station implements Disposable {
  readonly #link: Link;
  /** Probes that were given up, by tag. */
  readonly #late = new Map<number, { readonly question: Question; readonly sentMs: number }>();
  #slowestMs = 0;

  private constructor(link: Link) {
    this.#link = link;
    link.unasked = (frame) => this.#hear(frame);
  }

  /** Opens the interface `name`; needs CAP_NET_RAW. */
  static open(name: string): Station {
    const never = { waitMs: NEVER_MS, waitMinMs: NEVER_MS, waitMaxMs: NEVER_MS };
    return new Station(Link.open(name, { ...never, patienceMs: NEVER_MS }));
  }

  /** Own MAC. */
  get mac(): number {
    return this.#link.mac;
  }

  /** Largest payload of a frame in bytes. */
  get mtu(): number {
    return this.#link.mtu;
  }

  /** Sends the question's frame once; waits for an answer, to this probe or one before it. */
  ask(question: Question): Promise<Answer> {
    if (question.answer !== undefined) return Promise.resolve(question.answer);
    const sentMs = performance.now();
    return new Promise((resolve) => {
      const exchange: Exchange = {
        request: question.request,
        replied: (reply, size) => {
          this.#learn(performance.now() - sentMs);
          question.answer ??= question.read(reply, size);
          resolve(question.answer);
        },
        // What the interface refuses to send is lost like what a switch drops.
        failed: () => resolve(question.answer ?? "silent"),
      };
      this.#link.start(exchange, undefined, this.#patienceMs);
      this.#late.set(question.request.tag, { question, sentMs });
    });
  }

  #learn(elapsedMs: number): void {
    this.#slowestMs = Math.max(elapsedMs, FORGET * this.#slowestMs);
  }

  get #patienceMs(): number {
    if (this.#slowestMs === 0) return PATIENCE_FIRST_MS;
    const patienceMs = PATIENCE_FACTOR * this.#slowestMs;
    return Math.min(PATIENCE_MAX_MS, Math.max(PATIENCE_MIN_MS, patienceMs));
  }

  /** An answer that came too late is one still, and tells how long to wait. */
  #hear(bytes: Uint8Array<ArrayBuffer>): void {
    const reply = new Frame(new DataView(bytes.buffer));
    const late = bytes.length < HEADER_SIZE ? undefined : this.#late.get(reply.tag);
    if (late === undefined) return;
    const { question, sentMs } = late;
    if (reply.command !== question.request.command) return;
    if (reply.source !== question.request.destination) return;
    this.#learn(performance.now() - sentMs);
    question.answer ??= question.read(reply, bytes.length);
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#link[Symbol.dispose]();
  }
}
