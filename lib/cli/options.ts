/**
 * Options that several commands share.
 *
 * @module
 */
import { CONTROL_SOCKET_DEFAULT } from "../config.ts";
import type { OperandSpec, OptionSpec } from "./command.ts";

/** Of every command. */
export const HELP: OptionSpec = { name: "help", short: "h", help: "show this help" };
/** Of every command that talks to targets. */
export const INTERFACE: OptionSpec = {
  name: "interface",
  short: "i",
  value: "IFACE,...",
  help: "interfaces to use [every Ethernet interface that is up]",
};
/** Of every command that has data to tell. */
export const JSON_OUTPUT: OptionSpec = { name: "json", help: "print JSON" };
/** Of every command that asks or changes a service. */
export const CONTROL_SOCKET: OptionSpec = {
  name: "control-socket",
  value: "PATH",
  help: `socket of the service [${CONTROL_SOCKET_DEFAULT}]`,
};
/** Of every command that is about one disk. */
export const MAC: OptionSpec = {
  name: "mac",
  value: "MAC",
  help: "use the target with this MAC, where several answer for the address",
};
/** Of every command that waits for answers of a disk. */
export const TIMEOUT: OptionSpec = {
  name: "timeout",
  value: "SECONDS",
  help: "how long to wait for an answer before giving up [10]",
};
/** Of every command that moves much data. */
export const WINDOW: OptionSpec = {
  name: "window",
  short: "w",
  value: "N",
  help: "most requests under way at a time [what the target takes, at most 128]",
};
/** Of every command that overwrites what may be somebody's. */
export const YES: OptionSpec = {
  name: "yes",
  short: "y",
  help: "write without asking, whatever is there",
};
/** Of every command that is about one disk. */
export const DISK_OPTIONS: readonly OptionSpec[] = [INTERFACE, MAC, TIMEOUT];

/** The disk that a command is about. */
export const DISK: OperandSpec = { name: "DISK", help: "address of the disk, such as e0.0" };
/** Interfaces as an operand, where it can be told from the others. */
export const IFACES: OperandSpec = {
  name: "IFACE",
  help: "interfaces to use, as with --interface",
  optional: true,
  many: true,
};
