/**
 * Whether a file takes direct I/O, and in which units (open(2), O_DIRECT).
 *
 * @module
 */
import { SystemError } from "../lib/error.ts";
import { EINVAL } from "./errno.ts";
import { type BlockSizes, fileInfo } from "./file_info.ts";
import { errno, libc } from "./libc.ts";
import { Mapping } from "./mapping.ts";

/** The unit that requests come in, in bytes. */
export const DIRECT_GRANULE = 512;
/** Units of direct I/O that are larger are nowhere to be found. */
const COARSE_MAX = 65536;
/** The unit where 512 fails and the kernel does not tell: that of all disks that are not 512. */
const COARSE_GUESS = 4096;

/** Why there is no direct I/O on a file, and what to do. */
export function noDirect(path: string, reason: string, error: number): SystemError {
  return new SystemError(
    `Cannot use direct I/O on "${path}": ${reason}; leave out --direct`,
    "open",
    error,
  );
}

/** Bytes that direct I/O must be a multiple of, at least 512; throws where there is none. */
export function directAlignment(fd: number, path: string, sectors: BlockSizes): number {
  const told = fileInfo("", `Cannot find the alignment of "${path}"`, fd).direct;
  if (told !== undefined && told.offset === 0) {
    throw noDirect(path, "its file system has no direct I/O", EINVAL);
  }
  const alignment = Math.max(told?.offset ?? 0, told?.memory ?? 0, sectors.logical);
  if (alignment > COARSE_MAX) {
    throw noDirect(path, `it needs an alignment of ${alignment} bytes`, EINVAL);
  }
  if (alignment > DIRECT_GRANULE || told !== undefined || probeDirect(fd)) {
    return Math.max(alignment, DIRECT_GRANULE);
  }
  return COARSE_GUESS;
}

function probeDirect(fd: number): boolean {
  using memory = Mapping.open(2 * DIRECT_GRANULE);
  const pointer = memory.pointerAt(DIRECT_GRANULE);
  const count = libc().pread(fd, pointer, BigInt(DIRECT_GRANULE), BigInt(DIRECT_GRANULE));
  return count >= 0 || errno() !== EINVAL;
}
