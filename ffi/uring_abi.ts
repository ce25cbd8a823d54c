/**
 * Constants and struct offsets of io_uring(7), each under the header that it comes from. All of
 * them hold for x86-64 and aarch64 alike. Both are little-endian: where small fields share a word,
 * and a number of 64 bits has its low half first.
 *
 * @module
 */

// <asm/unistd.h>, asm-generic/unistd.h: the same numbers on every architecture
/** System call number of io_uring_setup. */
export const SYS_IO_URING_SETUP = 425n;
/** System call number of io_uring_enter. */
export const SYS_IO_URING_ENTER = 426n;

// <linux/io_uring.h>: struct io_uring_params
/** Flag of setup: `cq_entries` says how many completions there is room for. Linux 5.5. */
export const IORING_SETUP_CQSIZE = 1 << 3;
/** Flag of setup: too large a ring becomes the largest that there is. Linux 5.6. */
export const IORING_SETUP_CLAMP = 1 << 4;
/** Flag of setup: an entry that is wrong does not keep those behind it back. Linux 5.18. */
export const IORING_SETUP_SUBMIT_ALL = 1 << 7;
/** Flag of setup: no interrupt of the thread to end an operation. Linux 5.19. */
export const IORING_SETUP_COOP_TASKRUN = 1 << 8;
/** Flag of setup: IORING_SQ_TASKRUN tells that an enter would end operations. Linux 5.19. */
export const IORING_SETUP_TASKRUN_FLAG = 1 << 9;
/** Flag of setup: one thread alone submits. Linux 6.0. */
export const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
/** Flag of setup: operations end within an enter with IORING_ENTER_GETEVENTS only. Linux 6.1. */
export const IORING_SETUP_DEFER_TASKRUN = 1 << 13;
/** Feature: one mapping holds both rings. Linux 5.4. */
export const IORING_FEAT_SINGLE_MMAP = 1 << 0;
/** Feature: completions that find no room are kept and delivered later. Linux 5.5. */
export const IORING_FEAT_NODROP = 1 << 1;
/** Feature: IORING_ENTER_EXT_ARG. Linux 5.11. */
export const IORING_FEAT_EXT_ARG = 1 << 8;
/** Feature: tags of registered resources. Linux 5.13, as multishot polls, which have no flag. */
export const IORING_FEAT_RSRC_TAGS = 1 << 10;
/** Feature: IORING_ENTER_NO_IOWAIT. Linux 6.15. */
export const IORING_FEAT_NO_IOWAIT = 1 << 17;
/** struct io_uring_params, with its struct io_sqring_offsets and struct io_cqring_offsets. */
export const PARAMS = {
  SQ_ENTRIES: 0,
  CQ_ENTRIES: 4,
  FLAGS: 8,
  FEATURES: 20,
  SQ_HEAD: 40,
  SQ_TAIL: 44,
  SQ_FLAGS: 56,
  SQ_ARRAY: 64,
  CQ_HEAD: 80,
  CQ_TAIL: 84,
  CQ_OVERFLOW: 96,
  CQ_CQES: 100,
  SIZE: 120,
} as const;

// <linux/io_uring.h>: mmap
/** Offset at which the rings are mapped. */
export const IORING_OFF_SQ_RING = 0n;
/** Offset at which the submission entries are mapped. */
export const IORING_OFF_SQES = 0x10000000n;

// <linux/io_uring.h>: flags of the submission ring
/** Completions wait for room: an enter delivers them. */
export const IORING_SQ_CQ_OVERFLOW = 1 << 1;
/** Operations wait for an enter to end them. */
export const IORING_SQ_TASKRUN = 1 << 2;

// <linux/io_uring.h>: io_uring_enter
/** Flag of enter: end operations, and wait for `min_complete` of them. */
export const IORING_ENTER_GETEVENTS = 1 << 0;
/** Flag of enter: the argument is a struct io_uring_getevents_arg. */
export const IORING_ENTER_EXT_ARG = 1 << 3;
/** Flag of enter: the wait is no wait for a disk in the system's statistics. */
export const IORING_ENTER_NO_IOWAIT = 1 << 7;
/** struct io_uring_getevents_arg { __u64 sigmask; __u32 sigmask_sz, min_wait_usec; __u64 ts; } */
export const GETEVENTS_ARG = { TIMESPEC: 16, SIZE: 24 } as const;

// <linux/time_types.h>
/** struct __kernel_timespec { __s64 tv_sec; long long tv_nsec; } */
export const TIMESPEC = { SECONDS: 0, NANOSECONDS: 8, SIZE: 16 } as const;

// <linux/io_uring.h>: struct io_uring_sqe, in words of 32 bits
/** The words of a submission entry; those that are not named stay 0. */
export const SQE = {
  /** The operation, in the lowest byte; the rest are flags and a priority, 0. */
  OPCODE: 0,
  FD: 1,
  OFFSET: 2,
  ADDRESS: 4,
  LENGTH: 6,
  /** `rw_flags`, `fsync_flags`, `poll32_events`, `cancel_flags`. */
  FLAGS: 7,
  USER_DATA: 8,
  WORDS: 16,
} as const;
/** fsync(2) or fdatasync(2). */
export const IORING_OP_FSYNC = 3;
/** poll(2). */
export const IORING_OP_POLL_ADD = 6;
/** Ends operations early. */
export const IORING_OP_ASYNC_CANCEL = 14;
/** fallocate(2): the length stands where else the address does, the mode where the length does. */
export const IORING_OP_FALLOCATE = 17;
/** pread(2). */
export const IORING_OP_READ = 22;
/** pwrite(2). */
export const IORING_OP_WRITE = 23;
/** fsync: as fdatasync. */
export const IORING_FSYNC_DATASYNC = 1 << 0;
/** Cancel: all that match. */
export const IORING_ASYNC_CANCEL_ALL = 1 << 0;
/** Cancel: every operation matches. Linux 5.19. */
export const IORING_ASYNC_CANCEL_ANY = 1 << 2;

// <linux/io_uring.h>: struct io_uring_cqe, in words of 32 bits
/** The words of a completion. */
export const CQE = { USER_DATA: 0, RESULT: 2, FLAGS: 3, WORDS: 4 } as const;

// <linux/fs.h>
/** Flag of one write: durable when it ends, as with O_DSYNC. */
export const RWF_DSYNC = 0x02;
