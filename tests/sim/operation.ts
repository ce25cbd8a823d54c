/**
 * What a client wants done, each frame that asks for it, and each time that such a frame reaches
 * the target.
 *
 * @module
 */
import type { PortAddress } from "../../lib/target/request.ts";

export type OperationKind =
  | "read"
  | "verify"
  | "write"
  | "trim"
  | "flush"
  | "identify"
  | "config"
  | "mask"
  | "reserve";

/** No moment yet. */
export const NEVER = Infinity;

/** What a client wants done once. Its id is what its data says. */
export class Operation {
  readonly id: number;
  readonly kind: OperationKind;
  /** Who wants it. */
  readonly client: number;
  /** The sectors that it reads or changes. */
  readonly sectors: readonly number[];
  /** The request without addresses and tag. */
  readonly frame: Uint8Array<ArrayBuffer>;
  /** Whether a frame of it has reached the target. */
  hasArrived = false;
  /** Whether a later conflicting one has arrived: no copy of this one may run any more. */
  isClosed = false;
  /** Whether one of the same client's was: no copy of this one even arrives. */
  isOver = false;

  constructor(
    id: number,
    kind: OperationKind,
    client: number,
    sectors: readonly number[],
    frame: Uint8Array<ArrayBuffer>,
  ) {
    this.id = id;
    this.kind = kind;
    this.client = client;
    this.sectors = sectors;
    this.frame = frame;
  }

  /** Whether it changes sectors. */
  get isWrite(): boolean {
    return this.kind === "write" || this.kind === "trim";
  }

  /** Whether it changes who is served. */
  get isChange(): boolean {
    return this.kind === "mask" || this.kind === "reserve";
  }

  /** Whether it asks the disk for something that a copy of it need not do again. */
  get isShared(): boolean {
    return this.isWrite || this.kind === "read" || this.kind === "verify";
  }
}

/** A frame on its way to the target. */
export interface Copy {
  readonly operation: Operation;
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly source: number;
  readonly tag: number;
  readonly port: PortAddress;
}

/** A copy that the target got. */
export class Delivery {
  readonly copy: Copy;
  readonly operation: Operation;
  /** When it came. */
  readonly arrived: number;
  /** The delivery that is carried out for this one too. */
  first: Delivery | undefined;
  /** Others that wait for the same and are to be answered. */
  readonly askers: Delivery[] = [];
  /** Whether the mask list let its sender in when it came. */
  isAdmitted = true;
  /** Whether the target has let it run. */
  isRunning = false;
  /** Whether it is a change of settings whose acknowledgement is held back. */
  isHeld = false;
  /** Whether its reply left. */
  isAnswered = false;
  /** Whether the disk was asked to do something for it. */
  hasBegun = false;
  /** Whether the disk failed in something for it. */
  hasFailed = false;
  /** When all of its writes were on the disk, or in its cache. */
  done = NEVER;

  constructor(copy: Copy, arrived: number) {
    this.copy = copy;
    this.operation = copy.operation;
    this.arrived = arrived;
  }

  /** Whether the same client asks under the same tag by the same interface. */
  isSameAsker({ copy }: Delivery): boolean {
    const { source, tag, port } = this.copy;
    return source === copy.source && tag === copy.tag && port === copy.port;
  }
}
