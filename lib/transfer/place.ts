/**
 * What data is copied from and to: a disk, a file or a stream, as one.
 *
 * @module
 */

/** Which disk or file it is, as far as can be told: names and values in words. */
export type Identity = Readonly<Record<string, string>>;

/** Where data comes from. Offsets and sizes are bytes. */
export interface Source {
  /** Name for messages. */
  readonly name: string;
  /** How much there is; undefined where only the end tells. */
  readonly size: number | undefined;
  /** Whether it can only be read from its beginning on, one piece after the other. */
  readonly inOrder: boolean;
  /** Fills `bytes` from `offset` on; returns how much there was: less only at the end. */
  read(bytes: Uint8Array<ArrayBuffer>, offset: number): Promise<number>;
}

/** Where data goes. Offsets and sizes are bytes. */
export interface Destination {
  /** Name for messages. */
  readonly name: string;
  /** How much it can hold; undefined where it grows. */
  readonly capacity: number | undefined;
  /** Whether it can only be written from its beginning on, one piece after the other. */
  readonly inOrder: boolean;
  /** Writes all of `bytes` at `offset`; returns when that was acknowledged. */
  write(bytes: Uint8Array<ArrayBuffer>, offset: number): Promise<void>;
  /** Makes all that was acknowledged durable; false where it cannot be told to. */
  sync(): Promise<boolean>;
  /** Told that all before `end` is written, now and then and at last: it is as long as that. */
  reach(end: number): Promise<void>;
}

/** A disk or a file: can be read and written anywhere, and known again. */
export interface Place extends Source, Destination {
  /** How much there is. */
  readonly size: number;
  /** Which one it is, as a source; changes when its content may have, if that can be told. */
  readonly sourceIdentity: Identity;
  /** Which one it is, as a destination: stays the same while it is written to. */
  readonly identity: Identity;
  /** Gets ready to be written to; `fresh`: nothing of a file's old content stays. */
  prepare(fresh: boolean): void;
  /** What of somebody's would be overwritten, such as `has an ext4 file system "root"`. */
  occupied(): Promise<readonly string[]>;
}
