/**
 * Constants and struct offsets of packet sockets and their rings, each under the header that it
 * comes from; the same on x86-64 and aarch64. Both are little-endian, as the struct views assume.
 *
 * @module
 */

// <linux/socket.h>
/** Options of packet sockets. */
export const SOL_PACKET = 263;

// <linux/if_packet.h>
/** Makes the ring that frames are received into, struct tpacket_req. */
export const PACKET_RX_RING = 5;
/** Frames that the filter let through since it was last asked for, struct tpacket_stats. */
export const PACKET_STATISTICS = 6;
/** Form of the slots' headers, one of enum tpacket_versions. */
export const PACKET_VERSION = 10;
/** Bytes to leave free in front of each received frame. */
export const PACKET_RESERVE = 12;
/** enum tpacket_versions: struct tpacket2_hdr */
export const TPACKET_V2 = 1;

/** Status of a slot to receive into: it is the kernel's. */
export const TP_STATUS_KERNEL = 0;
/** There is a frame in it. */
export const TP_STATUS_USER = 1 << 0;
/** Frames were dropped since PACKET_STATISTICS was last asked for. */
export const TP_STATUS_LOSING = 1 << 2;

/**
 * struct tpacket2_hdr { __u32 tp_status, tp_len, tp_snaplen; __u16 tp_mac, tp_net; __u32 tp_sec,
 * tp_nsec; __u16 tp_vlan_tci, tp_vlan_tpid; __u8 tp_padding[4]; } as indices of 32-bit words;
 * tp_mac is the lower half of its word.
 */
export const TPACKET2_WORD = { STATUS: 0, LENGTH: 1, SNAP_LENGTH: 2, MAC: 3 } as const;
/** TPACKET2_HDRLEN: the header, aligned to 16, and a struct sockaddr_ll. */
export const TPACKET2_HEADER_SIZE = 52;
/** What the kernel aligns positions in a slot to. */
export const TPACKET_ALIGNMENT = 16;
/** struct tpacket_stats { unsigned int tp_packets, tp_drops; }: drops are packets, too */
export const TPACKET_STATS_WORDS = 2;
