/**
 * What docs/linux.md tells of the kernel's AoE driver and its tools, done in a virtual machine.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EVENTUALLY, LinuxGuest, linuxTest, WAIT_FOR } from "../guest/linux.ts";
import { Image } from "./image.ts";
import { Wire } from "./namespace.ts";
import { TargetProcess } from "./target_process.ts";

const MIB = 2 ** 20;

linuxTest("the driver's tools and settings do what docs/linux.md tells", async (test) => {
  await using wire = await Wire.open();
  using first = new Image(64 * MIB);
  using second = new Image(64 * MIB);
  const args = ["7", "0", "eth0", first.path];
  await using target = await TargetProcess.start(wire.target, ...args);
  await using grown = await TargetProcess.start(wire.target, "7", "1", "eth0", second.path);
  await using guest = await LinuxGuest.boot(wire, 1500, 2);
  const run = (script: string): Promise<string> =>
    guest.run(`${WAIT_FOR}\n${EVENTUALLY}\n${script}`);

  await test.step("aoe_iflist and aoe-interfaces choose the network cards", async () => {
    await run("modprobe aoe aoe_iflist=eth1 aoe_deadsecs=3; wait_for e7.0; wait_for e7.1");
    assertEquals(await run("cat /sys/block/etherd!e7.0/netif; aoe-interfaces"), "eth1\neth1\n");
    await run(`
      both() { cat /sys/block/etherd!$1/netif | grep -qx 'eth1,eth0\\|eth0,eth1'; }
      aoe-interfaces eth0 eth1
      aoe-discover
      eventually both e7.0
      eventually both e7.1
    `);
  });

  await test.step("aoe-stat and aoe-version tell about disks and versions", () => toolsTell(run));

  await test.step("partitions have nodes of their own", async () => {
    await run(`
      printf 'n\\np\\n1\\n\\n+16M\\nn\\np\\n2\\n\\n\\nw\\n' | fdisk /dev/etherd/e7.0
      eventually [ -b /dev/etherd/e7.0p2 ]
      /sbin/mke2fs -F -q -t ext4 /dev/etherd/e7.0p1
      mount -t ext4 /dev/etherd/e7.0p1 /mnt
      [ $(df -k /mnt | awk 'END { print $2 }') -lt 16384 ]
      umount /mnt
    `);
  });

  await test.step("aoe-revalidate takes the new size of a mounted disk", async () => {
    await run("/sbin/mke2fs -F -q -t ext4 /dev/etherd/e7.1; mount -t ext4 /dev/etherd/e7.1 /mnt");
    Deno.truncateSync(second.path, 96 * MIB);
    await grown.logged("e7.1 has 196608 sectors now");
    assertEquals(await run("sleep 1; cat /sys/block/etherd!e7.1/size"), "131072\n");
    await run(`
      aoe-revalidate e7.1
      eventually grep -qx 196608 /sys/block/etherd!e7.1/size
      /sbin/resize2fs /dev/etherd/e7.1
      [ $(df -k /mnt | awk 'END { print $2 }') -gt 80000 ]
    `);
  });

  await test.step("aoe-flush -a forgets the disks that nobody uses", async () => {
    const left = await run("aoe-flush -a; ls /dev/etherd/e7*");
    assertEquals(left, "/dev/etherd/e7.1\n");
    await run("umount /mnt; wait_for e7.0; [ -b /dev/etherd/e7.0p2 ]");
  });

  await test.step("a disk that was away for aoe_deadsecs is back when closed", async () => {
    await run("mount -t ext4 /dev/etherd/e7.0p1 /mnt; echo kept > /mnt/kept; sync");
    target.kill("SIGKILL");
    await target.ended();
    await giveUp(run);
    await using _again = await TargetProcess.start(wire.target, ...args);
    await comeBack(run);
  });
});

type Run = (script: string) => Promise<string>;

/** What the tools say of two disks that can be reached over two cards. */
async function toolsTell(run: Run): Promise<void> {
  const lines = (await run("aoe-stat")).trimEnd().split("\n");
  assertEquals(lines.length, 2);
  const netif = "(eth0,eth1|eth1,eth0)";
  for (const [index, name] of ["e7.0", "e7.1"].entries()) {
    assertMatch(lines[index] ?? "", new RegExp(`^ +${name} +0\\.067GB +${netif} 1024 +up *$`));
  }
  assertMatch(
    await run("aoe-version"),
    /^ *aoetools:\t\d+\n.*installed.*\t\d+\n.*running.*\t\d+/,
  );
}

/** The target of the mounted disk is away: waits until the driver has had enough. */
async function giveUp(run: Run): Promise<void> {
  const said = await run(`
    dd if=/dev/zero of=/mnt/lost bs=64k count=16 conv=fsync || echo refused
    eventually grep -qx down,closewait /sys/block/etherd!e7.0/state
    aoe-stat
  `);
  assertStringIncludes(said, "refused");
  assertMatch(said, /e7\.0 +0\.000GB +\S+ 1024 +down,closewait/);
}

/** The target is there again: the disk is down until it is unmounted, and up then. */
async function comeBack(run: Run): Promise<void> {
  const state = await run("aoe-discover; sleep 1; cat /sys/block/etherd!e7.0/state");
  assertEquals(state, "down,closewait\n");
  await run(`
    umount /mnt
    wait_for e7.0
    /sbin/e2fsck -fy /dev/etherd/e7.0p1 || [ $? = 1 ]
    mount -t ext4 /dev/etherd/e7.0p1 /mnt
    grep -qx kept /mnt/kept
  `);
}
