/**
 * A service that root starts goes on as `nobody`, with CAP_NET_RAW alone in each of its threads;
 * and interfaces, reloads and states still work.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { NOBODY } from "./bare_root.ts";
import { pattern } from "./image.ts";
import { command } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { RIGHTS, rightsOf } from "./rights.ts";
import { ServiceLan } from "./service_lan.ts";
import { type Keys, ServiceFolder, ServiceProcess } from "./service_process.ts";
import { TemporaryFolder } from "../temporary.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const IMAGE_SIZE = 2 ** 20;

/** The program where everybody can read it: the executable, or Deno with sources and packages. */
class PublicProgram implements Disposable {
  readonly #folder = new TemporaryFolder("/var/tmp");

  static async make(): Promise<PublicProgram> {
    const made = new PublicProgram();
    const { path } = made.#folder;
    await command("cp", "--", Deno.env.get("DBLADE_PROGRAM") ?? Deno.execPath(), `${path}/program`);
    const sources = ["ffi", "lib", "main.ts", "deno.json"].map((name) => ROOT + name);
    await command("cp", "-r", "--", ...sources, path);
    // Not by DENO_DIR, which may be set or not.
    const info = JSON.parse(await command(Deno.execPath(), "info", "--json"));
    await command("mkdir", `${path}/cache`);
    await command("cp", "-r", "--", `${info.denoDir}/npm`, `${path}/cache`);
    await command("chmod", "-R", "a+rX", path);
    return made;
  }

  /** The command line of a service. */
  line(file: string, namespace: string): readonly string[] {
    const { path } = this.#folder;
    const permissions = ["--allow-ffi", "--allow-read", "--allow-write", "--allow-net"];
    const run = ["run", "--no-lock", ...permissions, `${path}/main.ts`];
    const isCompiled = Deno.env.get("DBLADE_PROGRAM") !== undefined;
    const environment = ["env", `DENO_DIR=${path}/cache`, `${path}/program`];
    const words = [...environment, ...(isCompiled ? [] : run), "serve", "-c", file];
    return ["ip", "netns", "exec", namespace, ...words];
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** Every thread's rights. */
function assertRights(pid: number): void {
  const tasks = [...Deno.readDirSync(`/proc/${pid}/task`)];
  assert(tasks.length >= 5, `only ${tasks.length} threads`);
  for (const { name } of tasks) {
    const status = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`);
    assertEquals(rightsOf(status), RIGHTS, status);
  }
}

e2e("a service of nobody's has CAP_NET_RAW alone and goes on", [], async () => {
  await using lan = await ServiceLan.make(1);
  using program = await PublicProgram.make();
  using folder = new ServiceFolder("/var/tmp");
  const exports: Keys[] = [0, 1, 2].map((slot) => {
    return { shelf: 0, slot, path: folder.image(`d${slot}.img`, IMAGE_SIZE), interfaces: ["eth*"] };
  });
  const server = { workers: 2, user: "nobody", "state-dir": folder.state };
  folder.write({ server, exports: exports.slice(0, 2) });
  await command("chown", "-R", `${NOBODY}:${NOBODY}`, folder.path);
  await using service = await ServiceProcess.run(program.line(folder.file, lan.host), folder);
  assertRights(service.process.pid);
  const client = lan.client();
  const device = await client.find(0, 0);
  await client.write(device, 0, pattern(8192, 1));
  await client.reserve(device, [client.link.mac]);
  assertEquals(Deno.statSync(`${folder.state}/e0.0.json`).uid, NOBODY);

  await lan.wire.plug(1500, "eth1");
  await service.until("eth1", ({ exports }) => exports.every((one) => one.interfaces.length === 2));
  const other = lan.client("eth1");
  assertEquals(await other.identify(await other.find(0, 1)).then(({ sectors }) => sectors), 2048);
  await lan.ip("link del eth1");
  await service.until(
    "no eth1",
    ({ interfaces }) => interfaces.every(({ name }) => name === "eth0"),
  );
  await lan.ip("link set eth0 mtu 1400");
  await service.until("an MTU", ({ interfaces }) => interfaces.every(({ mtu }) => mtu === 1400));
  await lan.ip("link set eth0 mtu 1500");

  folder.write({ server, exports: exports.slice(1) });
  await command("chown", `${NOBODY}`, folder.file);
  const { added, removed, problems } = await service.control.reload();
  assertEquals([added, removed, problems], [["e0.2"], ["e0.0"], []]);
  const third = await client.find(0, 2);
  await client.write(third, 0, pattern(8192, 2));
  assertEquals(await client.read(third, 0, 16), pattern(8192, 2));
  assertRights(service.process.pid);
  await service.stop();
});
