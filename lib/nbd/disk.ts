/**
 * The disk behind an export, as the protocol's side needs it.
 *
 * @module
 */

/** Unit of all addresses and lengths in bytes. */
export const SECTOR_SIZE = 512;

/**
 * A disk. Each of its operations throws {@linkcode NbdError}, and may leave off where `signal` says
 * that nobody waits for it any more.
 */
export interface NbdDisk {
  /** Size in bytes, a multiple of {@linkcode SECTOR_SIZE}. */
  readonly sizeBytes: number;
  /** Whether every write must be refused. */
  readonly readOnly: boolean;
  /** Whether there is a way to make durable what was written. */
  readonly canFlush: boolean;
  /** Whether a write is durable when it is done. */
  readonly isWriteThrough: boolean;
  /** Whether sectors can be given back. */
  readonly canTrim: boolean;
  /** Whether sectors that were given back read as zeros. */
  readonly trimReadsZeros: boolean;
  /** Size in bytes of the requests that it likes best, a power of two. */
  readonly preferredSize: number;
  /** Fills `into`, whole sectors, from sector `lba` on. */
  read(lba: number, into: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Writes whole sectors from sector `lba` on. */
  write(lba: number, data: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Writes `count` sectors of zeros from sector `lba` on. */
  writeZeros(lba: number, count: number, signal: AbortSignal): Promise<void>;
  /** Makes all writes durable that were done before. */
  flush(): Promise<void>;
  /** Gives `count` sectors back from sector `lba` on. */
  trim(lba: number, count: number, signal: AbortSignal): Promise<void>;
}

/** What a client is told instead of what it asked for. */
export class NbdError extends Error {
  /** The class's name, for messages. */
  override readonly name = "NbdError";
  /** One of Errno of constants.ts. */
  readonly errno: number;

  /** An error with a message for the person at the client. */
  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }
}
