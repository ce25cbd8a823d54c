/**
 * Block devices, by way of loop devices: as root only.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { O_EXCL, O_RDONLY } from "../ffi/abi.ts";
import { BlockFile, type BlockFileOptions } from "../ffi/block_file.ts";
import { libc, toCString } from "../ffi/libc.ts";
import { Mapping } from "../ffi/mapping.ts";
import { SystemError } from "../lib/error.ts";
import { LoopDevice, TemporaryFolder, testLoop } from "./temporary.ts";

const MIB = 2 ** 20;
const EBUSY = 16;

/** A loop device over a file that lies on a disk, where holes can be punched. */
class Fixture implements Disposable {
  readonly #stack = new DisposableStack();
  readonly backing: string;
  readonly path: string;

  constructor(sectorSize = 512) {
    const folder = this.#stack.use(new TemporaryFolder("/var/tmp"));
    this.backing = folder.file("disk", MIB);
    this.path = this.#stack.use(new LoopDevice(this.backing, sectorSize)).path;
  }

  open(change: Partial<BlockFileOptions> = {}): BlockFile {
    const whole = { readOnly: false, direct: false, shared: false, offset: 0, length: 0 };
    return BlockFile.open({ path: this.path, ...whole, ...change });
  }

  /** Whether another one finds the device free. */
  isFree(): boolean {
    const fd = libc().open(toCString(this.path), O_RDONLY | O_EXCL, 0);
    if (fd >= 0) libc().close(fd);
    return fd >= 0;
  }

  [Symbol.dispose](): void {
    this.#stack[Symbol.dispose]();
  }
}

testLoop("BlockFile.open() tells size and sectors of a block device", () => {
  using fixture = new Fixture();
  using file = fixture.open();
  assertEquals(file.size(), MIB);
  assertEquals([file.sectors.logical, file.sectors.alignment], [512, 0]);
  assert(file.sectors.physical >= 512);
});

testLoop("BlockFile.open() tells sectors of 4096 bytes", () => {
  using fixture = new Fixture(4096);
  using file = fixture.open();
  assertEquals(file.sectors, { logical: 4096, physical: 4096, alignment: 0 });
});

testLoop("BlockFile reads and writes 512 bytes of a device with sectors of 4096", () => {
  using fixture = new Fixture(4096);
  using file = fixture.open();
  using memory = Mapping.open(1024);
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(0x5a, 0, 512);
  assertEquals(file.write(memory.pointerAt(0), 512, 1536), 0);
  assertEquals(file.sync(), 0);
  assertEquals(file.read(memory.pointerAt(512), 512, 1536), 0);
  assert(bytes.every((byte) => byte === 0x5a));
  const expected = new Uint8Array(MIB).fill(0x5a, 1536, 2048);
  assertEquals(Deno.readFileSync(fixture.backing), expected);
});

testLoop("BlockFile.open() with direct takes a device with sectors of 512", () => {
  using fixture = new Fixture();
  using file = fixture.open({ direct: true });
  using memory = Mapping.open(512);
  assertEquals(file.read(memory.pointerAt(0), 512, 512), 0);
});

for (const readOnly of [false, true]) {
  testLoop(`BlockFile tells that direct I/O is coarse with sectors of 4096 (${readOnly})`, () => {
    using fixture = new Fixture(4096);
    using file = fixture.open({ direct: true, readOnly });
    assertEquals(file.alignment, 4096);
    const error = assertThrows(() => file.refuseCoarse(), SystemError);
    assertStringIncludes(error.message, `direct I/O on "${fixture.path}"`);
    assertStringIncludes(error.message, "4096 bytes");
    assertStringIncludes(error.message, "leave out --direct");
  });
}

testLoop("BlockFile.open() claims a device against a second one that writes", () => {
  using fixture = new Fixture();
  using _held = fixture.open();
  const error = assertThrows(() => fixture.open(), SystemError);
  assertEquals([error.call, error.errno], ["open", EBUSY]);
  assertStringIncludes(error.message, `"${fixture.path}" for writing`);
  assertStringIncludes(error.message, "--shared");
});

testLoop("parts of a device that do not overlap are one claim, which ends with the last", () => {
  using fixture = new Fixture();
  const half = MIB / 2;
  {
    using last = fixture.open({ offset: half, length: 0 });
    {
      using first = fixture.open({ offset: 0, length: half });
      assertEquals([first.isLocked, first.isClaimed], [true, true]);
      assertEquals([last.isLocked, last.isClaimed], [true, true]);
      for (const offset of [0, half]) {
        const error = assertThrows(() => fixture.open({ offset, length: 512 }), SystemError);
        assertEquals(error.errno, EBUSY);
      }
    }
    assertEquals(fixture.isFree(), false);
  }
  assertEquals(fixture.isFree(), true);
});

testLoop("BlockFile.open() gives the claim back at the end, also when it fails", () => {
  using fixture = new Fixture();
  {
    using _reader = fixture.open({ readOnly: true });
    assertThrows(() => fixture.open(), SystemError, "another target exports it");
  }
  fixture.open()[Symbol.dispose]();
  using file = fixture.open();
  assertEquals(file.isLocked, true);
});

testLoop("BlockFile.open() refuses to read a device that another one writes", () => {
  using fixture = new Fixture();
  using _held = fixture.open();
  assertThrows(() => fixture.open({ readOnly: true }), SystemError, "another target exports it");
});

testLoop("BlockFile.open() lets two read, and a shared one pass", () => {
  using fixture = new Fixture();
  {
    using one = fixture.open({ readOnly: true });
    using other = fixture.open({ readOnly: true });
    assertEquals([one.isLocked, other.isLocked], [true, true]);
  }
  using _held = fixture.open();
  using shared = fixture.open({ shared: true });
  assertEquals(shared.isLocked, false);
});

testLoop("BlockFile.trim() discards a range of a device, and no other", () => {
  using fixture = new Fixture();
  using file = fixture.open();
  assertEquals(file.probeTrim(), "discard");
  using memory = Mapping.open(MIB);
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(0x5a);
  assertEquals(file.write(memory.pointerAt(0), MIB, 0), 0);
  assertEquals(file.sync(), 0);
  assertEquals(file.trim(65536, 131072), 0);
  assertEquals(file.read(memory.pointerAt(0), MIB, 0), 0);
  // The loop driver punches a hole, so what it discarded reads as zeros.
  assertEquals(bytes, new Uint8Array(MIB).fill(0x5a).fill(0, 65536, 65536 + 131072));
});

testLoop("BlockFile.trim() hands the device's refusal of an odd range up", () => {
  using fixture = new Fixture();
  using file = fixture.open();
  assertEquals(file.probeTrim(), "discard");
  assertEquals(file.trim(100, 100), -22);
});

testLoop("BlockFile never discards where it only reads", () => {
  using fixture = new Fixture();
  using file = fixture.open({ readOnly: true });
  assertEquals([file.probeTrim(), file.trim(0, 4096)], ["none", -22]);
});
