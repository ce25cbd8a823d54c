/**
 * The kernel's AoE driver in a virtual machine with two network cards goes on while they and the
 * MTUs change, in the order that docs/linux.md tells.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { EVENTUALLY, LinuxGuest, linuxTest, WAIT_FOR } from "../guest/linux.ts";
import { Image } from "./image.ts";
import { Wire } from "./namespace.ts";
import { TargetProcess } from "./target_process.ts";

const MIB = 2 ** 20;
const MTU = 9000;

/** Writes, reads back and compares, round after round, until it is told to end. */
const LOAD = `load() {
  /sbin/mke2fs -F -q -t ext4 /dev/etherd/$1
  mount -t ext4 /dev/etherd/$1 /mnt
  dd if=/dev/urandom of=/tmp/data bs=1M count=4
  while [ ! -e /tmp/end ]; do
    cp /tmp/data /mnt/data
    sync
    echo 3 > /proc/sys/vm/drop_caches
    cmp /tmp/data /mnt/data
    echo round >> /tmp/rounds
  done
  umount /mnt
  /sbin/e2fsck -fn /dev/etherd/$1
  touch /tmp/ended
}
passed() { [ $(rounds) -ge $want ]; }
rounds() { cat /tmp/rounds 2>/dev/null | wc -l; }
# Waits until a round that began after now has ended well.
go_on() { want=$(($(rounds) + 2)); eventually passed; }`;

/** Shell words that wait until the driver uses the cards. */
function netif(pattern: string): string {
  return `eventually grep -qx '${pattern}' /sys/block/etherd!e7.0/netif`;
}

const BOTH = "eth0,eth1\\|eth1,eth0";

linuxTest("the driver goes on while cards and MTUs change as docs/linux.md tells", async (test) => {
  await using wire = await Wire.open(MTU);
  using image = new Image(64 * MIB);
  await using target = await TargetProcess.start(wire.target, "7", "0", "eth0", image.path);
  await using guest = await LinuxGuest.boot(wire, MTU, 2);
  const run = (script: string): Promise<string> =>
    guest.run(`${WAIT_FOR}\n${EVENTUALLY}\n${LOAD}\n${script}`);
  const attribute = (name: string): Promise<string> => run(`cat /sys/block/etherd!e7.0/${name}`);
  await run(`modprobe aoe; wait_for e7.0; ${netif(BOTH)}; (load e7.0 > /tmp/log 2>&1) & go_on`);

  await test.step("one of two cards goes down and comes back", async () => {
    await run(`ip link set eth1 down; ${netif("eth0")}; go_on`);
    await run(`ip link set eth1 up; aoe-discover; ${netif(BOTH)}; go_on`);
  });

  await test.step("the path of one card loses all frames and is mended", async () => {
    await wire.ip(wire.initiator, "link set tap0 nomaster");
    await run(`${netif("eth1")}; go_on`);
    await wire.ip(wire.initiator, "link set tap0 master br0");
    await run(`aoe-discover; ${netif(BOTH)}; go_on`);
  });

  await test.step("a smaller MTU: first the client's, then the target's", async () => {
    assertEquals(await attribute("payload"), "8704\n");
    await run("for card in eth0 eth1; do ip link set $card mtu 1500; done; aoe-discover; go_on");
    assertEquals(await attribute("payload"), "1024\n");
    await wire.ip(wire.target, "link set eth0 mtu 1500");
    await target.logged("2 sectors a frame");
    await run("go_on");
  });

  await test.step("a larger MTU: first the client's, and the target's advertisement", async () => {
    await run(`for card in eth0 eth1; do ip link set $card mtu ${MTU}; done; aoe-discover; go_on`);
    assertEquals(await attribute("payload"), "1024\n");
    await wire.ip(wire.target, `link set eth0 mtu ${MTU}`);
    await run("eventually grep -qx 8704 /sys/block/etherd!e7.0/payload; go_on");
  });

  await test.step("no data was lost, and no request failed", async () => {
    await run("touch /tmp/end; eventually [ -e /tmp/ended ] || { cat /tmp/log; exit 1; }");
    assertEquals(/.*error.*/i.exec(guest.console)?.[0], undefined);
  });
});
