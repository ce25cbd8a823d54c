/**
 * Programs for the kernel that let only the frames come up that concern a socket (bpf.ts): they
 * spare it foreign traffic. Every rule is checked again where the frame is served.
 *
 * @module
 */
import type { DiskAddress } from "./address.ts";
import { acceptAddresses } from "./address_filter.ts";
import { ACCEPT, Code, type Instruction, INSTRUCTIONS_MAX, REJECT } from "./bpf.ts";
import { ETHER_TYPE, FLAG_RESPONSE, SHELF_ANY, SLOT_ANY } from "./frame.ts";
import { SERVICE_VLAN_TYPE, VLAN_TAG_SIZE, VLAN_TYPE } from "./vlan.ts";

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

const OFFSET_TYPE = 12;
const OFFSET_FLAGS = 14;
const OFFSET_SHELF = 16;
const OFFSET_SLOT = 18;

/**
 * Requests or responses of any target, sent to this host or to all, untagged, by the interface of
 * index `index`; `then` decides about what is left.
 */
function framesFor(
  index: number,
  isResponse: boolean,
  then: readonly Instruction[],
): readonly Instruction[] {
  const [jt, jf] = isResponse ? [0, 2] : [2, 0];
  return [
    [Code.LOAD_WORD, 0, 0, INTERFACE_INDEX],
    [Code.JUMP_EQUAL, 0, 6, index],
    [Code.LOAD_HALF, 0, 0, OFFSET_TYPE],
    [Code.JUMP_EQUAL, 0, 4, ETHER_TYPE],
    [Code.LOAD_BYTE, 0, 0, OFFSET_FLAGS],
    [Code.JUMP_BITS, jt, jf, FLAG_RESPONSE],
    [Code.LOAD_WORD, 0, 0, PACKET_TYPE],
    [Code.JUMP_GREATER, 0, 1, PACKET_MULTICAST],
    REJECT,
    ...then,
  ];
}

/**
 * Requests to one of `addresses` or by a wildcard that means one of them, sent to this host or to
 * all, untagged, by the interface of index `index`. Where that takes more than `sizeMax`
 * instructions, as it does from some 1000 scattered addresses on, more is let up: first all that
 * has a wildcard in one half of its address, then what lies between addresses that are next to
 * each other, and at last every request.
 */
export function requestFilter(
  addresses: readonly DiskAddress[],
  index: number,
  sizeMax: number = INSTRUCTIONS_MAX,
): readonly Instruction[] {
  return framesFor(
    index,
    false,
    acceptAddresses(addresses, sizeMax - framesFor(0, false, []).length),
  );
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
    [Code.LOAD_WORD, 0, 0, PACKET_TYPE],
    [Code.JUMP_EQUAL, 0, 1, PACKET_OUTGOING],
    REJECT,
  ];
  const type: readonly Instruction[] = [
    [Code.LOAD_INDEX, 0, 0, 0],
    [Code.LOAD_HALF, 0, 0, OFFSET_TYPE],
    [Code.JUMP_EQUAL, 6, 0, ETHER_TYPE],
    [Code.JUMP_EQUAL, 1, 0, VLAN_TYPE],
    [Code.JUMP_EQUAL, 0, 3, SERVICE_VLAN_TYPE],
    [Code.LOAD_INDEX, 0, 0, VLAN_TAG_SIZE],
    [Code.LOAD_HALF, 0, 0, OFFSET_TYPE + VLAN_TAG_SIZE],
    [Code.JUMP_EQUAL, 1, 0, ETHER_TYPE],
    REJECT,
  ];
  const disk = (shelf: number, slot: number): readonly Instruction[] => [
    [Code.LOAD_HALF_INDEXED, 0, 0, OFFSET_SHELF],
    [Code.JUMP_EQUAL, 1, 0, shelf],
    [Code.JUMP_EQUAL, 0, 3, SHELF_ANY],
    [Code.LOAD_BYTE_INDEXED, 0, 0, OFFSET_SLOT],
    [Code.JUMP_EQUAL, 2, 0, slot],
    [Code.JUMP_EQUAL, 1, 0, SLOT_ANY],
    REJECT,
  ];
  return [
    ...(skipOutgoing ? direction : []),
    ...type,
    ...(address === undefined ? [] : disk(address.shelf, address.slot)),
    ACCEPT,
  ];
}

/** Responses of any target, sent to this host or to all, untagged, by that interface. */
export function responseFilter(index: number): readonly Instruction[] {
  return framesFor(index, true, [ACCEPT]);
}
