/**
 * What is measured: groups of loads ("suites"), each with its own flags, MTU and image.
 *
 * @module
 */

const MIB = 2 ** 20;

/** What the load generator does in one go. */
export interface Load {
  /** As it is written, such as `r-rand-16`. */
  readonly name: string;
  /** Reads, writes; with `v`, reads held against what was written, and the writes before them. */
  readonly op: "r" | "w" | "rv" | "wv";
  readonly order: "seq" | "rand";
  /** Requests under way. */
  readonly window: number;
}

/** Loads that are measured in the same circumstances. */
export interface Suite {
  readonly name: string;
  /** What is different in it, in a few words. */
  readonly about: string;
  /** For vblade and for ours: they mean the same to both. */
  readonly flags: readonly string[];
  readonly mtu: number;
  /** Size of the image in bytes. */
  readonly imageSize: number;
  /** Where the image is: in memory (tmpfs), or in the folder of --image-folder. */
  readonly medium: "memory" | "disk";
  /** Whether the page cache is emptied before each load. */
  readonly isCold: boolean;
  readonly loads: readonly string[];
}

/** Requests that a client may have under way: vblade loses frames of 64 with its default of 16. */
const BUFFERS = ["-b", "64"];
const PLAIN = {
  flags: BUFFERS,
  mtu: 1500,
  imageSize: 256 * MIB,
  medium: "memory",
  isCold: false,
} as const;
const ON_DISK = { ...PLAIN, medium: "disk" } as const;
const WINDOWS = [1, 16, 64];

function loadsOf(kinds: readonly string[]): readonly string[] {
  return kinds.flatMap((kind) => WINDOWS.map((window) => `${kind}-${window}`));
}

const CACHED_LOADS = loadsOf(["r-rand", "r-seq", "w-rand", "w-seq"]);
const RANDOM_LOADS = loadsOf(["r-rand", "w-rand"]);
const WRITES = loadsOf(["w-rand"]);
const VERIFY_LOADS = ["wv-seq-16", "rv-rand-64"];

/** All of them, in the order in which they run. */
export const SUITES: readonly Suite[] = [
  { ...PLAIN, name: "cached-tmpfs", about: "image in memory", loads: CACHED_LOADS },
  { ...ON_DISK, name: "cached-disk", about: "image in the page cache", loads: CACHED_LOADS },
  {
    ...PLAIN,
    name: "jumbo",
    about: "image in memory, 17 sectors a frame",
    mtu: 9000,
    loads: ["r-rand-16", "w-rand-16", "w-seq-64", "r-seq-64"],
  },
  {
    ...ON_DISK,
    name: "direct",
    about: "past the page cache",
    flags: [...BUFFERS, "-d"],
    loads: RANDOM_LOADS,
  },
  {
    ...ON_DISK,
    name: "cold",
    about: "page cache emptied before each load",
    imageSize: 4096 * MIB,
    isCold: true,
    loads: loadsOf(["r-rand"]),
  },
  {
    ...ON_DISK,
    name: "durable",
    about: "each write on the disk before its reply",
    flags: [...BUFFERS, "-s"],
    loads: WRITES,
  },
  {
    ...ON_DISK,
    name: "durable-direct",
    about: "the same, past the page cache",
    flags: [...BUFFERS, "-s", "-d"],
    loads: WRITES,
  },
  { ...PLAIN, name: "verify", about: "reads held against what was written", loads: VERIFY_LOADS },
  {
    ...ON_DISK,
    name: "verify-jumbo",
    about: "the same, past the page cache, 17 sectors a frame",
    flags: [...BUFFERS, "-d"],
    mtu: 9000,
    loads: VERIFY_LOADS,
  },
];

/** Most requests under way that the generator knows. */
const WINDOW_MAX = 256;
const OPS: Readonly<Record<string, Load["op"]>> = { r: "r", w: "w", rv: "rv", wv: "wv" };
const ORDERS: Readonly<Record<string, Load["order"]>> = { seq: "seq", rand: "rand" };

/** Reads a load such as `r-rand-16`; throws where it is none. */
export function parseLoad(name: string): Load {
  const [, opText = "", orderText = "", digits = ""] = /^(\w+)-(\w+)-(\d+)$/.exec(name) ?? [];
  const op = OPS[opText];
  const order = ORDERS[orderText];
  const window = Number(digits);
  if (op === undefined || order === undefined || window < 1 || window > WINDOW_MAX) {
    throw new Error(`"${name}" is no load: it is {r|w|rv|wv}-{seq|rand}-{1 to ${WINDOW_MAX}}`);
  }
  return { name, op, order, window };
}

/**
 * The suites of these names, in the order of {@linkcode SUITES}; with `loads`, those instead of
 * their own, but for suites that verify. Throws where there is no such suite or load.
 */
export function chooseSuites(
  names: readonly string[] = SUITES.map(({ name }) => name),
  loads?: readonly string[],
): readonly Suite[] {
  const verifying = loads?.map(parseLoad).find(({ op }) => op.endsWith("v"));
  if (verifying !== undefined) {
    // What it finds means something only right after the whole image was written.
    throw new Error(`"${verifying.name}" verifies, which the suites verify and verify-jumbo do`);
  }
  const unknown = names.find((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    const known = SUITES.map(({ name }) => name).join(", ");
    throw new Error(`"${unknown}" is no suite: there are ${known}`);
  }
  return SUITES.filter(({ name }) => names.includes(name)).map((suite) =>
    loads === undefined || suite.loads === VERIFY_LOADS ? suite : { ...suite, loads }
  );
}

/** Sectors that a frame of this MTU carries. */
export function sectorsPerFrame(mtu: number): number {
  const headers = 36 - 14; // AoE and ATA; the Ethernet header is not part of the MTU
  return Math.floor((mtu - headers) / 512);
}
