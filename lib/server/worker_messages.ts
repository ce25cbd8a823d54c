/**
 * What a service and its workers say to each other: plain data.
 *
 * @module
 */
import type { LogConfig, PathConfig } from "../config.ts";
import type { Operations } from "./operations.ts";

/** The first message to a worker. */
export interface WorkerStart {
  /** Its number, from 1. */
  readonly worker: number;
  /** How it is to work. */
  readonly config: PathConfig & LogConfig;
  /** Most requests that a client of any export may have under way. */
  readonly bufferCount: number;
  /** Interfaces to open at once, so that it is seen which engine works on them. */
  readonly interfaces: readonly string[];
  /** The descriptor of the bell that rings for each message. */
  readonly bellFd: number;
  /** One 32-bit word: how many messages were sent, this one not included. */
  readonly sent: SharedArrayBuffer;
}

/** What can be asked of a worker. */
export type OperationName = keyof Operations;

/** A request. */
export interface WorkerCall {
  /** Names the answer. */
  readonly id: number;
  /** Which of the operations; `stop` ends the worker once all is done. */
  readonly operation: OperationName | "stop";
  /** Its arguments. */
  readonly args: readonly unknown[];
}

/** An answer; that to the first message has the number 0. */
export type WorkerAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly isUsage: boolean };

/** The answer to the first message. */
export interface WorkerStarted {
  /** Its engine. */
  readonly engine: string;
  /** What the machine lacks for a faster one. */
  readonly missing: readonly string[];
}
