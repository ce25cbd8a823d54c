/**
 * Waits that a signal ends, though what is waited for never comes.
 *
 * @module
 */

/** What `promise` gives, or undefined as soon as the signal is aborted. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const listener = (): void => resolve(undefined);
  signal.addEventListener("abort", listener, { once: true });
  promise.catch(() => {}); // where nobody waits for it any more
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", listener);
  }
}
