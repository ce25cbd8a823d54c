/**
 * Names for what the numbers in a frame mean.
 *
 * @module
 */
import { Opcode } from "../ata/command.ts";
import { SmartCommand } from "../ata/smart.ts";
import { ConfigCommand } from "../wire/config.ts";
import { Command, SHELF_ANY, SLOT_ANY } from "../wire/frame.ts";
import { MaskCommand } from "../wire/mask.ts";
import { ReserveCommand } from "../wire/reserve.ts";

/** ATA commands (ATA8-ACS, and what older disks had), those too that no target serves. */
const ATA_NAMES: Readonly<Record<number, string>> = {
  0x00: "NOP",
  [Opcode.DATA_SET_MANAGEMENT]: "DATA SET MANAGEMENT",
  0x08: "DEVICE RESET",
  [Opcode.READ]: "READ",
  0x21: "READ (no retries)",
  [Opcode.READ_EXT]: "READ EXT",
  [Opcode.READ_DMA_EXT]: "READ DMA EXT",
  0x27: "READ NATIVE MAX EXT",
  0x29: "READ MULTIPLE EXT",
  0x2f: "READ LOG EXT",
  [Opcode.WRITE]: "WRITE",
  0x31: "WRITE (no retries)",
  [Opcode.WRITE_EXT]: "WRITE EXT",
  [Opcode.WRITE_DMA_EXT]: "WRITE DMA EXT",
  0x37: "SET MAX EXT",
  0x39: "WRITE MULTIPLE EXT",
  0x3d: "WRITE DMA FUA EXT",
  0x3f: "WRITE LOG EXT",
  [Opcode.VERIFY]: "VERIFY",
  [Opcode.VERIFY_EXT]: "VERIFY EXT",
  0x45: "WRITE UNCORRECTABLE EXT",
  0x60: "READ FPDMA QUEUED",
  0x61: "WRITE FPDMA QUEUED",
  0x90: "EXECUTE DIAGNOSTIC",
  0x91: "INITIALIZE PARAMETERS",
  0x92: "DOWNLOAD MICROCODE",
  0xa0: "PACKET",
  0xa1: "IDENTIFY PACKET DEVICE",
  [Opcode.SMART]: "SMART",
  0xb1: "DEVICE CONFIGURATION",
  0xc4: "READ MULTIPLE",
  0xc5: "WRITE MULTIPLE",
  0xc6: "SET MULTIPLE MODE",
  [Opcode.READ_DMA]: "READ DMA",
  [Opcode.WRITE_DMA]: "WRITE DMA",
  [Opcode.STANDBY_IMMEDIATE]: "STANDBY IMMEDIATE",
  [Opcode.IDLE_IMMEDIATE]: "IDLE IMMEDIATE",
  [Opcode.STANDBY]: "STANDBY",
  [Opcode.IDLE]: "IDLE",
  0xe4: "READ BUFFER",
  [Opcode.CHECK_POWER]: "CHECK POWER",
  [Opcode.SLEEP]: "SLEEP",
  [Opcode.FLUSH]: "FLUSH",
  0xe8: "WRITE BUFFER",
  [Opcode.FLUSH_EXT]: "FLUSH EXT",
  [Opcode.IDENTIFY]: "IDENTIFY",
  [Opcode.SET_FEATURES]: "SET FEATURES",
  0xf1: "SECURITY SET PASSWORD",
  0xf2: "SECURITY UNLOCK",
  0xf4: "SECURITY ERASE UNIT",
  0xf5: "SECURITY FREEZE LOCK",
  0xf8: "READ NATIVE MAX",
  0xf9: "SET MAX",
};

const SMART_NAMES: Readonly<Record<number, string>> = {
  [SmartCommand.READ_DATA]: "READ DATA",
  0xd1: "READ THRESHOLDS",
  [SmartCommand.EXECUTE_OFFLINE]: "EXECUTE OFFLINE",
  0xd5: "READ LOG",
  0xd6: "WRITE LOG",
  [SmartCommand.ENABLE]: "ENABLE",
  [SmartCommand.DISABLE]: "DISABLE",
  [SmartCommand.RETURN_STATUS]: "RETURN STATUS",
};

/** Command 4 and sub-command 5 are later than AoEr11; no open client uses them. */
const COMMAND_NAMES: Readonly<Record<number, string>> = {
  [Command.ATA]: "ATA",
  [Command.CONFIG]: "config",
  [Command.MASK]: "mask",
  [Command.RESERVE]: "reserve",
  4: "keyed reserve",
};
const VENDOR_FIRST = 0xf0;
const CONFIG_NAMES: Readonly<Record<number, string>> = {
  [ConfigCommand.READ]: "query",
  [ConfigCommand.TEST]: "test",
  [ConfigCommand.PREFIX]: "prefix",
  [ConfigCommand.SET]: "set",
  [ConfigCommand.FORCE]: "force",
  5: "test-and-replace",
};
const MASK_NAMES: Readonly<Record<number, string>> = {
  [MaskCommand.READ]: "read",
  [MaskCommand.EDIT]: "edit",
};
const RESERVE_NAMES: Readonly<Record<number, string>> = {
  [ReserveCommand.READ]: "read",
  [ReserveCommand.SET]: "set",
  [ReserveCommand.FORCE]: "force",
};
const SUBCOMMANDS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [Command.CONFIG]: CONFIG_NAMES,
  [Command.MASK]: MASK_NAMES,
  [Command.RESERVE]: RESERVE_NAMES,
};

/** A number as `0x1f`. */
export function hexNumber(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

/** The ATA command's name; SMART has one for each of its features. */
export function nameOfAta(opcode: number, feature: number): string {
  if (opcode === Opcode.SMART) return `SMART ${SMART_NAMES[feature] ?? hexNumber(feature)}`;
  return ATA_NAMES[opcode] ?? `ATA ${hexNumber(opcode)}`;
}

/** The name of a command of AoE. */
export function nameOfCommand(command: number): string {
  const known = COMMAND_NAMES[command];
  if (known !== undefined) return known;
  const kind = command >= VENDOR_FIRST ? "vendor command" : "unknown command";
  return `${kind} ${hexNumber(command)}`;
}

/** The same with its sub-command. */
export function nameOfSubcommand(command: number, subcommand: number): string {
  const name = SUBCOMMANDS[command]?.[subcommand] ?? `sub-command ${subcommand}`;
  return `${nameOfCommand(command)} ${name}`;
}

/** An address as `e0.0`; a wildcard is a star. */
export function nameOfDisk(shelf: number, slot: number): string {
  return `e${shelf === SHELF_ANY ? "*" : shelf}.${slot === SLOT_ANY ? "*" : slot}`;
}
