/**
 * Many operations on files at a time, by io_uring(7): entries are prepared in memory, handed over
 * together, and end in any order. All memory ordering between this process and the kernel is here.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, POLLIN } from "./abi.ts";
import { EAGAIN, EBADR, EBUSY, EINTR, ETIME } from "./errno.ts";
import { libc, negativeErrno } from "./libc.ts";
import { loadWord, storeWord } from "./shared_word.ts";
import {
  CQE,
  GETEVENTS_ARG,
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_NO_IOWAIT,
  IORING_FEAT_NO_IOWAIT,
  IORING_FSYNC_DATASYNC,
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_FALLOCATE,
  IORING_OP_FSYNC,
  IORING_OP_POLL_ADD,
  IORING_OP_READ,
  IORING_OP_WRITE,
  IORING_SQ_CQ_OVERFLOW,
  IORING_SQ_TASKRUN,
  SQE,
  SYS_IO_URING_ENTER,
  TIMESPEC,
} from "./uring_abi.ts";
import {
  openUringMemory,
  type RingFields,
  URING_MODES,
  type UringMemory,
  type UringMode,
} from "./uring_setup.ts";

const HIGH = 2 ** 32;
const PUNCH = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
/** An enter ends operations, or delivers completions, that wait for it. */
const WANTS_ENTER = IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN;
/** User data of a cancel; no caller's: those are below 2**31. */
const CANCEL_DATA = -1;
/** Time between two cancels at disposal, ms. */
const CANCEL_PERIOD_MS = 100;
/** What an enter at disposal may fail with, and is tried again. */
const PASSING = [EINTR, ETIME, EBUSY, EAGAIN, EBADR];
const WAIT_SIZE = BigInt(GETEVENTS_ARG.SIZE);
const GONE = new Int32Array(0);

/**
 * An io_uring. All its methods belong to the thread that opened it. Addresses, offsets and sizes
 * are Numbers and user data is 0 to 2**31 - 1; nothing is allocated per operation.
 *
 * The memory that an operation names is the kernel's until the operation's completion was taken.
 */
export class Uring implements Disposable {
  /** User data of the completion that was taken last. */
  userData = 0;
  /** Its result: a size, a mask of events, 0; or a negative errno. */
  result = 0;
  /** Submission entries in all. */
  readonly size: number;

  readonly #memory: UringMemory;
  readonly #at: RingFields;
  readonly #waitPointer: Deno.PointerObject;
  readonly #timespec: Int32Array;
  readonly #waitFlags: number;
  readonly #submissionMask: number;
  readonly #completionMask: number;
  #rings: Int32Array;
  #entries: Int32Array;

  // Indices run through all 32-bit integers and are compared as such.
  /** Behind the last entry that was prepared. */
  #prepared = 0;
  /** Behind the last entry that the kernel has taken. */
  #submitted = 0;
  /** The next completion to take. */
  #taken = 0;
  /** As the kernel was told last. */
  #returned = 0;
  /** Behind the last completion that is known of. */
  #completed = 0;
  #outstanding = 0;
  /** User data of all watches that there ever were. */
  readonly #watches = new Set<number>();
  #waitMs = -1;

  private constructor(memory: UringMemory) {
    const { param, fields, wait } = memory;
    this.#memory = memory;
    this.size = param("SQ_ENTRIES");
    this.#submissionMask = this.size - 1; // the kernel rounds up to a power of two
    this.#completionMask = param("CQ_ENTRIES") - 1;
    this.#at = fields;
    this.#rings = new Int32Array(memory.rings.buffer, 0, memory.rings.size >> 2);
    this.#entries = new Int32Array(memory.entries.buffer);
    this.#waitPointer = wait.pointerAt(0);
    this.#timespec = new Int32Array(wait.buffer, GETEVENTS_ARG.SIZE);
    const hasNoIowait = (param("FEATURES") & IORING_FEAT_NO_IOWAIT) !== 0;
    this.#waitFlags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG |
      (hasNoIowait ? IORING_ENTER_NO_IOWAIT : 0);
  }

  /**
   * Opens a ring with room to prepare `entries` operations (rounded up to a power of two).
   * Throws {@linkcode SystemError} that says what is missing. The `modes` are tried in turn.
   */
  static open(entries: number, modes = URING_MODES): Uring {
    return new Uring(openUringMemory(entries, modes));
  }

  /** The ring's descriptor; -1 after disposal. */
  get fd(): number {
    return this.#rings === GONE ? -1 : this.#memory.fd;
  }

  /** How the kernel ends operations. */
  get mode(): UringMode {
    return this.#memory.mode;
  }

  /** Operations that can be prepared before the next enter. */
  get room(): number {
    return this.size - (this.#prepared - this.#submitted | 0);
  }

  /** Whether an enter has something to hand over. */
  get hasPrepared(): boolean {
    return this.#prepared !== this.#submitted;
  }

  /** Whether {@linkcode take} finds something, or will after an {@linkcode enter}. */
  get hasCompleted(): boolean {
    return loadWord(this.#rings, this.#at.completionTail) !== this.#taken || this.#wantsEnter;
  }

  get #wantsEnter(): boolean {
    return (loadWord(this.#rings, this.#at.submissionFlags) & WANTS_ENTER) !== 0;
  }

  /** Operations prepared or under way: their last completion was not taken. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /**
   * Completions that the kernel had no memory for. Those operations have ended, but nothing tells
   * which: above 0 the ring is to be replaced.
   */
  get lost(): number {
    return Atomics.load(this.#rings, this.#at.lost);
  }

  /** Prepares a pread of `size` bytes at `offset` of `fd` to `address`. */
  read(fd: number, address: number, size: number, offset: number, userData: number): void {
    this.#prepare(IORING_OP_READ, fd, offset, address, size, 0, userData);
  }

  /** Prepares a pwrite of `size` bytes from `address` to `offset` of `fd`; `flags` are RWF_*. */
  write(
    fd: number,
    address: number,
    size: number,
    offset: number,
    userData: number,
    flags = 0,
  ): void {
    this.#prepare(IORING_OP_WRITE, fd, offset, address, size, flags, userData);
  }

  /** Prepares an fdatasync: it covers the writes that ended before it is handed over. */
  syncData(fd: number, userData: number): void {
    this.#prepare(IORING_OP_FSYNC, fd, 0, 0, 0, IORING_FSYNC_DATASYNC, userData);
  }

  /** Prepares to give the blocks of a range back; it reads as zeros, and the size stays. */
  punchHole(fd: number, offset: number, length: number, userData: number): void {
    this.#prepare(IORING_OP_FALLOCATE, fd, offset, length, PUNCH, 0, userData);
  }

  /**
   * Prepares a watch: one completion when there is something to read, or an error. A watch that
   * went on would make work for each frame of a busy socket, which nobody waits for.
   */
  watch(fd: number, userData: number): void {
    this.#watches.add(userData);
    this.#prepare(IORING_OP_POLL_ADD, fd, 0, 0, 0, POLLIN, userData);
  }

  /** Prepares to end a watch: its completion says so (ECANCELED), where it did not end before. */
  unwatch(userData: number): void {
    this.#prepare(IORING_OP_ASYNC_CANCEL, -1, 0, userData, 0, 0, CANCEL_DATA);
  }

  #prepare(
    opcode: number,
    fd: number,
    offset: number,
    address: number,
    length: number,
    flags: number,
    userData: number,
  ): void {
    assert(this.room > 0, "an operation was prepared where there is no room");
    const entries = this.#entries;
    const at = (this.#prepared & this.#submissionMask) * SQE.WORDS;
    entries[at + SQE.OPCODE] = opcode;
    entries[at + SQE.FD] = fd;
    entries[at + SQE.OFFSET] = offset; // conversion to 32 bits takes the low half
    entries[at + SQE.OFFSET + 1] = offset / HIGH;
    entries[at + SQE.ADDRESS] = address;
    entries[at + SQE.ADDRESS + 1] = address / HIGH;
    entries[at + SQE.LENGTH] = length;
    entries[at + SQE.FLAGS] = flags;
    entries[at + SQE.USER_DATA] = userData;
    this.#prepared = this.#prepared + 1 | 0;
    this.#outstanding++;
  }

  /**
   * Hands over all that was prepared, lets the kernel end what waits for that, and where then no
   * completion is there waits for one up to `waitMs`, of which fractions count.
   *
   * With `waitMs` 0 and nothing to do it is no system call: the kernel tells in the ring's memory
   * whether operations wait for an enter to end (in mode "plain" they end without one). So a loop
   * may call it as often as it likes.
   *
   * @returns 0 or a negative errno. EINTR and ETIME end a wait. After EAGAIN (no memory) and EBUSY
   * (too many completions wait) entries may still be prepared: take completions, enter again
   */
  enter(waitMs: number): number {
    const rings = this.#rings;
    assert(rings !== GONE, "a closed io_uring was entered");
    if (this.#taken !== this.#returned) {
      storeWord(rings, this.#at.completionHead, this.#taken);
      this.#returned = this.#taken;
    }
    let flags = 0;
    if (waitMs > 0 && loadWord(rings, this.#at.completionTail) === this.#taken) {
      if (waitMs !== this.#waitMs) this.#setWait(waitMs);
      flags = this.#waitFlags;
    } else if (this.#wantsEnter) {
      flags = IORING_ENTER_GETEVENTS;
    } else if (this.#prepared === this.#submitted) {
      return 0;
    }
    if (this.#prepared !== this.#submitted) {
      storeWord(rings, this.#at.submissionTail, this.#prepared);
    }
    for (;;) {
      const error = this.#enterOnce(flags);
      if (error !== 0 || this.#prepared === this.#submitted) return error;
      // Before Linux 5.18 an entry that is wrong ends its batch: the rest is handed over anew.
    }
  }

  #enterOnce(flags: number): number {
    const waits = (flags & IORING_ENTER_EXT_ARG) !== 0;
    const result = libc().ioUringEnter(
      SYS_IO_URING_ENTER,
      this.#memory.fd,
      this.#prepared - this.#submitted | 0,
      waits ? 1 : 0,
      flags,
      waits ? this.#waitPointer : null,
      waits ? WAIT_SIZE : 0n,
    );
    const error = result < 0 ? negativeErrno() : 0;
    const before = this.#submitted;
    this.#submitted = loadWord(this.#rings, this.#at.submissionHead);
    const isStuck = error === 0 && before === this.#submitted && before !== this.#prepared;
    return isStuck ? -EAGAIN : error;
  }

  #setWait(waitMs: number): void {
    assert(waitMs < 2 ** 31, "a wait of weeks");
    this.#timespec[TIMESPEC.SECONDS / 4] = waitMs / 1000;
    this.#timespec[TIMESPEC.NANOSECONDS / 4] = waitMs % 1000 * 1e6;
    this.#waitMs = waitMs;
  }

  /**
   * Takes the next completion into {@linkcode Uring.userData} and {@linkcode Uring.result}; false
   * where none is there.
   */
  take(): boolean {
    const rings = this.#rings;
    if (this.#taken === this.#completed) {
      assert(rings !== GONE, "a completion was asked of a closed io_uring");
      this.#completed = loadWord(rings, this.#at.completionTail);
      if (this.#taken === this.#completed) return false;
    }
    const at = this.#at.completions + (this.#taken & this.#completionMask) * CQE.WORDS;
    // The mask keeps all three inside of the ring.
    this.userData = rings[at + CQE.USER_DATA]!;
    this.result = rings[at + CQE.RESULT]!;
    this.#taken = this.#taken + 1 | 0;
    this.#outstanding--;
    return true;
  }

  /**
   * Ends all operations, waits until the last one has ended, and closes: the kernel writes to no
   * memory afterwards. What was prepared and not handed over is dropped. It waits for as long as a
   * disk takes for what it has begun.
   */
  [Symbol.dispose](): void {
    if (this.#rings === GONE) return;
    this.#outstanding -= this.#prepared - this.#submitted | 0;
    this.#prepared = this.#submitted;
    while (this.take());
    while (this.#outstanding > this.lost) this.#endAll();
    this.#rings = GONE; // a view of unmapped memory would end the process
    this.#entries = GONE;
    this.#memory.owned.dispose();
  }

  /** Asks all operations to end and waits a while for it. */
  #endAll(): void {
    this.#cancel(0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
    // Before Linux 5.19 "any" is not known. A watch is the one thing that does not end by itself.
    if (this.mode.flags === 0) this.#watches.forEach((userData) => this.#cancel(userData, 0));
    const untilMs = performance.now() + CANCEL_PERIOD_MS;
    do {
      const error = this.enter(CANCEL_PERIOD_MS);
      assert(error === 0 || PASSING.includes(-error), `io_uring_enter at disposal: ${-error}`);
      while (this.take());
    } while (this.#outstanding > this.lost && performance.now() < untilMs);
  }

  #cancel(userData: number, flags: number): void {
    if (this.room === 0) this.enter(0);
    if (this.room === 0) return; // the next round tries again
    this.#prepare(IORING_OP_ASYNC_CANCEL, -1, 0, userData, 0, flags, CANCEL_DATA);
  }
}
