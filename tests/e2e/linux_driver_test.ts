/**
 * The kernel's own AoE driver, in a virtual machine, uses the target as people do.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { LinuxGuest, linuxTest, WAIT_FOR } from "../guest/linux.ts";
import { Image } from "./image.ts";
import { Wire } from "./namespace.ts";
import { TargetProcess } from "./target_process.ts";

const MIB = 2 ** 20;

/** Makes a file system, fills it, and reads it back from the disk. */
const FILL_AND_COMPARE = `use() {
  /sbin/mke2fs -F -q -t ext4 /dev/etherd/$1
  mount -t ext4 /dev/etherd/$1 /mnt
  dd if=/dev/urandom of=/tmp/data bs=1M count=16 2>/dev/null
  cp /tmp/data /mnt/data
  for i in $(seq 100); do echo "small file $i" > /mnt/small$i; done
  umount /mnt
  echo 3 > /proc/sys/vm/drop_caches
  /sbin/e2fsck -fn /dev/etherd/$1
  mount -t ext4 -o ro /dev/etherd/$1 /mnt
  cmp /tmp/data /mnt/data
  for i in $(seq 100); do [ "$(cat /mnt/small$i)" = "small file $i" ]; done
  umount /mnt
}`;

for (const [mtu, payloadSize] of [[1500, 1024], [9000, 8704]] as const) {
  linuxTest(`the Linux driver uses disks at MTU ${mtu}`, async (test) => {
    await using wire = await Wire.open(mtu);
    using first = new Image(64 * MIB);
    using second = new Image(64 * MIB);
    using fixed = new Image(MIB);
    const start = (...args: string[]): Promise<TargetProcess> =>
      TargetProcess.start(wire.target, ...args);
    await using _first = await start("5", "0", "eth0", first.path);
    await using grown = await start("5", "1", "eth0", second.path);
    await using _fixed = await start("-r", "5", "2", "eth0", fixed.path);
    await using guest = await LinuxGuest.boot(wire, mtu);

    await test.step("it finds them", async () => {
      await guest.run(
        `modprobe aoe; ${WAIT_FOR}\nfor disk in e5.0 e5.1 e5.2; do wait_for $disk; done`,
      );
      const about = await guest.run("cd /sys/block/etherd!e5.0; cat size payload firmware-version");
      assertMatch(about, new RegExp(`^131072\n${payloadSize}\n0x40\\d\\d\n$`));
    });

    await test.step("two targets at once keep file systems", async () => {
      for (const disk of ["e5.0", "e5.1"]) await guest.run(`${FILL_AND_COMPARE}\nuse ${disk}`);
      await guest.run(`
        for disk in e5.0 e5.1; do dd if=/dev/urandom of=/tmp/$disk bs=1M count=8; done
        for disk in e5.0 e5.1; do
          dd if=/tmp/$disk of=/dev/etherd/$disk bs=64k conv=fsync && touch /tmp/$disk.done &
        done
        wait
        ls /tmp/e5.0.done /tmp/e5.1.done
        echo 3 > /proc/sys/vm/drop_caches
        for disk in e5.0 e5.1; do head -c 8388608 /dev/etherd/$disk | cmp - /tmp/$disk; done
      `);
    });

    await test.step("a read-only export refuses the write and goes on", async () => {
      const said = await guest.run(
        "dd if=/dev/zero of=/dev/etherd/e5.2 bs=4k count=1 conv=fsync || echo refused\n" +
          "echo 3 > /proc/sys/vm/drop_caches; dd if=/dev/etherd/e5.2 of=/dev/null bs=64k",
      );
      assertMatch(said, /Input\/output error|I\/O error/);
      assertStringIncludes(said, "refused");
      assertEquals(fixed.read(), new Uint8Array(MIB));
    });

    await test.step("an export that grew is seen after revalidation", async () => {
      await guest.run("/sbin/mke2fs -F -q -t ext4 /dev/etherd/e5.1");
      Deno.truncateSync(second.path, 96 * MIB);
      await grown.logged("e5.1 has 196608 sectors now");
      await guest.run(`
        aoe-revalidate e5.1
        for try in $(seq 50); do
          [ "$(cat /sys/block/etherd!e5.1/size)" = 196608 ] && break
          sleep 0.2
        done
        /sbin/resize2fs /dev/etherd/e5.1
        /sbin/e2fsck -fn /dev/etherd/e5.1
        mount -t ext4 /dev/etherd/e5.1 /mnt
        [ $(df -k /mnt | awk 'END { print $2 }') -gt 80000 ]
        umount /mnt
      `);
    });
  });
}

linuxTest("the Linux driver goes on after kill -9 and a restart under write load", async () => {
  await using wire = await Wire.open();
  using image = new Image(96 * MIB);
  const args = ["6", "0", "eth0", image.path];
  await using target = await TargetProcess.start(wire.target, ...args);
  await using guest = await LinuxGuest.boot(wire, 1500);
  await guest.run(`
    modprobe aoe
    ${WAIT_FOR}
    wait_for e6.0
    /sbin/mke2fs -F -q -t ext4 /dev/etherd/e6.0
    mount -t ext4 /dev/etherd/e6.0 /mnt
    dd if=/dev/urandom of=/tmp/data bs=1M count=48
  `);
  // Two loads at once: one big file, and many small ones that each wait for the disk.
  await guest.run(`
    (dd if=/tmp/data of=/mnt/data bs=64k conv=fsync && touch /tmp/big.done) &
    (for i in $(seq 100); do echo "small file $i" > /mnt/small$i; sync; done
     touch /tmp/small.done) &
  `);
  await writesArrive(image);
  target.kill("SIGKILL");
  await target.ended();
  await guest.run("[ ! -e /tmp/big.done ] && [ ! -e /tmp/small.done ]");
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await using _again = await TargetProcess.start(wire.target, ...args);
  await guest.run(`
    for try in $(seq 600); do
      [ -e /tmp/big.done ] && [ -e /tmp/small.done ] && break
      sleep 0.2
    done
    ls /tmp/big.done /tmp/small.done
    umount /mnt
    echo 3 > /proc/sys/vm/drop_caches
    /sbin/e2fsck -fn /dev/etherd/e6.0
    mount -t ext4 -o ro /dev/etherd/e6.0 /mnt
    cmp /tmp/data /mnt/data
    for i in $(seq 100); do [ "$(cat /mnt/small$i)" = "small file $i" ]; done
    umount /mnt
    [ $(cat /sys/block/etherd!e6.0/state) = up ]
  `);
});

/** Waits until some of the data has arrived, so that the load is in full swing. */
async function writesArrive(image: Image): Promise<void> {
  const started = (Deno.statSync(image.path).blocks ?? 0) + 8 * MIB / 512;
  for (let waited = 0; waited < 600; waited++) {
    if ((Deno.statSync(image.path).blocks ?? 0) >= started) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("The guest does not write");
}
