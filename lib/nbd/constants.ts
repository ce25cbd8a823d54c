/**
 * Numbers of the NBD protocol: doc/proto.md of the NetworkBlockDevice/nbd project ("NBD proto.md"),
 * whose names they keep without the prefix. All fields on the wire are big-endian.
 *
 * @module
 */

/** First eight bytes of a server: "NBDMAGIC". */
export const SERVER_MAGIC = 0x4e42444d41474943n;
/** Begins every option, and ends the server's greeting: "IHAVEOPT". */
export const OPTION_MAGIC = 0x49484156454f5054n;
/** Begins every reply to an option. */
export const OPTION_REPLY_MAGIC = 0x0003e889045565a9n;
/** Begins every request. */
export const REQUEST_MAGIC = 0x25609513;
/** Begins a simple reply. */
export const SIMPLE_REPLY_MAGIC = 0x67446698;
/** Begins a chunk of a structured reply. */
export const STRUCTURED_REPLY_MAGIC = 0x668e33ef;

/** Flags of the server's greeting, and of the client's answer to it. */
export const HandshakeFlag = { FIXED_NEWSTYLE: 1, NO_ZEROES: 2 } as const;

/** What a client asks before it uses an export. */
export const Option = {
  EXPORT_NAME: 1,
  ABORT: 2,
  LIST: 3,
  INFO: 6,
  GO: 7,
  STRUCTURED_REPLY: 8,
} as const;

/** Answers to options. */
export const OptionReply = {
  ACK: 1,
  SERVER: 2,
  INFO: 3,
  ERR_UNSUP: 0x80000001,
  ERR_INVALID: 0x80000003,
  ERR_UNKNOWN: 0x80000006,
  ERR_TOO_BIG: 0x80000009,
} as const;

/** What INFO and GO tell of an export. */
export const Info = { EXPORT: 0, NAME: 1, DESCRIPTION: 2, BLOCK_SIZE: 3 } as const;

/** What an export can do. */
export const TransmissionFlag = {
  HAS_FLAGS: 1 << 0,
  READ_ONLY: 1 << 1,
  SEND_FLUSH: 1 << 2,
  SEND_FUA: 1 << 3,
  SEND_TRIM: 1 << 5,
  SEND_WRITE_ZEROES: 1 << 6,
  SEND_DF: 1 << 7,
  CAN_MULTI_CONN: 1 << 8,
  SEND_FAST_ZERO: 1 << 11,
} as const;

/** Types of requests. */
export const Command = {
  READ: 0,
  WRITE: 1,
  DISC: 2,
  FLUSH: 3,
  TRIM: 4,
  WRITE_ZEROES: 6,
} as const;

/** Flags of requests. */
export const CommandFlag = { FUA: 1, NO_HOLE: 2, DF: 4, FAST_ZERO: 16 } as const;

/** Types of chunks of a structured reply. */
export const ReplyType = { NONE: 0, OFFSET_DATA: 1, ERROR: 0x8001 } as const;
/** The chunk is the last one of its reply. */
export const REPLY_FLAG_DONE = 1;

/** Errors in replies; the numbers are fixed, whatever the system's own are. */
export const Errno = {
  NONE: 0,
  EPERM: 1,
  EIO: 5,
  EINVAL: 22,
  ENOSPC: 28,
  ENOTSUP: 95,
  ESHUTDOWN: 108,
} as const;

/** Most data of one request in bytes: what a client may take for granted without being told. */
export const PAYLOAD_SIZE_MAX = 32 * 2 ** 20;
