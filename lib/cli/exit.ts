/**
 * Exit statuses, the same for every command.
 *
 * @module
 */

/** How a command ended. */
export const Exit = {
  /** It was done, or the answer is yes. */
  DONE: 0,
  /** The system refused something. */
  SYSTEM: 1,
  /** The command line is wrong. */
  USAGE: 2,
  /** No target, or no service, answered. */
  NO_ANSWER: 3,
  /** The target refused, its disk failed, or the service could not do it. */
  REFUSED: 4,
  /** The answer is no: data differs, a string does not match, a fault of the network was found. */
  NO: 5,
  /** Ended by SIGINT before it was done, as shells count it: 128 + 2. */
  INTERRUPTED: 130,
} as const;

/** What each of them means, in a few words. */
export const EXIT_MEANINGS: readonly (readonly [status: number, meaning: string])[] = [
  [Exit.DONE, "done (or yes)"],
  [Exit.SYSTEM, "the system refused something"],
  [Exit.USAGE, "the command line is wrong"],
  [Exit.NO_ANSWER, "no target, or no service, answered"],
  [Exit.REFUSED, "the target or the service refused, or a disk failed"],
  [Exit.NO, "the answer is no (data differs, no match, a fault was found)"],
  [Exit.INTERRUPTED, "interrupted"],
];
