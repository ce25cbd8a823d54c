/**
 * What is counted of an interface's frames.
 *
 * @module
 */

/** What passed a port, in frames and bytes; sizes with the Ethernet header. */
export interface PortCounts {
  /** Received. */
  received: number;
  /** Size of what was received. */
  receivedBytes: number;
  /** Sent. */
  sent: number;
  /** Size of what was sent. */
  sentBytes: number;
  /** Dropped by the kernel, because too many waited for us. */
  dropped: number;
  /** Received longer than any frame we can hold; dropped. */
  cut: number;
  /** Failed receives. */
  receiveErrors: number;
  /** Replies lost because they could not be sent. */
  sendErrors: number;
  /** Replies lost because the interface had no room for them. */
  noRoom: number;
}

/** All 0. */
export function newPortCounts(): PortCounts {
  return {
    received: 0,
    receivedBytes: 0,
    sent: 0,
    sentBytes: 0,
    dropped: 0,
    cut: 0,
    receiveErrors: 0,
    sendErrors: 0,
    noRoom: 0,
  };
}
