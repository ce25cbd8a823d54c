/**
 * One question, and how long its answer takes. Unlike a link (link.ts) this waits in the kernel, so
 * that no turn of the event loop is in the times; it sends nothing again.
 *
 * @module
 */
import { frameOf } from "./exchange.ts";
import { ResponseSocket } from "./response_socket.ts";

const RECEIVE_BUFFER_SIZE = 256 * 1024;
/** Most frames taken by one look, so that a flood does not keep it looking. */
const DRAIN_MAX = 1024;
/** As many calls as make the runtime stop to work on them. */
const WARM_UP_TURNS = 20;
const TAG_MAX = 0xffffffff;

/** An answer to the question in hand. */
export interface EchoAnswer {
  /** From right before the send to right after the receipt, in milliseconds. */
  readonly timeMs: number;
  /** Its bytes, a copy. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Asks one target on one interface. */
export class Echo implements Disposable {
  /** Answers to questions that were answered already. */
  duplicateCount = 0;
  /** First answers that came when they were waited for no more. */
  lateCount = 0;

  readonly #target: number;
  readonly #socket: ResponseSocket;
  readonly #firstTag: number;
  /** By question: whether it was answered. */
  readonly #answered: boolean[] = [];
  #tag = 0;
  #sentMs = 0;

  private constructor(socket: ResponseSocket, target: number) {
    this.#target = target;
    this.#socket = socket;
    // Half of all numbers are left for questions, and 0 is the tag of advertisements.
    this.#firstTag = 1 + ((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) >>> 1);
  }

  /** Opens one on the interface `name` to the target with the MAC `target`. */
  static open(name: string, target: number): Echo {
    return new Echo(ResponseSocket.open(name, RECEIVE_BUFFER_SIZE), target);
  }

  /** Runs through the calls that are timed, so that the first answer's time is not theirs. */
  warmUp(): void {
    for (let turn = 0; turn < WARM_UP_TURNS; turn++) this.wait(1);
  }

  /** Sends a question, whose tag is set here. Returns 0 or a negative errno. */
  send(question: Uint8Array): number {
    this.look();
    this.#tag = this.#firstTag + this.#answered.length;
    if (this.#tag > TAG_MAX) throw new RangeError("Too many questions");
    frameOf(question).tag = this.#tag;
    this.#answered.push(false);
    this.#sentMs = performance.now();
    return this.#socket.send(question);
  }

  /**
   * Waits up to `waitMs` for the answer to the last question; undefined where none came, or where a
   * signal ended the wait. Whoever has to hear of signals waits a little at a time.
   */
  wait(waitMs: number): EchoAnswer | undefined {
    const endMs = performance.now() + waitMs;
    for (let restMs = waitMs; restMs > 0; restMs = endMs - performance.now()) {
      const size = this.#socket.receive(Math.ceil(restMs));
      const nowMs = performance.now();
      if (size < 0) return undefined;
      if (!this.#isAnswer(size)) continue;
      if (this.#socket.received.tag !== this.#tag || this.#isAnswered(this.#tag)) {
        this.#count();
        continue;
      }
      this.#answered[this.#tag - this.#firstTag] = true;
      return { timeMs: nowMs - this.#sentMs, bytes: this.#socket.received.bytes.slice(0, size) };
    }
    return undefined;
  }

  /** Counts what came unasked for meanwhile: duplicates, and what comes late. */
  look(): void {
    for (let turn = 0; turn < DRAIN_MAX; turn++) {
      const size = this.#socket.receive();
      if (size < 0) return;
      if (this.#isAnswer(size)) this.#count();
    }
  }

  /** Whether the frame in hand answers any of the questions. */
  #isAnswer(size: number): boolean {
    if (size === 0) return false;
    const index = this.#socket.received.tag - this.#firstTag;
    return index >= 0 && index < this.#answered.length &&
      this.#socket.received.source === this.#target;
  }

  #isAnswered(tag: number): boolean {
    return this.#answered[tag - this.#firstTag] === true;
  }

  #count(): void {
    const index = this.#socket.received.tag - this.#firstTag;
    if (this.#answered[index] === true) this.duplicateCount++;
    else this.lateCount++;
    this.#answered[index] = true;
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}
