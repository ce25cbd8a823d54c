/**
 * The ATA commands that the disk knows (ATA8-ACS) and the outcomes that it reports.
 *
 * @module
 */

/** Command codes. */
export const Opcode = {
  DATA_SET_MANAGEMENT: 0x06,
  READ: 0x20,
  READ_EXT: 0x24,
  READ_DMA_EXT: 0x25,
  WRITE: 0x30,
  WRITE_EXT: 0x34,
  WRITE_DMA_EXT: 0x35,
  VERIFY: 0x40,
  VERIFY_EXT: 0x42,
  SMART: 0xb0,
  READ_DMA: 0xc8,
  WRITE_DMA: 0xca,
  STANDBY_IMMEDIATE: 0xe0,
  IDLE_IMMEDIATE: 0xe1,
  STANDBY: 0xe2,
  IDLE: 0xe3,
  CHECK_POWER: 0xe5,
  SLEEP: 0xe6,
  FLUSH: 0xe7,
  FLUSH_EXT: 0xea,
  IDENTIFY: 0xec,
  SET_FEATURES: 0xef,
} as const;

/** Status register of an outcome. */
export const Status = {
  /** Ready; all went well. */
  READY: 0x40,
  /** Ready, and the error register says what failed. */
  ERROR: 0x41,
  /** Ready, with an error and a fault of the device that stays. */
  FAULT: 0x61,
} as const;

/** Error register of an outcome. */
export const AtaError = {
  NONE: 0,
  /** The command was aborted, or is not known. */
  ABORTED: 0x04,
  /** The sector does not exist. */
  NOT_FOUND: 0x10,
  /** The data cannot be read. */
  UNCORRECTABLE: 0x40,
} as const;

/** SET FEATURES: switch the write cache on. */
export const FEATURE_CACHE_ON = 0x02;
/** SET FEATURES: switch the write cache off. */
export const FEATURE_CACHE_OFF = 0x82;
/** Count register in the outcome of CHECK POWER: active or idle. */
export const POWER_ACTIVE = 0xff;

/** What a command asks of the disk, whatever the way that it is addressed. */
export type Operation =
  | "read"
  | "write"
  | "verify"
  | "trim"
  | "flush"
  | "identify"
  | "smart"
  | "features"
  | "power"
  | "rest"
  | "unknown";

/** The operation of a command code. */
export function operationOf(opcode: number): Operation {
  switch (opcode) {
    case Opcode.READ:
    case Opcode.READ_EXT:
    case Opcode.READ_DMA:
    case Opcode.READ_DMA_EXT:
      return "read";
    case Opcode.WRITE:
    case Opcode.WRITE_EXT:
    case Opcode.WRITE_DMA:
    case Opcode.WRITE_DMA_EXT:
      return "write";
    case Opcode.VERIFY:
    case Opcode.VERIFY_EXT:
      return "verify";
    case Opcode.DATA_SET_MANAGEMENT:
      return "trim";
    case Opcode.FLUSH:
    case Opcode.FLUSH_EXT:
      return "flush";
    case Opcode.IDENTIFY:
      return "identify";
    case Opcode.SMART:
      return "smart";
    case Opcode.SET_FEATURES:
      return "features";
    case Opcode.CHECK_POWER:
      return "power";
    case Opcode.STANDBY_IMMEDIATE:
    case Opcode.IDLE_IMMEDIATE:
    case Opcode.STANDBY:
    case Opcode.IDLE:
    case Opcode.SLEEP:
      return "rest";
    default:
      return "unknown";
  }
}

/** Whether a reservation by others keeps the command from the disk; questions stay free. */
export function needsReservation(opcode: number): boolean {
  switch (opcode) {
    case Opcode.IDENTIFY:
    case Opcode.CHECK_POWER:
    case Opcode.SMART:
      return false;
    default:
      return true;
  }
}

const LBA28_LIMIT = 2 ** 28;

/** The LBA that a read, write or verify means: its code, not a flag, says whether 28 or 48 bits. */
export function addressOf(opcode: number, lba: number): number {
  switch (opcode) {
    case Opcode.READ_EXT:
    case Opcode.READ_DMA_EXT:
    case Opcode.WRITE_EXT:
    case Opcode.WRITE_DMA_EXT:
    case Opcode.VERIFY_EXT:
      return lba;
    default:
      return lba % LBA28_LIMIT;
  }
}
