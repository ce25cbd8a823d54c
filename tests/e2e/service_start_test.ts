/**
 * A service while it starts: who asks it to read its file again does not end it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { eventually, ServiceFolder, ServiceProcess } from "./service_process.ts";

const IMAGE_SIZE = 2 ** 20;

/** The process that has the folder's file for an argument, once the socket is there. */
async function findStarting(folder: ServiceFolder): Promise<number> {
  let found = 0;
  await eventually(() => {
    if (!exists(folder.socket)) return false;
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name) || !exists(`/proc/${name}/cmdline`)) continue;
      const words = Deno.readTextFileSync(`/proc/${name}/cmdline`).split("\0");
      if (words.includes(folder.file)) found = Number(name);
    }
    return found > 0;
  });
  return found;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

e2e("a service that is told to read its file again while it starts goes on", [], async () => {
  await using wire = await Wire.open();
  using folder = new ServiceFolder();
  const exports = [0, 1].map((slot) => ({
    shelf: 0,
    slot,
    path: folder.image(`d${slot}.img`, IMAGE_SIZE),
    interfaces: ["eth0"],
  }));
  folder.write({ exports });
  const starting = ServiceProcess.start(wire.target, folder);
  const pid = await findStarting(folder);
  assert(pid > 0);
  Deno.kill(pid, "SIGHUP");
  await using service = await starting;
  await service.process.logged("The file was read again: 2 not touched");
  assertEquals((await service.control.status()).exports.length, 2);
  await service.stop();
});

e2e(
  "a missing disk keeps no other one from being served, and a signal is answered in the log",
  [],
  async () => {
    await using wire = await Wire.open();
    using folder = new ServiceFolder();
    const exportOf = (slot: number, path: string) => ({
      shelf: 0,
      slot,
      path,
      interfaces: ["eth0"],
    });
    const there = exportOf(0, folder.image("d0.img", IMAGE_SIZE));
    const gone = exportOf(1, `${folder.path}/gone.img`);
    folder.write({ exports: [there, gone] });
    await using service = await ServiceProcess.start(wire.target, folder);
    await service.process.logged("does not exist");
    const { exports, unserved } = await service.control.status();
    assertEquals(exports.map(({ name }) => name), ["e0.0"]);
    assertEquals(unserved.map(({ name }) => name), ["e0.1"]);
    folder.write({ server: { workers: 2 }, exports: [there, gone] });
    service.process.kill("SIGHUP");
    await service.process.logged("workers was changed in the file: it takes a restart");
    assertEquals((await service.control.status()).unserved.length, 1);
    await service.stop();
  },
);
