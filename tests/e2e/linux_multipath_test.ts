/**
 * The kernel's own AoE driver uses a disk over two interfaces, and goes on by one.
 *
 * @module
 */
import { assertMatch } from "@std/assert";
import { LinuxGuest, linuxTest } from "../guest/linux.ts";
import { Image } from "./image.ts";
import { Wire } from "./namespace.ts";
import { TargetProcess } from "./target_process.ts";

const MIB = 2 ** 20;
const DEVICES = ["eth0", "eth1"] as const;

/** Frames that an interface of the target received so far, by the counters in its log. */
async function framesBy(target: TargetProcess, name: string): Promise<number> {
  const line = new RegExp(`e7\\.0 on "${name}": (\\d+) received`, "g");
  const found = () => [...target.stderr.matchAll(line)];
  const before = found().length;
  target.kill("SIGUSR2");
  for (let round = 0; round < 500 && found().length === before; round++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return Number(found().at(-1)?.[1]);
}

/** Both cards are on one wire to begin with: joins the second one to eth1. */
async function part(wire: Wire): Promise<void> {
  await wire.ip(wire.initiator, "link add name br1 type bridge");
  for (const words of ["br1", "eth1 master br1", "tap1 master br1"]) {
    await wire.ip(wire.initiator, `link set ${words} up`);
  }
}

linuxTest("the Linux driver uses both paths of a disk, and goes on by one", async (test) => {
  await using wire = await Wire.open();
  await wire.plug(1500, "eth1");
  using image = new Image(64 * MIB);
  const args = ["7", "0", "eth0,eth1", image.path];
  await using target = await TargetProcess.start(wire.target, ...args);
  await using guest = await LinuxGuest.boot(wire, 1500, DEVICES.length);
  await part(wire);

  await test.step("it finds one disk by two interfaces and uses both", async () => {
    const found = await guest.run(`
      modprobe aoe
      for try in $(seq 150); do
        [ $((try % 10)) = 1 ] && aoe-discover
        case $(cat /sys/block/etherd!e7.0/netif 2>/dev/null) in *,*) break ;; esac
        sleep 0.2
      done
      cat /sys/block/etherd!e7.0/state /sys/block/etherd!e7.0/netif
      dd if=/dev/urandom of=/tmp/data bs=1M count=16
      dd if=/tmp/data of=/dev/etherd/e7.0 bs=64k conv=fsync
      echo 3 > /proc/sys/vm/drop_caches
      head -c 16777216 /dev/etherd/e7.0 | cmp - /tmp/data
    `);
    assertMatch(found, /^up\neth0,eth1\n|^up\neth1,eth0\n/);
    for (const name of DEVICES) {
      const frames = await framesBy(target, name);
      if (frames < 1000) throw new Error(`only ${frames} frames by ${name}`);
    }
  });

  await test.step("one path goes away under load, and nothing is lost", async () => {
    await guest.run(`
      dd if=/dev/urandom of=/tmp/more bs=1M count=48
      (dd if=/tmp/more of=/dev/etherd/e7.0 bs=64k conv=fsync && touch /tmp/more.done) &
    `);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await wire.ip(wire.target, "link set eth1 down");
    await target.logged(`"eth1" is down`);
    await guest.run(`
      [ ! -e /tmp/more.done ]
      for try in $(seq 600); do [ -e /tmp/more.done ] && break; sleep 0.2; done
      ls /tmp/more.done
      echo 3 > /proc/sys/vm/drop_caches
      head -c 50331648 /dev/etherd/e7.0 | cmp - /tmp/more
      [ $(cat /sys/block/etherd!e7.0/state) = up ]
    `);
  });
});
