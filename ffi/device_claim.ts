/**
 * Block devices that this thread has to itself: whoever else claims one, such as a mount or another
 * target, finds it busy (O_EXCL, open(2)). The kernel gives a device to one open file at a time, so
 * that several who use parts of one device share a claim.
 *
 * @module
 */
import { O_CLOEXEC, O_EXCL, O_RDONLY } from "./abi.ts";
import { EBUSY } from "./errno.ts";
import { libc, negativeErrno, toCString } from "./libc.ts";

/** A part of a device. */
export interface DevicePart {
  /** Any node of the device. */
  readonly path: string;
  /** The device's number. */
  readonly device: string;
  /** First byte. */
  readonly offset: number;
  /** Size in bytes; 0: to the end. */
  readonly length: number;
}

interface Holder {
  readonly fd: number;
  readonly parts: Set<DevicePart>;
}

const holders = new Map<string, Holder>();

/**
 * Claims a part until the result is disposed of. Returns a negative errno where that cannot be:
 * -EBUSY where another process has the device, or this thread some of that part.
 */
export function claimDevice(part: DevicePart): Disposable | number {
  const { device, path } = part;
  let holder = holders.get(device);
  if (holder === undefined) {
    // Nothing is read by it.
    const fd = libc().open(toCString(path), O_RDONLY | O_EXCL | O_CLOEXEC, 0);
    if (fd < 0) return negativeErrno();
    holder = { fd, parts: new Set() };
    holders.set(device, holder);
  }
  const { parts, fd } = holder;
  // A lock tells as well, but not where the device has two nodes.
  if ([...parts].some((other) => overlaps(part, other))) return -EBUSY;
  parts.add(part);
  return {
    [Symbol.dispose]: () => {
      if (!parts.delete(part) || parts.size > 0) return;
      holders.delete(device);
      libc().close(fd);
    },
  };
}

function overlaps(one: DevicePart, other: DevicePart): boolean {
  const endOf = ({ offset, length }: DevicePart): number =>
    length === 0 ? Infinity : offset + length;
  return one.offset < endOf(other) && other.offset < endOf(one);
}
