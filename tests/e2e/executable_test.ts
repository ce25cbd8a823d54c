/**
 * The compiled program serves where there is next to nothing: in a bare, read-only root folder, as
 * nobody, with one capability.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { DiskError } from "../../lib/client/target_error.ts";
import { ConfigCommand } from "../../lib/wire/config.ts";
import { type BareRoot, CAP_NET_RAW, filesSeenBy, NOBODY, statusOf } from "./bare_root.ts";
import { alone, IMAGE_SIZE, openInitiator, PLACE, type Scene } from "./executable.ts";
import { pattern } from "./image.ts";
import { TargetProcess } from "./target_process.ts";

function serve({ wire, root, image }: Scene, ...options: string[]): Promise<TargetProcess> {
  const words = root.command(wire.target, { image: image.path }, [...options, ...PLACE]);
  return TargetProcess.run(words);
}

/** Checks from outside what the process is and sees. */
function assertBare(pid: number, root: BareRoot): void {
  const nobody = new Array(4).fill(NOBODY).join("\t");
  assertEquals([statusOf(pid, "Uid"), statusOf(pid, "Gid")], [nobody, nobody]);
  assertEquals(statusOf(pid, "Groups"), "");
  for (const field of ["CapPrm", "CapEff", "CapInh", "CapAmb"]) {
    assertEquals(statusOf(pid, field), CAP_NET_RAW, field);
  }
  assertEquals(statusOf(pid, "NoNewPrivs"), "1");
  assertEquals(filesSeenBy(pid), root.files);
  assertEquals(Deno.readLinkSync(`/proc/${pid}/exe`), `${root.folder}/dblade`);
  assertEquals(Deno.readLinkSync(`/proc/${pid}/cwd`), root.folder);
  // The test is root and could write there, were it not read-only.
  const write = (): void => Deno.writeTextFileSync(`/proc/${pid}/root/new`, "");
  assertThrows(write, Error, "Read-only file system");
}

alone("serves in a bare read-only root, as nobody with one capability", async (scene) => {
  const { wire, root, image } = scene;
  await using target = await serve(scene);
  assertBare(target.pid, root);
  using initiator = openInitiator(scene);
  const [device, ...others] = await initiator.discover(1500);
  assert(device !== undefined);
  assertEquals(others, []);
  assertEquals((await initiator.identify(device)).sectors, IMAGE_SIZE / 512);
  const data = pattern(IMAGE_SIZE, 11);
  await initiator.write(device, 0, data);
  assertEquals(await initiator.read(device, 0, IMAGE_SIZE / 512), data);
  await initiator.flush(device);
  await initiator.trim(device, 8, 8);
  data.fill(0, 8 * 512, 16 * 512);
  assertEquals(image.read(), data);
  await wire.ip(wire.target, "link set eth0 down");
  await target.logged(`"eth0" is down`);
  await wire.ip(wire.target, "link set eth0 up");
  assertEquals(await initiator.read(device, 0, 16), data.slice(0, 16 * 512));
  await wire.ip(wire.target, "link del eth0");
  await target.logged(`"eth0" is gone`);
  await wire.plug();
  using again = openInitiator(scene);
  const back = await again.find(0, 0);
  assertEquals(await again.read(back, 0, 16), data.slice(0, 16 * 512));
  target.kill("SIGTERM");
  assertEquals((await target.ended()).code, 0);
  assertStringIncludes(target.stderr, " answered, ");
});

for (const flags of [["-d"], ["-s"], ["-d", "-s"]]) {
  alone(`stores what was written in a bare root with ${flags.join(" ")}`, async (scene) => {
    await using target = await serve(scene, ...flags);
    assertBare(target.pid, scene.root);
    using initiator = openInitiator(scene);
    const device = await initiator.find(0, 0);
    const data = pattern(64 * 1024, 12);
    await initiator.write(device, 100, data);
    assertEquals(await initiator.read(device, 100, 128), data);
    assertEquals(scene.image.read().slice(51200, 51200 + data.length), data);
    target.kill("SIGINT");
    assertEquals((await target.ended()).code, 0);
  });
}

alone("refuses every write in a bare root with --read-only", async (scene) => {
  Deno.writeFileSync(scene.image.path, pattern(IMAGE_SIZE, 13));
  Deno.chmodSync(scene.image.path, 0o444);
  await using target = await serve(scene, "--read-only");
  assertStringIncludes(target.line, "O_RDONLY");
  using initiator = openInitiator(scene);
  const device = await initiator.find(0, 0);
  await assertRejects(() => initiator.write(device, 0, new Uint8Array(512)), DiskError);
  assertEquals(await initiator.read(device, 0, IMAGE_SIZE / 512), pattern(IMAGE_SIZE, 13));
  assertEquals(scene.image.read(), pattern(IMAGE_SIZE, 13));
});

alone("keeps its state in the one folder that it can write to", async (scene) => {
  const { wire, root, image } = scene;
  const state = `${image.folder}/state`;
  Deno.mkdirSync(state);
  Deno.chownSync(state, NOBODY, NOBODY);
  const config = new TextEncoder().encode("kept in a bare root");
  const start = (): Promise<TargetProcess> => {
    const furniture = { image: image.path, state };
    return TargetProcess.run(root.command(wire.target, furniture, ["--state", "/state", ...PLACE]));
  };
  using initiator = openInitiator(scene);
  {
    await using target = await start();
    assertBare(target.pid, root);
    await initiator.config(await initiator.find(0, 0), ConfigCommand.SET, config);
    target.kill("SIGKILL");
    await target.ended();
  }
  assertEquals(Deno.statSync(`${state}/e0.0.json`).uid, NOBODY);
  await using _again = await start();
  assertEquals((await initiator.find(0, 0)).config, config);
}, { withState: true });
