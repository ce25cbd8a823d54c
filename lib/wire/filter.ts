/**
 * Programs for the kernel that let only the frames of one target, or of one question, come up
 * (classic BPF, linux/filter.h). They spare the target foreign traffic; every rule is checked again
 * where the frame is served.
 *
 * @module
 */
import { ETHER_TYPE, FLAG_RESPONSE, SHELF_ANY, SLOT_ANY } from "./frame.ts";
import { SERVICE_VLAN_TYPE, VLAN_TAG_SIZE, VLAN_TYPE } from "./vlan.ts";

/** One instruction: code, jump if true, jump if false, operand. */
export type Instruction = readonly [code: number, jt: number, jf: number, k: number];

const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER = 0x25;
const JUMP_BITS = 0x45;
const RETURN = 0x06;
/** Sets the index register, which is added to the offset of what is loaded INDEXED. */
const LOAD_INDEX = 0x01;
const LOAD_HALF_INDEXED = 0x48;
const LOAD_BYTE_INDEXED = 0x50;
/** Ancillary data: the packet's type (SKF_AD_OFF + SKF_AD_PKTTYPE). */
const PACKET_TYPE = 0xfffff004;
/**
 * HOST (0), BROADCAST (1) and MULTICAST (2) may be for us; what is above was sent to others. On the
 * loopback interface a broadcast is MULTICAST, because its broadcast address is 0.
 */
const PACKET_MULTICAST = 2;
const PACKET_OUTGOING = 4;
/**
 * Ancillary data: index of the interface (SKF_AD_OFF + SKF_AD_IFINDEX). A socket of an interface
 * also gets the frames of the VLANs on it, with the tag removed and another index.
 */
const INTERFACE_INDEX = 0xfffff008;
const WHOLE_FRAME = 0x40000;

const OFFSET_TYPE = 12;
const OFFSET_FLAGS = 14;
const OFFSET_SHELF = 16;
const OFFSET_SLOT = 18;

/**
 * Requests for one shelf.slot or by a wildcard, sent to this host or to all, untagged, by the
 * interface of index `index`.
 */
export function requestFilter(shelf: number, slot: number, index: number): readonly Instruction[] {
  return [
    [LOAD_WORD, 0, 0, INTERFACE_INDEX],
    [JUMP_EQUAL, 0, 13, index],
    [LOAD_HALF, 0, 0, OFFSET_TYPE],
    [JUMP_EQUAL, 0, 11, ETHER_TYPE],
    [LOAD_BYTE, 0, 0, OFFSET_FLAGS],
    [JUMP_BITS, 9, 0, FLAG_RESPONSE],
    [LOAD_HALF, 0, 0, OFFSET_SHELF],
    [JUMP_EQUAL, 1, 0, shelf],
    [JUMP_EQUAL, 0, 6, SHELF_ANY],
    [LOAD_BYTE, 0, 0, OFFSET_SLOT],
    [JUMP_EQUAL, 1, 0, slot],
    [JUMP_EQUAL, 0, 3, SLOT_ANY],
    [LOAD_WORD, 0, 0, PACKET_TYPE],
    [JUMP_GREATER, 1, 0, PACKET_MULTICAST],
    [RETURN, 0, 0, WHOLE_FRAME],
    [RETURN, 0, 0, 0],
  ];
}

/**
 * Every frame of the protocol, or those that concern one address: requests and replies of it, and
 * requests by a wildcard. For a socket that sees frames in both directions; a frame may have a tag
 * of a VLAN. `skipOutgoing` is for the loopback interface, where what leaves arrives as well.
 */
export function watchFilter(
  address: { readonly shelf: number; readonly slot: number } | undefined,
  skipOutgoing: boolean,
): readonly Instruction[] {
  const direction: readonly Instruction[] = [
    [LOAD_WORD, 0, 0, PACKET_TYPE],
    [JUMP_EQUAL, 0, 1, PACKET_OUTGOING],
    [RETURN, 0, 0, 0],
  ];
  const type: readonly Instruction[] = [
    [LOAD_INDEX, 0, 0, 0],
    [LOAD_HALF, 0, 0, OFFSET_TYPE],
    [JUMP_EQUAL, 6, 0, ETHER_TYPE],
    [JUMP_EQUAL, 1, 0, VLAN_TYPE],
    [JUMP_EQUAL, 0, 3, SERVICE_VLAN_TYPE],
    [LOAD_INDEX, 0, 0, VLAN_TAG_SIZE],
    [LOAD_HALF, 0, 0, OFFSET_TYPE + VLAN_TAG_SIZE],
    [JUMP_EQUAL, 1, 0, ETHER_TYPE],
    [RETURN, 0, 0, 0],
  ];
  const disk = (shelf: number, slot: number): readonly Instruction[] => [
    [LOAD_HALF_INDEXED, 0, 0, OFFSET_SHELF],
    [JUMP_EQUAL, 1, 0, shelf],
    [JUMP_EQUAL, 0, 3, SHELF_ANY],
    [LOAD_BYTE_INDEXED, 0, 0, OFFSET_SLOT],
    [JUMP_EQUAL, 2, 0, slot],
    [JUMP_EQUAL, 1, 0, SLOT_ANY],
    [RETURN, 0, 0, 0],
  ];
  return [
    ...(skipOutgoing ? direction : []),
    ...type,
    ...(address === undefined ? [] : disk(address.shelf, address.slot)),
    [RETURN, 0, 0, WHOLE_FRAME],
  ];
}

/** Responses of any target, sent to this host or to all, untagged, by that interface. */
export function responseFilter(index: number): readonly Instruction[] {
  return [
    [LOAD_WORD, 0, 0, INTERFACE_INDEX],
    [JUMP_EQUAL, 0, 7, index],
    [LOAD_HALF, 0, 0, OFFSET_TYPE],
    [JUMP_EQUAL, 0, 5, ETHER_TYPE],
    [LOAD_BYTE, 0, 0, OFFSET_FLAGS],
    [JUMP_BITS, 0, 3, FLAG_RESPONSE],
    [LOAD_WORD, 0, 0, PACKET_TYPE],
    [JUMP_GREATER, 1, 0, PACKET_MULTICAST],
    [RETURN, 0, 0, WHOLE_FRAME],
    [RETURN, 0, 0, 0],
  ];
}
