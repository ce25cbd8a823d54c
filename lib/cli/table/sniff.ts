/**
 * The table's row of `dblade sniff`.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from "../command.ts";
import { IFACES, INTERFACE, JSON_OUTPUT } from "../options.ts";

/** Options of what shows frames. */
export const SNIFF_OPTIONS: readonly OptionSpec[] = [
  { name: "count", short: "c", value: "N", help: "end after N frames" },
  { name: "seconds", value: "SECONDS", help: "end after that time" },
  { name: "hex", short: "x", help: "show all bytes of each frame, too" },
  { name: "pcap", value: "FILE", help: "write the frames for Wireshark or tcpdump; - is stdout" },
  { name: "quiet", short: "q", help: "show no lines, only write the frames" },
  { name: "no-promiscuous", help: "see no frames between other hosts" },
  JSON_OUTPUT,
];

/** `dblade sniff`. */
export const SNIFF: CommandSpec = {
  name: "sniff",
  summary: "show the AoE frames that pass, decoded",
  operands: [
    { name: "DISK", help: "show only what concerns this address, such as e0.0", optional: true },
    IFACES,
  ],
  options: [
    INTERFACE,
    ...SNIFF_OPTIONS,
  ],
  details: [
    "A line tells time, interface, sender and receiver, address, what is asked or answered, and " +
    "the tag. A reply has the time since its request was first sent. A request that is sent " +
    "again says so: by its tag, or because the same one under another tag has no reply yet. " +
    "What is wrong with a frame stands in brackets. With --json each line is an object.",
    "Frames in VLANs on an interface are shown with the number of the VLAN; where the interface " +
    "of that VLAN is looked at, too, they are shown once more there. On the loopback interface " +
    "each frame is shown once. A disk is also shown requests to all shelves or slots.",
    "It ends at SIGINT or SIGTERM, or when nobody reads its output any more, and tells on " +
    "standard error how many frames it saw, and how many it was too slow for. It needs root, or " +
    "the capability CAP_NET_RAW.",
  ],
  examples: [
    { line: "dblade sniff", does: "all frames on all interfaces that are up" },
    { line: "dblade sniff e0.0 eth0", does: "what concerns e0.0 on eth0" },
    { line: "dblade sniff -q --pcap aoe.pcap --seconds 60", does: "a minute into a file" },
    { line: "dblade sniff --pcap - | wireshark -k -i -", does: "look at them in Wireshark" },
  ],
  load: () => import("../commands/sniff.ts"),
};
