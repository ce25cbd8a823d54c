/**
 * What `deno compile` puts in front of a program: a file of Deno's, named denort, that has to be of
 * the compiling Deno's version and of the target's architecture.
 *
 * @module
 */

/** A target of `deno compile` that dblade runs on. */
export interface Target {
  /** As Deno spells it. */
  readonly triple: string;
  /** As `Deno.build.arch` and people spell it. */
  readonly architecture: string;
  /** Its number in the head of an ELF file (elf.h, e_machine). */
  readonly machine: number;
  /** Where the program goes. */
  readonly output: string;
}

/** The targets; the first one is the default. */
export const TARGETS: readonly [Target, ...Target[]] = [
  {
    triple: "x86_64-unknown-linux-gnu",
    architecture: "x86_64",
    machine: 62,
    output: "dist/dblade",
  },
  {
    triple: "aarch64-unknown-linux-gnu",
    architecture: "aarch64",
    machine: 183,
    output: "dist/dblade-aarch64",
  },
];

/** A runtime that cannot be compiled with, and why. */
export class RuntimeError extends Error {
  /** How errors of this kind are named. */
  override readonly name = "RuntimeError";
}

const ELF_MAGIC = 0x7f454c46;
const ELF_MACHINE_OFFSET = 18;
const ELF_HEAD_SIZE = 64;

/**
 * Deno's version in a file of Deno's, such as `2.9.6`: its user agent stands there in plain text.
 * Where several do, it is `expected` if that is among them. Throws {@linkcode RuntimeError} where
 * the file is no program for the target.
 */
export function runtimeVersion(path: string, target: Target, expected: string): string {
  const bytes = read(path);
  const view = new DataView(bytes.buffer);
  if (bytes.length < ELF_HEAD_SIZE || view.getUint32(0) !== ELF_MAGIC) {
    throw new RuntimeError(`"${path}" is no program for Linux`);
  }
  const machine = view.getUint16(ELF_MACHINE_OFFSET, true);
  if (machine !== target.machine) {
    const other = TARGETS.find((candidate) => candidate.machine === machine);
    const found = other?.architecture ?? `machine ${machine}`;
    throw new RuntimeError(`"${path}" is for ${found}, not for ${target.architecture}`);
  }
  const versions = findVersions(bytes);
  return versions.includes(expected) ? expected : versions.at(-1) ?? "of unknown version";
}

function read(path: string): Uint8Array<ArrayBuffer> {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RuntimeError(`Cannot read "${path}": ${reason}`);
  }
}

const AGENT = new TextEncoder().encode("Deno/");

/** In the order in which they stand. */
function findVersions(bytes: Uint8Array): readonly string[] {
  const versions: string[] = [];
  const [first = 0] = AGENT;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (!AGENT.every((byte, index) => bytes[at + index] === byte)) continue;
    const text = String.fromCharCode(...bytes.subarray(at, at + 24));
    const version = /^Deno\/([0-9]+\.[0-9]+\.[0-9]+)/.exec(text)?.[1];
    if (version !== undefined) versions.push(version);
  }
  return versions;
}
