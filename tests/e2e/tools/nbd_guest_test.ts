/**
 * A machine of qemu's boots from a disk on the wire by NBD, and reads and writes it.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { assembleBootSector } from "../../guest/ipxe.ts";
import { Machine } from "../../guest/machine.ts";
import { pattern } from "../image.ts";
import { NbdSetup, TARGETS } from "./nbd_server.ts";
import { e2e } from "../requires.ts";

const SECTOR = 512;
const END = 32768;
const TEXT = 4099;
const SPARE = 20001;
const COUNT = 3;
const PATIENCE_MS = 60_000;

/** Gives the boot sector a command; returns what it says. */
async function tell(machine: Machine, letter: string): Promise<string> {
  const start = machine.text.length;
  await machine.type(letter);
  const [, answer = ""] = await machine.printed(/^([^]*)\ndone\n/, PATIENCE_MS, start);
  return answer;
}

for (const name of TARGETS) {
  e2e(
    `qemu boots from ${name}'s disk by NBD`,
    ["qemu-system-x86_64", "nasm", "vblade"],
    async () => {
      await using setup = await NbdSetup.start(name, END * SECTOR);
      const disk = pattern(END * SECTOR, 4712);
      const text = Array.from({ length: COUNT * SECTOR }, (_, at) => 65 + at * 7 % 26);
      disk.set(assembleBootSector({ TEXT, SPARE, COUNT, END }));
      disk.set(text, TEXT * SECTOR);
      const path = `${setup.image.folder}/boot`;
      Deno.writeFileSync(path, disk);
      await setup.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", path, setup.uri);
      const drive = ["-drive", `file=${setup.uri},format=raw,if=ide`, "-serial", "stdio"];
      await using machine = await Machine.start(setup.wire, 1500, drive, 0);
      await machine.printed(/boot sector runs\n/, PATIENCE_MS);
      assertEquals(await tell(machine, "r"), String.fromCharCode(...text));
      assertEquals(await tell(machine, "w"), "");
      assertMatch(await tell(machine, "e"), /^error (?!00)[0-9A-F]{2}$/);
      await machine[Symbol.asyncDispose]();
      disk.set(text.map((byte) => byte ^ 0x20), SPARE * SECTOR);
      assertEquals(setup.image.read().findIndex((byte, at) => byte !== disk[at]), -1);
    },
  );
}
