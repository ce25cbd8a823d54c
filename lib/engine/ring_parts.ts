/**
 * What a ring engine is put together from: the io_uring that works on disks, and interfaces with
 * packet rings.
 *
 * @module
 */
import type { InterfaceState } from "../../ffi/net_interface.ts";
import { PacketRing, type PacketRingOptions } from "../../ffi/packet_ring.ts";
import type { PacketFilter } from "../../ffi/packet_filter.ts";
import { Uring } from "../../ffi/uring.ts";
import { SystemError } from "../error.ts";
import { ETHER_TYPE } from "../wire/frame.ts";
import type { PortSettings } from "./engine.ts";
import { Port, servedMtu } from "./port.ts";

/** Slots hold at least the frames of such an interface. */
const MTU_MIN = 1500;
/** Room for all that can be prepared at once: a piece of work of each request, and watches. */
const URING_ENTRIES = 2048;

/** What does the work on the disk, or why there is none. */
export interface DiskHelp {
  /** Becomes the engine's; undefined: the engine's thread does the work. */
  readonly uring: Uring | undefined;
  /** What the machine lacks, and what that costs, for people. */
  readonly missing: readonly string[];
}

/** Opens the io_uring that works on disks, if there is one. */
export function openUring(): DiskHelp {
  try {
    return { uring: Uring.open(URING_ENTRIES), missing: [] };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { uring: undefined, missing: [error.message] };
  }
}

/** Opens the port of the interface `name`; `filter` is asked what to receive from that index. */
export function openRingPort(
  name: string,
  settings: PortSettings,
  filter: (index: number) => PacketFilter,
): Port<PacketRing> {
  const { mtuMax, receiveSlots } = settings;
  // A client repeats a frame as it was, after the MTU fell: slots never become smaller.
  let largestMtu = MTU_MIN;
  const optionsOf = ({ index, mtu }: InterfaceState): PacketRingOptions => {
    largestMtu = Math.max(largestMtu, servedMtu(mtu, mtuMax));
    const options = { name, index, etherType: ETHER_TYPE, filter: filter(index), mtu: largestMtu };
    return receiveSlots === undefined ? options : { ...options, receiveCount: receiveSlots };
  };
  return Port.open({
    name,
    mtuMax,
    open: (state) => PacketRing.open(optionsOf(state)),
    successor: {
      prepare: (state) => PacketRing.prepare(optionsOf(state)),
      begin: (ring) => ring.bind(),
    },
  });
}
