/**
 * Constants and struct offsets of packet sockets and their rings, each under the header that it
 * comes from; the same on x86-64 and aarch64. Both are little-endian, as the struct views assume.
 *
 * @module
 */

// <linux/socket.h>
/** Options of packet sockets. */
export const SOL_PACKET = 263;

// <linux/if_ether.h>
/** Every EtherType, and frames that leave as well as frames that arrive. */
export const ETH_P_ALL = 0x0003;
/** EtherType of a VLAN's tag. */
export const ETH_P_8021Q = 0x8100;

// <linux/if_packet.h>
/** Packet type: sent to another host. */
export const PACKET_OTHERHOST = 3;
/** Packet type: sent by this host. */
export const PACKET_OUTGOING = 4;
/** Asks for something of the interface as long as the socket is open, struct packet_mreq. */
export const PACKET_ADD_MEMBERSHIP = 1;
/** What is asked for: frames to all hosts. */
export const PACKET_MR_PROMISC = 1;
/** struct packet_mreq { int mr_ifindex; unsigned short mr_type, mr_alen; mr_address[8]; } */
export const PACKET_MREQ = { IFINDEX: 0, TYPE: 4, SIZE: 16 } as const;
/** Tell what the kernel took out of the frame, struct tpacket_auxdata, beside each frame. */
export const PACKET_AUXDATA = 8;
/**
 * struct tpacket_auxdata { __u32 tp_status, tp_len, tp_snaplen; __u16 tp_mac, tp_net, tp_vlan_tci,
 * tp_vlan_tpid; }
 */
export const TPACKET_AUXDATA = { STATUS: 0, VLAN_TCI: 16, VLAN_TPID: 18, SIZE: 20 } as const;
/** tp_status: there was a tag, and tp_vlan_tci has it. */
export const TP_STATUS_VLAN_VALID = 1 << 4;
/** tp_status: tp_vlan_tpid has the tag's EtherType. */
export const TP_STATUS_VLAN_TPID_VALID = 1 << 6;
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
