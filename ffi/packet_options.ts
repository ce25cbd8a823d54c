/**
 * The options of a packet socket that make its ring (packet(7)).
 *
 * @module
 */
import { check, libc } from "./libc.ts";
import {
  PACKET_RESERVE,
  PACKET_RX_RING,
  PACKET_VERSION,
  SOL_PACKET,
  TPACKET_V2,
} from "./packet_abi.ts";
import { RESERVE_SIZE, type RingLayout } from "./packet_layout.ts";

const OPTIONS = {
  PACKET_VERSION,
  PACKET_RESERVE,
  PACKET_RX_RING,
} as const;

/**
 * Makes the ring of a socket that has none; {@linkcode SystemError} names the option that failed.
 * The order counts: the kernel refuses the first two once there is a ring.
 */
export function makeRing(fd: number, receive: RingLayout, action: string): void {
  setOption(fd, "PACKET_VERSION", [TPACKET_V2], action);
  setOption(fd, "PACKET_RESERVE", [RESERVE_SIZE], action);
  setOption(fd, "PACKET_RX_RING", request(receive), action);
}

/** struct tpacket_req { unsigned int tp_block_size, tp_block_nr, tp_frame_size, tp_frame_nr; } */
function request({ blockSize, blockCount, slotSize, count }: RingLayout): readonly number[] {
  return [blockSize, blockCount, slotSize, count];
}

function setOption(
  fd: number,
  name: keyof typeof OPTIONS,
  words: readonly number[],
  action: string,
): void {
  const value = Uint32Array.from(words);
  const result = libc().setsockopt(fd, SOL_PACKET, OPTIONS[name], value, value.byteLength);
  check(result, "setsockopt", `${action} (${name})`);
}
