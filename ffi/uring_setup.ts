/**
 * The making of an io_uring: what to ask the kernel for, what to fall back on, and where the parts
 * of the shared memory lie.
 *
 * @module
 */
import { SystemError } from "../lib/error.ts";
import { EACCES, EINVAL, ENOMEM, ENOSYS, EPERM, systemError } from "./errno.ts";
import { errno, libc } from "./libc.ts";
import { Mapping } from "./mapping.ts";
import {
  CQE,
  GETEVENTS_ARG,
  IORING_FEAT_EXT_ARG,
  IORING_FEAT_NODROP,
  IORING_FEAT_RSRC_TAGS,
  IORING_FEAT_SINGLE_MMAP,
  IORING_OFF_SQ_RING,
  IORING_OFF_SQES,
  IORING_SETUP_CLAMP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
  PARAMS,
  SQE,
  SYS_IO_URING_SETUP,
  TIMESPEC,
} from "./uring_abi.ts";

/** Bytes of a word of the rings. */
const WORD = 4;

/** Completions that there is room for, at least: an operation outlives its submission entry. */
const COMPLETIONS_MIN = 4096;

const NEEDED_FEATURES = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG |
  IORING_FEAT_RSRC_TAGS;

const ACTION = "Cannot open an io_uring";
const NEEDED_KERNEL = "Linux 5.13 or later has what is needed";

/** A way in which the kernel may end operations, by its flags of io_uring_setup. */
export interface UringMode {
  /** For logs and tests. */
  readonly name: string;
  /** IORING_SETUP_*. */
  readonly flags: number;
}

/** The ways, the best first: the kernel's answer to one that it does not know is EINVAL. */
export const URING_MODES: readonly UringMode[] = [
  {
    name: "deferred", // Linux 6.1
    flags: IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_TASKRUN_FLAG |
      IORING_SETUP_SUBMIT_ALL,
  },
  {
    name: "cooperative", // Linux 5.19
    flags: IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL,
  },
  { name: "plain", flags: 0 },
];

/** Where fields of the rings lie, in words from the start. */
export interface RingFields {
  /** Where the kernel will take the next entry. */
  readonly submissionHead: number;
  /** Behind the last entry that it may take. */
  readonly submissionTail: number;
  /** IORING_SQ_*. */
  readonly submissionFlags: number;
  /** The next completion to take. */
  readonly completionHead: number;
  /** Behind the last completion. */
  readonly completionTail: number;
  /** How many completions the kernel had to drop. */
  readonly lost: number;
  /** The first completion. */
  readonly completions: number;
}

/** Descriptor and memory of an io_uring. */
export interface UringMemory {
  /** The ring's descriptor. */
  readonly fd: number;
  /** The mode that the kernel agreed to. */
  readonly mode: UringMode;
  /** What the kernel said of the ring: a field of struct io_uring_params. */
  readonly param: (name: keyof typeof PARAMS) => number;
  /** Where the fields of `rings` lie. */
  readonly fields: RingFields;
  /** Both rings. */
  readonly rings: Mapping;
  /** The submission entries. */
  readonly entries: Mapping;
  /** The argument of a wait, and behind it its timespec. */
  readonly wait: Mapping;
  /** Unmaps and closes; not before nothing is under way any more. */
  readonly owned: DisposableStack;
}

/**
 * Asks for a ring of `entries` submissions in the first of `modes` that the kernel knows. Throws
 * {@linkcode SystemError} that says what is missing and what to do about it.
 */
export function openUringMemory(entries: number, modes: readonly UringMode[]): UringMemory {
  const params = new Uint32Array(PARAMS.SIZE / WORD);
  const param = (name: keyof typeof PARAMS): number => params[PARAMS[name] / WORD] ?? 0;
  const { fd, mode } = setUp(entries, modes, params);
  using stack = new DisposableStack();
  stack.defer(() => libc().close(fd));
  if ((param("FEATURES") & NEEDED_FEATURES) !== NEEDED_FEATURES) {
    const message = `${ACTION}: that of this kernel is too old; ${NEEDED_KERNEL}`;
    throw new SystemError(message, "io_uring_setup", ENOSYS);
  }
  const ringSize = Math.max(
    param("SQ_ARRAY") + param("SQ_ENTRIES") * WORD,
    param("CQ_CQES") + param("CQ_ENTRIES") * CQE.WORDS * WORD,
  );
  const entriesSize = param("SQ_ENTRIES") * SQE.WORDS * WORD;
  const memory = {
    rings: stack.use(Mapping.share(fd, ringSize, IORING_OFF_SQ_RING)),
    entries: stack.use(Mapping.share(fd, entriesSize, IORING_OFF_SQES)),
    wait: stack.use(Mapping.open(GETEVENTS_ARG.SIZE + TIMESPEC.SIZE)),
  };
  // Which entry stands at which place of the ring: always the one of that place.
  const places = new Uint32Array(memory.rings.buffer, param("SQ_ARRAY"), param("SQ_ENTRIES"));
  places.forEach((_, index) => places[index] = index);
  const timespec = BigInt(memory.wait.address + GETEVENTS_ARG.SIZE);
  new DataView(memory.wait.buffer).setBigUint64(GETEVENTS_ARG.TIMESPEC, timespec, true);
  return { fd, mode, param, fields: ringFields(param), ...memory, owned: stack.move() };
}

function ringFields(param: (name: keyof typeof PARAMS) => number): RingFields {
  const word = (name: keyof typeof PARAMS): number => param(name) / WORD;
  return {
    submissionHead: word("SQ_HEAD"),
    submissionTail: word("SQ_TAIL"),
    submissionFlags: word("SQ_FLAGS"),
    completionHead: word("CQ_HEAD"),
    completionTail: word("CQ_TAIL"),
    lost: word("CQ_OVERFLOW"),
    completions: word("CQ_CQES"),
  };
}

/** Tries one mode after the other; fills `params` in. */
function setUp(
  entries: number,
  modes: readonly UringMode[],
  params: Uint32Array<ArrayBuffer>,
): { fd: number; mode: UringMode } {
  let error = EINVAL;
  for (const mode of modes) {
    params.fill(0);
    params[PARAMS.CQ_ENTRIES / WORD] = Math.max(2 * entries, COMPLETIONS_MIN);
    params[PARAMS.FLAGS / WORD] = mode.flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
    const fd = libc().ioUringSetup(SYS_IO_URING_SETUP, entries, params);
    if (fd >= 0) return { fd, mode };
    error = errno();
    if (error !== EINVAL) break;
  }
  throw systemError(ACTION, "io_uring_setup", error, REMEDIES[error]);
}

const SWITCHED_OFF = "it is switched off: set the sysctl kernel.io_uring_disabled to 0, or let " +
  "the seccomp profile of the service or container allow it";

const REMEDIES: Readonly<Record<number, string>> = {
  [ENOSYS]: `${NEEDED_KERNEL}, unless seccomp hides it`,
  [EINVAL]: NEEDED_KERNEL,
  [EPERM]: SWITCHED_OFF,
  [EACCES]: SWITCHED_OFF,
  [ENOMEM]: "raise the limit of locked memory (ulimit -l) or of the container's memory",
};
