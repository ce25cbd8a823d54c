/**
 * Many tasks, a bounded number of them at a time.
 *
 * @module
 */

/** Runs task 0 to `count - 1`, at most `window` at a time; the first that fails ends it. */
export async function inWindow(
  count: number,
  window: number,
  run: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (next < count && !failed) {
      try {
        await run(next++);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, Math.max(1, window)) }, work));
}
