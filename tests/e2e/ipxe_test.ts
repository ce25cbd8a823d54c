/**
 * iPXE boots from the target, and the boot sector that it starts reads and writes the disk by the
 * BIOS's calls.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { assembleBootSector, IpxeMachine, ipxeTest } from "../guest/ipxe.ts";
import { Image, pattern } from "./image.ts";
import { Wire } from "./namespace.ts";
import { TargetProcess } from "./target_process.ts";

/** For the boot sector. */
const PROGRAMS = ["nasm"];
const SECTOR = 512;
/** iPXE's BIOS call for the boot sector fails on disks below 8,225,280 bytes, one cylinder. */
const END = 32768;
const TEXT = 4099;
const SPARE = 20001;
/** Odd, because iPXE takes two sectors a frame. */
const COUNT = 3;
const PATIENCE_MS = 60_000;

/** A disk full of noise with the boot sector and a text on it. */
class BootImage extends Image {
  readonly text: string;
  readonly before: Uint8Array<ArrayBuffer>;

  constructor() {
    super(0);
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const random = crypto.getRandomValues(new Uint8Array(COUNT * SECTOR));
    this.text = Array.from(random, (byte) => letters[byte % letters.length]).join("");
    this.before = pattern(END * SECTOR, 4711);
    this.before.set(assembleBootSector({ TEXT, SPARE, COUNT, END }));
    this.before.set(new TextEncoder().encode(this.text), TEXT * SECTOR);
    Deno.writeFileSync(this.path, this.before);
  }
}

/** Gives the boot sector a command; returns what it says. */
async function tell(machine: IpxeMachine, letter: string): Promise<string> {
  const start = machine.text.length;
  await machine.type(letter);
  const [, answer = ""] = await machine.printed(/^([^]*)\ndone\n/, PATIENCE_MS, start);
  return answer;
}

for (const mtu of [1500, 9000]) {
  ipxeTest(
    `iPXE boots from a disk that can be read and written at MTU ${mtu}`,
    PROGRAMS,
    async () => {
      await using wire = await Wire.open(mtu);
      using image = new BootImage();
      await using _target = await TargetProcess.start(wire.target, "5", "0", "eth0", image.path);
      await using machine = await IpxeMachine.boot(wire, mtu, "e5.0");
      await machine.printed(/boot sector runs\n/, PATIENCE_MS);
      assertEquals(await tell(machine, "r"), image.text);
      assertEquals(await tell(machine, "w"), "");
      assertMatch(await tell(machine, "e"), /^error (?!00)[0-9A-F]{2}$/);
      assertEquals(await tell(machine, "r"), image.text, "after an error");
      const written = new TextEncoder().encode(image.text).map((byte) => byte ^ 0x20);
      const expected = image.before.slice();
      expected.set(written, SPARE * SECTOR);
      const after = image.read();
      assertEquals(after.subarray(SPARE * SECTOR, (SPARE + COUNT) * SECTOR), written);
      assertEquals(indexOfDifference(after, expected), -1);
    },
  );
}

ipxeTest("iPXE boots from a read-only export, which refuses the write", PROGRAMS, async () => {
  await using wire = await Wire.open();
  using image = new BootImage();
  await using _target = await TargetProcess.start(wire.target, "-r", "5", "0", "eth0", image.path);
  await using machine = await IpxeMachine.boot(wire, 1500, "e5.0");
  await machine.printed(/boot sector runs\n/, PATIENCE_MS);
  assertEquals(await tell(machine, "r"), image.text);
  assertMatch(await tell(machine, "w"), /^error (?!00)[0-9A-F]{2}$/);
  assertEquals(await tell(machine, "r"), image.text, "after a refused write");
  assertEquals(indexOfDifference(image.read(), image.before), -1);
});

ipxeTest("iPXE goes on after kill -9 and a restart while it reads", PROGRAMS, async () => {
  await using wire = await Wire.open();
  using image = new BootImage();
  const args = ["5", "0", "eth0", image.path];
  await using target = await TargetProcess.start(wire.target, ...args);
  await using machine = await IpxeMachine.boot(wire, 1500, "e5.0");
  await machine.printed(/boot sector runs\n/, PATIENCE_MS);
  assertEquals(await tell(machine, "r"), image.text);
  await machine.type("l");
  await machine.printed(/\.\.$/, PATIENCE_MS);
  target.kill("SIGKILL");
  await target.ended();
  // What is still on its way to this process.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const halted = machine.text.length;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assertEquals(machine.text.length, halted, "it reads without a target");
  await using _again = await TargetProcess.start(wire.target, ...args);
  await machine.printed(/^\.\.\.\./, PATIENCE_MS, halted);
  assertMatch(await tell(machine, "s"), /^\.*$/);
  assertEquals(await tell(machine, "r"), image.text);
});

/** Where two images of one size differ first; -1 where they are the same. */
function indexOfDifference(one: Uint8Array, other: Uint8Array): number {
  if (one.length !== other.length) return Math.min(one.length, other.length);
  return one.findIndex((byte, index) => byte !== other[index]);
}
