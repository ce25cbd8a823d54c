/**
 * A machine without a disk: iPXE, boot loader, kernel, initramfs and root file system all come from
 * the target, in the way that docs/diskless.md tells.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import {
  DISKLESS_PROGRAMS,
  makeDisklessDisk,
  prepareDiskless,
  SECTOR,
  START,
} from "../guest/diskless.ts";
import { IpxeMachine, ipxeTest } from "../guest/ipxe.ts";
import { Image, pattern } from "./image.ts";
import { command, Wire } from "./namespace.ts";
import { TargetProcess } from "./target_process.ts";

const PATIENCE_MS = 180_000;

async function boots(): Promise<void> {
  await using wire = await Wire.open();
  using image = new Image(0);
  const question = pattern(2 ** 20, 4712);
  await makeDisklessDisk(image.path, "/dev/etherd/e5.0p1", question);
  await using _target = await TargetProcess.start(wire.target, "5", "0", "eth0", image.path);
  await using machine = await IpxeMachine.boot(wire, 1500, "e5.0");
  const [, mounted = ""] = await machine.printed(/diskless: (.*)\r?\n/, PATIENCE_MS);
  assertMatch(mounted, /^\/dev\/etherd\/e5\.0p1 \/ ext4 rw,/);
  const partition = `${image.path}?offset=${START * SECTOR}`;
  const answer = await command("/sbin/debugfs", "-R", "cat /answer", partition);
  const digest = await crypto.subtle.digest("SHA-256", question);
  assertEquals(answer.trim(), new Uint8Array(digest).toHex());
}

ipxeTest(
  "a machine without a disk boots by iPXE and has its root file system on the target",
  DISKLESS_PROGRAMS,
  boots,
  prepareDiskless,
);
