/**
 * How the slots of a packet ring lie in memory (Documentation/networking/packet_mmap.rst): equal
 * slots, as many as fit into equal blocks, block after block; no slot crosses from one into the
 * next.
 *
 * @module
 */
import { TPACKET2_HEADER_SIZE, TPACKET_ALIGNMENT } from "./packet_abi.ts";

/** Bytes of an Ethernet header. */
export const ETHERNET_HEADER_SIZE = 14;
/** Data in a frame is aligned to this: direct I/O goes straight into the slot. */
const DATA_ALIGNMENT = 512;
/** So many bytes of headers lie in front of the data of a frame. */
const DATA_OFFSET = 36;
/** A frame begins here in its slot, behind the kernel's header. */
export const FRAME_OFFSET: number = DATA_ALIGNMENT - DATA_OFFSET;
/**
 * PACKET_RESERVE that puts received frames there: the kernel aligns what follows the Ethernet
 * header, for which it leaves at least 16 bytes, and then adds the reserve (tpacket_rcv()).
 */
export const RESERVE_SIZE: number = FRAME_OFFSET + ETHERNET_HEADER_SIZE -
  alignUp(TPACKET2_HEADER_SIZE + 16, TPACKET_ALIGNMENT);

/** A multiple of every page size that Linux has, and a power of two, as the kernel allocates. */
const BLOCK_SIZE_MIN = 64 * 1024;
/** A block of at least so many slots wastes at most an eighth of itself. */
const SLOTS_PER_BLOCK_MIN = 8;

/** The slots of one ring. */
export interface RingLayout {
  /** Bytes from one slot to the next in a block. */
  readonly slotSize: number;
  /** Bytes of a block. */
  readonly blockSize: number;
  /** Number of blocks. */
  readonly blockCount: number;
  /** Number of slots. */
  readonly count: number;
  /** Bytes of all. */
  readonly size: number;
}

/**
 * The layout of a ring with slots for frames of up to `frameSize` bytes: `count` slots and what
 * fills their last block, fewer where they take more than `sizeMax` bytes, but at least one block.
 */
export function layOutRing(frameSize: number, count: number, sizeMax: number): RingLayout {
  const slotSize = alignUp(FRAME_OFFSET + frameSize, DATA_ALIGNMENT);
  let blockSize = BLOCK_SIZE_MIN;
  while (blockSize < slotSize * SLOTS_PER_BLOCK_MIN) blockSize *= 2;
  const slotsPerBlock = Math.floor(blockSize / slotSize);
  const wanted = Math.ceil(count / slotsPerBlock);
  const blockCount = Math.max(1, Math.min(wanted, Math.floor(sizeMax / blockSize)));
  return {
    slotSize,
    blockSize,
    blockCount,
    count: blockCount * slotsPerBlock,
    size: blockCount * blockSize,
  };
}

/** Where each slot begins, in bytes from the start of the ring. */
export function slotOffsets({ slotSize, blockSize, count }: RingLayout): readonly number[] {
  const slotsPerBlock = Math.floor(blockSize / slotSize);
  return Array.from(
    { length: count },
    (_, index) => Math.floor(index / slotsPerBlock) * blockSize + index % slotsPerBlock * slotSize,
  );
}

function alignUp(size: number, alignment: number): number {
  return Math.ceil(size / alignment) * alignment;
}
