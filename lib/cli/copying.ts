/**
 * One copy as a command: what is common to `read`, `write` and `copy`.
 *
 * @module
 */
import { copy, type CopyResult, isPlace } from "../transfer/copy.ts";
import type { Place } from "../transfer/place.ts";
import { planLength } from "../transfer/plan.ts";
import { RecordFile } from "../transfer/record.ts";
import { Exit } from "./exit.ts";
import { Interrupt } from "./interrupt.ts";
import { print, printError } from "./output.ts";
import { confirmOverwrite } from "./overwrite.ts";
import { withPatience } from "./patience.ts";
import { bytesOf, openDestination, openSource, refuseTerminal, STREAM } from "./places.ts";
import { ProgressBar } from "./progress.ts";
import { summaryOf } from "./summary.ts";
import { formatSize } from "./text.ts";
import { usage } from "./usage.ts";
import type { CommandValues } from "./values.ts";

/** What a command copies. */
export interface Copying {
  /** A disk, a file, or `-`. */
  readonly source: string;
  /** First byte there. */
  readonly sourceOffset: number;
  /** The same. */
  readonly destination: string;
  /** First byte there; undefined: from the beginning on, and nothing else stays in a file. */
  readonly destinationOffset: number | undefined;
  /** Whether the command has `--resume`. */
  readonly canResume?: true;
}

/** Copies as the command line says; returns the exit status. */
export async function runCopy(values: CommandValues, copying: Copying): Promise<number> {
  refuseStreams(values, copying);
  const asked = bytesOf(values, "length", 1);
  const { sourceOffset, destinationOffset } = copying;
  using resources = new DisposableStack();
  const source = await openSource(values, copying.source, resources);
  const length = planLength({ source, sourceOffset, length: asked });
  const destination = await openDestination(values, copying.destination, resources);
  using interrupt = new Interrupt();
  const isQuiet = values.has("quiet");
  const bar = new ProgressBar(length, isQuiet);
  const path = values.text("resume");
  const startMs = performance.now();
  let done = 0;
  const note = (): string => leftOver({ done, total: length, destination: destination.name, path });
  let result: CopyResult;
  try {
    result = await copy({
      source,
      sourceOffset,
      destination,
      destinationOffset: destinationOffset ?? 0,
      length,
      isFresh: destinationOffset === undefined,
      record: path === undefined ? undefined : new RecordFile(path),
      hasChecksum: !values.has("no-checksum"),
      confirm: (place: Place) =>
        interrupt.suspended(() => confirmOverwrite(place, values.has("yes"))),
      progress: (bytes, phase) => {
        if (phase === "copy") done = bytes;
        bar.show(bytes, phase === "check" ? "checking " : "");
      },
      signal: interrupt.signal,
    });
  } catch (error) {
    bar.clear();
    if (done > 0) printError(note());
    const canResume = copying.canResume === true && isPlace(source) && isPlace(destination);
    const isAdvised = canResume && path === undefined;
    throw withPatience(error, isAdvised ? ", and a copy with --resume FILE can go on" : "");
  }
  bar.clear();
  done = result.bytes;
  if (result.isStopped) {
    printError(note());
    return Exit.INTERRUPTED;
  }
  const summary = summaryOf({
    source: source.name,
    destination: destination.name,
    bytes: result.bytes,
    resumedFrom: result.resumedFrom,
    seconds: (performance.now() - startMs) / 1000,
    sha256: result.sha256,
  });
  if (!isQuiet && !values.has("json")) printError(summary.line);
  if (!result.isDurable && isPlace(destination)) {
    printError(`${destination.name} knows no flush: when the data is durable is up to it\n`);
  }
  if (values.has("json")) {
    const text = JSON.stringify({ ...summary.json, durable: result.isDurable }, undefined, 2);
    (isPlace(destination) ? print : printError)(text + "\n");
  }
  return Exit.DONE;
}

/** What cannot be had of a stream is refused before anything is opened. */
function refuseStreams(values: CommandValues, copying: Copying): void {
  const { source, sourceOffset, destination, destinationOffset } = copying;
  refuseTerminal(destination);
  if (source === STREAM && sourceOffset > 0) {
    throw usage("--offset needs a source that has one; standard input begins where it begins");
  }
  if (destination === STREAM && destinationOffset !== undefined) {
    throw usage("--dest-offset needs a destination that has one; standard output has none");
  }
  if (values.text("resume") !== undefined && (source === STREAM || destination === STREAM)) {
    throw usage("--resume needs a source and a destination that can be positioned, not -");
  }
}

/** How far it is, and how to go on. */
function leftOver(
  { done, total, destination, path }: {
    done: number;
    total: number | undefined;
    destination: string;
    path: string | undefined;
  },
): string {
  const of = total === undefined ? "" : ` of ${formatSize(total)}`;
  const start = `Stopped: ${formatSize(done)}${of} (${done} bytes) were copied to ${destination}`;
  return path === undefined
    ? `${start}\n`
    : `${start}; the same command line goes on from what "${path}" tells\n`;
}
