/**
 * What is refused before anything is written: what does not fit, and what would overwrite itself.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import type { Destination, Identity, Source } from "./place.ts";

/** Which part of a source is copied to where. Offsets and sizes are bytes. */
export interface PlanRequest {
  /** Where from. */
  readonly source: Source & { readonly identity?: Identity };
  /** First byte there. */
  readonly sourceOffset: number;
  /** First byte of the destination. */
  readonly destinationOffset: number;
  /** How much; undefined: all that there is. */
  readonly length: number | undefined;
  /** Whether nothing of a file's old content stays. */
  readonly isFresh: boolean;
}

/** How much is copied, in bytes; undefined where only the end of a stream tells. */
export function planLength(
  request: Omit<PlanRequest, "destinationOffset" | "isFresh">,
): number | undefined {
  const { source, sourceOffset, length } = request;
  if (source.size === undefined) return length;
  const there = source.size - sourceOffset;
  // What is empty may be read, but an offset that leaves nothing is a mistake.
  const isBehind = there < 0 || (there === 0 && sourceOffset > 0);
  if (isBehind || (length ?? 0) > there) {
    const asked = length === undefined ? "" : `${length} bytes of `;
    const where = `from byte ${sourceOffset} on`;
    const told = `Cannot read ${asked}${source.name} ${where}: it has ${source.size} bytes`;
    throw new SystemError(told, "copy", 0);
  }
  return length ?? there;
}

/** Refuses what does not fit into the destination, and a place that would overwrite itself. */
export function refuseMisfit(
  request: PlanRequest,
  destination: Destination & { readonly identity?: Identity },
): void {
  const { source, sourceOffset, destinationOffset, length } = request;
  const { capacity } = destination;
  if (capacity !== undefined) {
    const room = capacity - destinationOffset;
    if (room < 0 || (room === 0 && destinationOffset > 0 && length !== 0)) {
      throw refusal(
        `${destination.name} has ${capacity} bytes: there is no writing from byte ` +
          `${destinationOffset} on`,
      );
    }
    if ((length ?? 0) > room) {
      throw refusal(
        `${length} bytes of ${source.name} do not fit into the ${room} bytes of ` +
          `${destination.name}${destinationOffset > 0 ? ` behind byte ${destinationOffset}` : ""}`,
      );
    }
  }
  if (!isSame(source.identity, destination.identity)) return;
  if (request.isFresh && destination.identity?.inode !== undefined) {
    throw refusal(
      `${source.name} and ${destination.name} are the same file, which would be emptied before ` +
        "it is read; with --dest-offset 0 the rest of it stays",
    );
  }
  const size = length ?? Infinity;
  const overlap = sourceOffset < destinationOffset + size &&
    destinationOffset < sourceOffset + size;
  if (!overlap || size === 0) return;
  throw refusal(
    `${source.name} and ${destination.name} are the same, and what is read would be overwritten; ` +
      "choose ranges that do not overlap",
  );
}

/** Whether both are one disk, device or file, whatever its names, or a loop device of one. */
function isSame(one: Identity | undefined, other: Identity | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const isSameBy = (key: string, otherKey: string = key): boolean =>
    one[key] !== undefined && one[key] === other[otherKey];
  return isSameBy("disk") || isSameBy("device") || isSameBy("inode") ||
    isSameBy("inode", "behind") || isSameBy("behind", "inode") || isSameBy("behind");
}

function refusal(message: string): SystemError {
  return new SystemError(`Nothing was written: ${message}`, "copy", 0);
}
