/**
 * A whole copy: refused where it cannot be, gone on with where a record tells of it, and made
 * durable before it is told as done.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import { Checksum, type Watch } from "./checksum.ts";
import { Copier } from "./copier.ts";
import type { Destination, Place, Source } from "./place.ts";
import { refuseMisfit } from "./plan.ts";
import type { CopyIdentity, RecordFile } from "./record.ts";

/** How often it is kept how far a copy is. */
const CHECKPOINT_MS = 1000;

/** What is to be copied. Offsets and sizes are bytes. */
export interface CopyRequest {
  /** Where from. */
  readonly source: Source | Place;
  /** First byte there. */
  readonly sourceOffset: number;
  /** Where to. */
  readonly destination: Destination | Place;
  /** First byte there. */
  readonly destinationOffset: number;
  /** How much; undefined where only the end of a stream tells. */
  readonly length: number | undefined;
  /** Whether nothing of a file's old content stays. */
  readonly isFresh: boolean;
  /** Where it is kept how far the copy is. */
  readonly record: RecordFile | undefined;
  /** Whether the SHA-256 of the data is taken. */
  readonly hasChecksum: boolean;
  /** Asks whether the place may be overwritten; throws where it may not. */
  readonly confirm: (place: Place) => Promise<void>;
  /** Called with how many bytes are done, of what is copied, or of what is only checked again. */
  readonly progress: (done: number, phase: "copy" | "check") => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** How a copy ended. */
export interface CopyResult {
  /** How many bytes are in the destination, those of earlier runs among them. */
  readonly bytes: number;
  /** How many of them earlier runs had copied. */
  readonly resumedFrom: number;
  /** Whether the signal ended it early. */
  readonly isStopped: boolean;
  /** Whether the destination was told to make it durable, and did. */
  readonly isDurable: boolean;
  /** SHA-256 of all bytes; undefined where it was not taken, or the copy was stopped. */
  readonly sha256: string | undefined;
}

/** Copies. Throws what went wrong; the record then tells how far it is. */
export async function copy(request: CopyRequest): Promise<CopyResult> {
  const { source, destination, destinationOffset, record, progress, signal } = request;
  refuseMisfit(request, destination);
  const identity = identityOf(request);
  const known = identity === undefined ? undefined : record?.read(identity);
  if (isPlace(destination)) {
    if (known === undefined) await request.confirm(destination);
    if (known !== undefined && known > 0) refuseShorter(destination, destinationOffset + known);
    destination.prepare(request.isFresh && known === undefined);
  }
  const from = known ?? 0;
  const checksum = request.hasChecksum ? await Checksum.open() : undefined;
  if (checksum !== undefined && from > 0 && isPlace(destination)) {
    const watch: Watch = { progress: (done) => progress(done, "check"), signal };
    await checksum.updateFrom(destination, { start: destinationOffset, length: from }, watch);
  }
  const checkpoint = checkpointOf(request, identity);
  if (identity !== undefined) record?.write(identity, from);
  const copier = new Copier({
    ...request,
    source,
    from,
    see: (bytes) => checksum?.update(bytes),
    progress: (done) => progress(done, "copy"),
    checkpoint,
    checkpointMs: CHECKPOINT_MS,
  });
  progress(from, "copy"); // a rate is taken from here on
  const isComplete = await runToEnd(copier, checkpoint);
  if (isComplete) await destination.reach(destinationOffset + copier.done);
  const isDurable = await destination.sync();
  if (isComplete && identity !== undefined) record?.remove();
  return {
    bytes: copier.done,
    resumedFrom: from,
    isStopped: !isComplete,
    isDurable,
    sha256: isComplete ? checksum?.hex() : undefined,
  };
}

/**
 * Keeps how far a copy is, once that is durable. A sync that failed is not tried again: the system
 * tells once of what it lost, and the record stays as it was before.
 */
function checkpointOf(
  { destination, destinationOffset, record }: CopyRequest,
  identity: CopyIdentity | undefined,
): ((done: number) => Promise<void>) | undefined {
  if (identity === undefined || record === undefined) return undefined;
  let isDurable = true;
  return async (done) => {
    if (!isDurable) return;
    await destination.reach(destinationOffset + done);
    isDurable = false;
    await destination.sync();
    isDurable = true;
    record.write(identity, done);
  };
}

/** Keeps how far the copy is when it ends before it is complete, however that comes. */
async function runToEnd(
  copier: Copier,
  checkpoint: ((done: number) => Promise<void>) | undefined,
): Promise<boolean> {
  let isComplete = false;
  try {
    isComplete = await copier.run();
  } catch (error) {
    try {
      await checkpoint?.(copier.done);
    } catch {
      // What was kept a second ago holds, and what went wrong first is what is told.
    }
    throw error;
  }
  if (!isComplete) await checkpoint?.(copier.done);
  return isComplete;
}

/** What the record tells a copy by; undefined where a stream is part of it. */
function identityOf(request: CopyRequest): CopyIdentity | undefined {
  const { source, destination, sourceOffset, destinationOffset, length } = request;
  if (!isPlace(source) || !isPlace(destination) || length === undefined) return undefined;
  return {
    source: source.sourceIdentity,
    destination: destination.identity,
    sourceOffset,
    destinationOffset,
    length,
  };
}

function refuseShorter(destination: Place, end: number): void {
  if (destination.size >= end) return;
  throw new SystemError(
    `Cannot go on with the copy: ${destination.name} has ${destination.size} bytes, fewer than ` +
      "were copied to it; to begin anew, remove the record",
    "resume",
    0,
  );
}

/** Whether it is more than a stream. */
export function isPlace(one: Source | Destination): one is Place {
  return "identity" in one;
}
