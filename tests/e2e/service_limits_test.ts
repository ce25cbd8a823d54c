/**
 * A service that runs out of open files: it starts or ends, and never hangs; and while it runs,
 * what is served goes on.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { pattern } from "./image.ts";
import { command } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { ServiceLan } from "./service_lan.ts";
import { serviceCommand, ServiceFolder, ServiceProcess } from "./service_process.ts";
import { TargetProcess } from "./target_process.ts";

const IMAGE_SIZE = 2 ** 20;
/** How long a start may take, in seconds. */
const START_SECONDS = 20;
/** The status of timeout(1) then. */
const HANGS = "124";

function makeFolder(): ServiceFolder {
  const folder = new ServiceFolder();
  const path = folder.image("d0.img", IMAGE_SIZE);
  folder.write({ server: { workers: 2 }, exports: [{ shelf: 0, slot: 0, path }] });
  return folder;
}

/** What becomes of a service that may have so many open files. */
async function startWith(limit: number, line: readonly string[]): Promise<string> {
  const patience = ["timeout", "--foreground", `${START_SECONDS}`];
  try {
    await using process = await TargetProcess.run(
      [...patience, "prlimit", `--nofile=${limit}:${limit}`, ...line],
    );
    process.kill("SIGTERM"); // which timeout(1) hands on
    await process.ended();
    return "serves";
  } catch (error) {
    assert(error instanceof Error);
    const [, status] = /^The target ended with (\d+):/.exec(error.message) ?? [];
    // Deno itself aborts with few of them.
    assert(status !== undefined && status !== HANGS, `with ${limit} open files: ${error.message}`);
    return "ends";
  }
}

e2e("a service that lacks open files to start ends, or serves", ["prlimit"], async () => {
  await using lan = await ServiceLan.make(1);
  using folder = makeFolder();
  const outcomes = new Set<string>();
  for (let limit = 20; limit < 58; limit += 3) {
    outcomes.add(await startWith(limit, serviceCommand(folder, lan.host)));
  }
  assertEquals([...outcomes].sort(), ["ends", "serves"]);
});

e2e(
  "a service without open files goes on with what it serves",
  ["prlimit"],
  async () => {
    await using lan = await ServiceLan.make(1);
    using folder = makeFolder();
    await using service = await ServiceProcess.start(lan.host, folder);
    const { pid } = service.process;
    const client = lan.client();
    const device = await client.find(0, 0);
    const count = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
    await command("prlimit", `--pid=${pid}`, `--nofile=${count - 8}:1024`);
    await lan.wire.plug(1500, "eth1");
    await service.process.logged("too many open files (EMFILE)", 10_000);
    await client.write(device, 0, pattern(8192, 3));
    assertEquals(await client.read(device, 0, 16), pattern(8192, 3));
    await command("prlimit", `--pid=${pid}`, "--nofile=1024:1024");
    await service.until("e0.0 on eth1", ({ exports: [only] }) => only?.interfaces.length === 2);
    const other = lan.client("eth1");
    assertEquals(await other.read(await other.find(0, 0), 0, 16), pattern(8192, 3));
    await service.stop();
  },
);
