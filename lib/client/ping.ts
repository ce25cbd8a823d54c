/**
 * Round trips by one path: questions with their answers, counted.
 *
 * @module
 */
import { Opcode } from "../ata/command.ts";
import { ConfigCommand } from "../wire/config.ts";
import { ataRequest, configRequest, type Route } from "../wire/requests.ts";
import { Echo, type EchoAnswer } from "./echo.ts";
import type { Path } from "./lan.ts";
import { readAta, readConfig } from "./replies.ts";

/** What is asked: the target, or the disk behind it. */
export type Question = "config" | "ata";

/** How one question ended. */
export interface PingOutcome {
  /** Round trip in milliseconds. */
  readonly timeMs: number;
  /** Size of the answer in bytes. */
  readonly size: number;
  /** What the target said instead of what it was asked; undefined where it did as asked. */
  readonly trouble: string | undefined;
}

/** The questions by one path. */
export class PathPing implements Disposable {
  /** The path. */
  readonly path: Path;
  /** Questions that were sent. */
  sentCount = 0;
  /** Round trips of those that were answered in time, in milliseconds. */
  readonly timesMs: number[] = [];
  readonly #echo: Echo;
  readonly #question: Question;
  readonly #bytes: Uint8Array;

  private constructor(path: Path, echo: Echo, question: Question) {
    this.path = path;
    this.#echo = echo;
    this.#question = question;
    const { initiator: { link }, device } = path;
    const { mac: destination, shelf, slot } = device;
    const route: Route = { source: link.mac, destination, shelf, slot };
    this.#bytes = question === "ata"
      ? ataRequest(route, { opcode: Opcode.IDENTIFY, count: 1 })
      : configRequest(route, ConfigCommand.READ);
  }

  /** Opens a socket of its own on the path's interface. */
  static open(path: Path, question: Question): PathPing {
    const ping = new PathPing(path, Echo.open(path.interface, path.device.mac), question);
    ping.#echo.warmUp();
    return ping;
  }

  /** Asks once. Returns 0, or the negative errno that sending ended with. */
  ask(): number {
    this.sentCount++;
    return this.#echo.send(this.#bytes);
  }

  /** Waits up to `waitMs`, in the kernel; undefined where no answer came. */
  wait(waitMs: number): PingOutcome | undefined {
    const answer = this.#echo.wait(waitMs);
    if (answer === undefined) return undefined;
    this.timesMs.push(answer.timeMs);
    return {
      timeMs: answer.timeMs,
      size: answer.bytes.length,
      trouble: this.#troubleOf(answer),
    };
  }

  /** Lets the last question go: whether it would have been answered is not known. */
  abandon(): void {
    this.sentCount--;
  }

  /** Counts what came since the last question was done. */
  look(): void {
    this.#echo.look();
  }

  /** Answers to questions that were answered already. */
  get duplicateCount(): number {
    return this.#echo.duplicateCount;
  }

  /** Answers that came when they were waited for no more. */
  get lateCount(): number {
    return this.#echo.lateCount;
  }

  #troubleOf({ bytes }: EchoAnswer): string | undefined {
    try {
      if (this.#question === "ata") readAta(bytes, Opcode.IDENTIFY);
      else readConfig(bytes);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : `${error}`;
    }
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#echo[Symbol.dispose]();
  }
}
