/**
 * A thread that sends numbered frames by a socket of another one, until it is told to stop: for
 * tests of what happens to frames that arrive just then.
 *
 * @module
 */
import { Mapping } from "../ffi/mapping.ts";
import { SendBatch } from "../ffi/send_batch.ts";

/** What the thread is told. */
export interface SenderTask {
  /** A packet socket. */
  readonly fd: number;
  /** What each frame is, but for its number. */
  readonly frame: Uint8Array;
  /** {@linkcode WORDS} words that both threads share. */
  readonly words: Int32Array<SharedArrayBuffer>;
}

/** Word: the number behind that of the last frame that was seen. */
export const SEEN = 0;
/** Word: 1 asks for an end. */
export const STOP = 1;
/** Word: how many were sent, once that is all. */
export const SENT = 2;
export const WORDS = 3;
/** Where the number lies in a frame: it is the tag. */
export const NUMBER_OFFSET = 20;

const BATCH = 8;
/** So many frames may be on their way: fewer than wait in any socket. */
const WINDOW = 256;
/** After so long they are taken for lost. */
const LOST_MS = 100;

function send({ fd, frame, words }: SenderTask): void {
  using memory = Mapping.open(BATCH * frame.length);
  using batch = SendBatch.open(BATCH);
  const view = new DataView(memory.buffer);
  for (let at = 0; at < BATCH; at++) {
    new Uint8Array(memory.buffer).set(frame, at * frame.length);
    batch.add(memory.address + at * frame.length, frame.length);
  }
  let sent = 0;
  while (Atomics.load(words, STOP) === 0) {
    const seen = Atomics.load(words, SEEN);
    if (sent - seen > WINDOW && Atomics.wait(words, SEEN, seen, LOST_MS) !== "timed-out") continue;
    for (let at = 0; at < BATCH; at++) view.setInt32(at * frame.length + NUMBER_OFFSET, sent + at);
    if (batch.send(fd, 0) !== BATCH) throw new Error("not all were sent");
    sent += BATCH;
  }
  Atomics.store(words, SENT, sent);
}

// Tests import the names above: no message comes to them.
globalThis.addEventListener("message", (event) => {
  if (event instanceof MessageEvent) send(event.data);
});
