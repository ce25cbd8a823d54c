/**
 * Services, and other targets of the host, that want the same: a socket, an address or a file.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pattern } from "./image.ts";
import { e2e } from "./requires.ts";
import { askOnce, ServiceLan } from "./service_lan.ts";
import { serviceCommand, ServiceFolder, ServiceProcess } from "./service_process.ts";
import { runCommand, runProgram, TargetProcess } from "./target_process.ts";

const IMAGE_SIZE = 2 ** 20;
/** A service that starts by mistake must not hang the test. */
const PATIENCE = ["timeout", "--kill-after=1", "20"];

/** A service's folder with exports of these slots of shelf 0. */
function makeFolder(...slots: readonly number[]): ServiceFolder {
  const folder = new ServiceFolder();
  const exports = slots.map((slot) => {
    return { shelf: 0, slot, path: folder.image(`d${slot}.img`, IMAGE_SIZE) };
  });
  folder.write({ server: { workers: 2 }, exports });
  return folder;
}

e2e("a second service with the same control socket does not start", [], async () => {
  await using lan = await ServiceLan.make(1);
  using folder = makeFolder(0);
  await using service = await ServiceProcess.start(lan.host, folder);
  const client = lan.client();
  const device = await client.find(0, 0);
  const again = await runCommand([...PATIENCE, ...serviceCommand(folder, lan.host)]);
  assertEquals([again.code, again.stdout], [1, ""], again.stderr);
  assertStringIncludes(again.stderr, folder.socket);
  await client.write(device, 0, pattern(512, 1));
  using connection = await service.connect();
  assertEquals((await connection.status()).pid, service.process.pid);
  assertEquals(client.link.retransmitCount, 0);
  await service.stop();
});

e2e("of two services of a host one has an address, and the other one after it", [], async () => {
  await using lan = await ServiceLan.make(1);
  using one = makeFolder(0, 1);
  using other = makeFolder(1, 2);
  await using first = await ServiceProcess.start(lan.host, one);
  await using second = await ServiceProcess.start(lan.host, other);
  assertEquals((await second.export("e0.1")).condition, "conflict");
  assertEquals((await second.export("e0.2")).condition, "serving");
  await second.process.logged("another dblade on this host");
  const end = lan.end();
  assertEquals(await askOnce(end, 0, 255, 3), ["e0.0", "e0.1", "e0.2"]);
  const client = lan.client();
  await client.write(await client.find(0, 1), 0, pattern(512, 1));
  await first.stop();
  await second.until(
    "the address is free",
    ({ exports }) => exports.every(({ condition }) => condition === "serving"),
  );
  assertEquals(await askOnce(end, 0, 255, 2), ["e0.1", "e0.2"]);
  assertEquals(await client.read(await client.find(0, 1), 0, 1), new Uint8Array(512));
  assertEquals(Deno.readFileSync(`${one.path}/d1.img`).slice(0, 512), pattern(512, 1));
  await second.stop();
});

e2e("a service and an export of one address get out of each other's way", [], async () => {
  await using lan = await ServiceLan.make(1);
  using folder = makeFolder(0, 1);
  const alone = folder.image("alone.img", IMAGE_SIZE);
  {
    await using service = await ServiceProcess.start(lan.host, folder);
    const options = { namespace: lan.host, prefix: PATIENCE };
    const { code, stderr } = await runProgram(["0", "1", "eth0", alone], options);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "another dblade on this host");
    await service.stop();
  }
  await using target = await TargetProcess.start(lan.host, "0", "1", "eth0", alone);
  await using service = await ServiceProcess.start(lan.host, folder);
  assertEquals((await service.export("e0.1")).condition, "conflict");
  assertEquals(await askOnce(lan.end(), 0, 255, 2), ["e0.0", "e0.1"]);
  target.kill("SIGTERM");
  await target.ended();
  await service.until(
    "the address is free",
    ({ exports }) => exports.every(({ condition }) => condition === "serving"),
  );
  await service.stop();
});

e2e("a file that another target has is told of, and all else is served", [], async () => {
  await using lan = await ServiceLan.make(1);
  using folder = makeFolder(0, 1);
  const path = `${folder.path}/d1.img`;
  await using target = await TargetProcess.start(lan.host, "7", "7", "eth0", path);
  await using service = await ServiceProcess.start(lan.host, folder);
  assertStringIncludes(service.process.line, "1 of 2 exports");
  const { exports, unserved } = await service.control.status();
  assertEquals(exports.map(({ name }) => name), ["e0.0"]);
  assertEquals(unserved.map(({ name }) => name), ["e0.1"]);
  assertStringIncludes(unserved[0]?.problem ?? "", path);
  const still = await service.control.reload();
  assert(still.problems.some((problem) => problem.includes(path)), `${still.problems}`);
  target.kill("SIGTERM");
  await target.ended();
  assertEquals((await service.control.reload()).problems, []);
  assertEquals((await service.export("e0.1")).condition, "serving");
  await service.stop();
});
