/**
 * Where there is no io_uring, or less of it, the way out is taken or told.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Uring } from "../ffi/uring.ts";
import { URING_MODES, type UringMode } from "../ffi/uring_setup.ts";
import { SystemError } from "../lib/error.ts";
import { finishOne, testBestUring } from "./uring_case.ts";

const EPERM = 1;
const EBADF = 9;
const ENOMEM = 12;
const EINVAL = 22;
const ENOSYS = 38;

/** A mode that no kernel knows. */
const UNKNOWN: UringMode = { name: "unknown", flags: 1 << 30 };

const REFUSALS: readonly [errno: number, remedy: RegExp][] = [
  [ENOSYS, /function not implemented \(ENOSYS\); Linux 5\.13 or later .* seccomp/],
  [EPERM, /not permitted \(EPERM\); .*kernel\.io_uring_disabled to 0.* seccomp/],
  [ENOMEM, /out of memory \(ENOMEM\); .*ulimit -l/],
  [EINVAL, /invalid argument \(EINVAL\); Linux 5\.13 or later/],
];

testBestUring("Uring.open() takes the next mode where the kernel does not know one", () => {
  const modes = [UNKNOWN, ...URING_MODES];
  const expected = Uring.open(4);
  using ring = Uring.open(4, modes);
  assertEquals(ring.mode, expected.mode);
  expected[Symbol.dispose]();
  ring.syncData(-1, 1);
  assertEquals(finishOne(ring), -EBADF);
});

testBestUring("Uring.open() says what is missing where no mode is known", () => {
  const error = assertThrows(() => Uring.open(4, [UNKNOWN, UNKNOWN]), SystemError, "Linux 5.13");
  assertEquals([error.call, error.errno], ["io_uring_setup", EINVAL]);
});

testBestUring("Uring.open() takes no room at all for a wrong argument", () => {
  assertThrows(() => Uring.open(0), SystemError);
});

for (const [errno, remedy] of REFUSALS) {
  Deno.test(`Uring.open() tells the way out of error ${errno}`, () => {
    const script = new URL("uring_refused.ts", import.meta.url).pathname;
    const { stdout, stderr, success } = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "--allow-ffi", script, `${errno}`],
    }).outputSync();
    const text = new TextDecoder().decode(stdout);
    assert(success, new TextDecoder().decode(stderr));
    assertStringIncludes(text, `io_uring_setup ${errno} Cannot open an io_uring: `);
    assert(remedy.test(text), text);
  });
}
