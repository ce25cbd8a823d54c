/**
 * A bar on standard error that tells how far something is, where that is a terminal.
 *
 * @module
 */
import { Meter } from "../transfer/meter.ts";
import { printError } from "./output.ts";
import { formatDuration, formatRate, formatSize } from "./text.ts";

/** How often the bar is drawn. */
const DRAW_MS = 100;
const COLUMNS_DEFAULT = 80;
const BAR_MAX = 40;

/** What a bar tells. */
export interface ProgressState {
  /** What is going on, where that has to be said. */
  readonly label: string;
  /** Bytes that are done. */
  readonly done: number;
  /** Bytes that there are; undefined where only the end tells. */
  readonly total: number | undefined;
  /** Bytes in a second. */
  readonly rate: number;
  /** Seconds until the end, where that can be told. */
  readonly leftS: number | undefined;
}

/** The line for a terminal of `columns`. */
export function progressLine(state: ProgressState, columns: number): string {
  const { label, done, total, rate, leftS } = state;
  const speed = formatRate(rate).padStart(10);
  if (total === undefined) return `${label}${formatSize(done)}  ${speed}`.slice(0, columns);
  const part = total === 0 ? 1 : done / total;
  const left = leftS === undefined ? "--:--" : formatDuration(leftS);
  const percent = `${Math.floor(100 * part)}%`.padStart(4);
  const head = `${label}${percent} `;
  const tail = ` ${formatSize(done)} of ${formatSize(total)}  ${speed}  ${left} left`;
  const width = Math.min(BAR_MAX, columns - head.length - tail.length - 2);
  const filled = Math.floor(part * width);
  const bar = width < 4 ? "" : `[${"=".repeat(filled).padEnd(width)}]`;
  return (head + bar + tail).slice(0, columns);
}

/** A bar. */
export class ProgressBar {
  readonly #total: number | undefined;
  readonly #isShown: boolean;
  #meter: Meter | undefined;
  #label = "";
  #drawnMs = 0;
  #isDrawn = false;

  /** Shows nothing where `isQuiet`, or where standard error is no terminal. */
  constructor(total: number | undefined, isQuiet: boolean) {
    this.#total = total;
    this.#isShown = !isQuiet && Deno.stderr.isTerminal();
  }

  /**
   * Tells how many bytes are done; a new label begins a new rate. The end is always drawn, with the
   * mean rate: how fast it went of late says nothing of a copy that took a moment.
   */
  show(done: number, label: string = "", total: number | undefined = this.#total): void {
    if (!this.#isShown) return;
    const nowMs = performance.now();
    if (this.#label !== label) this.#meter = undefined;
    this.#label = label;
    this.#meter ??= new Meter(nowMs, done);
    this.#meter.add(nowMs, done);
    const isEnd = done === total;
    if (!isEnd && nowMs < this.#drawnMs + DRAW_MS) return;
    this.#drawnMs = nowMs;
    const state = { label, done, total, ...paceOf(this.#meter, total, isEnd, nowMs) };
    printError(`\r${progressLine(state, columns() - 1)}\x1b[K`);
    this.#isDrawn = true;
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#isDrawn) printError("\r\x1b[K");
    this.#isDrawn = false;
  }
}

function paceOf(
  meter: Meter,
  total: number | undefined,
  isEnd: boolean,
  nowMs: number,
): Pick<ProgressState, "rate" | "leftS"> {
  if (isEnd) return { rate: meter.mean(nowMs), leftS: 0 };
  const leftS = total === undefined ? undefined : meter.secondsTo(total, nowMs);
  return { rate: meter.rate(nowMs), leftS };
}

function columns(): number {
  try {
    return Deno.consoleSize().columns || COLUMNS_DEFAULT;
  } catch {
    return COLUMNS_DEFAULT;
  }
}
