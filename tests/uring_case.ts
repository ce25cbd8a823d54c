/**
 * What the tests of io_uring share: each runs in every mode that the kernel has, and where there is
 * none it is skipped with the reason.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { O_CLOEXEC, O_DIRECT, O_RDWR } from "../ffi/abi.ts";
import { errno, libc, toCString } from "../ffi/libc.ts";
import { Mapping } from "../ffi/mapping.ts";
import { Uring } from "../ffi/uring.ts";
import { URING_MODES, type UringMode } from "../ffi/uring_setup.ts";
import { SystemError } from "../lib/error.ts";
import { TemporaryFolder } from "./temporary.ts";

/** Longest wait for what must come. */
const PATIENCE_MS = 30_000;

/** Why the mode does not work here; undefined where it does. */
function refusal(mode: UringMode): string | undefined {
  try {
    using _ring = Uring.open(1, [mode]);
    return undefined;
  } catch (error) {
    if (error instanceof SystemError) return error.message;
    throw error;
  }
}

const modes = URING_MODES.map((mode) => ({ mode, reason: refusal(mode) }));

/** Registers a test that `run`s in each mode, unless `lacking` says what else it lacks here. */
export function testUring(
  name: string,
  run: (mode: UringMode) => void | Promise<void>,
  lacking?: string,
): void {
  for (const { mode, reason = lacking } of modes) {
    const full = `${name} (mode ${mode.name})`;
    if (reason === undefined) Deno.test(full, () => run(mode));
    else Deno.test.ignore(`${full} [skipped: ${reason}]`, () => {});
  }
}

/** Registers a test that runs in the best mode alone. */
export function testBestUring(name: string, run: () => void): void {
  const reason = modes.some(({ reason }) => reason === undefined) ? undefined : modes[0]?.reason;
  if (reason === undefined) Deno.test(name, run);
  else Deno.test.ignore(`${name} [skipped: ${reason}]`, run);
}

/** Why there is no direct I/O in the folder `parent`; undefined where there is. */
export function noDirect(parent: string): string | undefined {
  try {
    using folder = new TemporaryFolder(parent);
    const path = folder.file("probe", 0);
    Deno.writeFileSync(path, new Uint8Array(8192));
    using file = new Descriptor(path, O_RDWR | O_DIRECT);
    using memory = Mapping.open(4096);
    // What takes every alignment goes through the page cache after all, such as tmpfs.
    const count = libc().pread(file.fd, memory.pointerAt(0), 1024n, 100n);
    return count < 0 ? undefined : `needs direct I/O in ${parent}, which only pretends`;
  } catch (error) {
    return `needs direct I/O in ${parent} (${error instanceof Error ? error.message : error})`;
  }
}

/** An open file. */
export class Descriptor implements Disposable {
  readonly fd: number;

  /** Opens `path`; throws where that fails. */
  constructor(path: string, flags = O_RDWR) {
    this.fd = libc().open(toCString(path), flags | O_CLOEXEC, 0);
    if (this.fd < 0) throw new Error(`open ${path}: errno ${errno()}`);
  }

  [Symbol.dispose](): void {
    libc().close(this.fd);
  }
}

/** What a completion said. */
export interface Completion {
  readonly userData: number;
  readonly result: number;
}

/** Takes all completions that are there. */
export function takeAll(ring: Uring): Completion[] {
  const taken: Completion[] = [];
  while (ring.take()) {
    taken.push({ userData: ring.userData, result: ring.result });
  }
  return taken;
}

/** Hands over what is prepared and waits for `count` completions. */
export function finish(ring: Uring, count: number): Completion[] {
  const taken: Completion[] = [];
  const untilMs = performance.now() + PATIENCE_MS;
  while (taken.length < count) {
    assert(performance.now() < untilMs, `${taken.length} of ${count} completions came`);
    ring.enter(1000);
    taken.push(...takeAll(ring));
  }
  assertEquals(taken.length, count);
  return taken;
}

/** The result of the one operation that is prepared. */
export function finishOne(ring: Uring): number {
  return finish(ring, 1)[0]?.result ?? NaN;
}
