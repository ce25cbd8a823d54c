/**
 * Constants and struct offsets of netlink sockets, each under the header that it comes from; the
 * same on x86-64 and aarch64.
 *
 * @module
 */

// <bits/socket.h>
/** Messages from the kernel. */
export const AF_NETLINK = 16;

// <linux/netlink.h>
/** Protocol: interfaces, addresses, routes. */
export const NETLINK_ROUTE = 0;
/** struct sockaddr_nl { sa_family_t nl_family; unsigned short pad; __u32 nl_pid, nl_groups; } */
export const SOCKADDR_NL = { FAMILY: 0, GROUPS: 8, SIZE: 12 } as const;
/** struct nlmsghdr { __u32 nlmsg_len; __u16 nlmsg_type, nlmsg_flags; __u32 nlmsg_seq, _pid; } */
export const NLMSGHDR = { LENGTH: 0, TYPE: 4, SIZE: 16, ALIGNMENT: 4 } as const;

// <linux/rtnetlink.h>
/** Group: what happens to interfaces. */
export const RTMGRP_LINK = 1;
/** Message: an interface is new or has changed. */
export const RTM_NEWLINK = 16;
/** Message: an interface was removed. */
export const RTM_DELLINK = 17;
