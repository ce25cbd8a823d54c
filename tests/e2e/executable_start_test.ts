/**
 * How the compiled program can be started where there is next to nothing, and what it says where it
 * cannot.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { helpText } from "../../lib/cli/help.ts";
import { VERSION } from "../../lib/version.ts";
import { CAP_NET_RAW, NOBODY, statusOf } from "./bare_root.ts";
import { alone, openInitiator, PLACE, type Scene } from "./executable.ts";
import { pattern } from "./image.ts";
import { command } from "./namespace.ts";
import { assertComplaint, SYSTEM, USAGE } from "./refusal.ts";
import { runCommand, TargetProcess } from "./target_process.ts";

alone("helps and refuses in a bare root as anywhere", async ({ wire, root, image }) => {
  const run = (args: readonly string[], privileged = true) =>
    runCommand(root.command(wire.target, { image: image.path, privileged }, args));
  assertEquals(await run(["--version"]), { code: 0, stdout: `dblade ${VERSION}\n`, stderr: "" });
  assertEquals(await run(["--help"]), { code: 0, stdout: helpText(), stderr: "" });
  assertComplaint(await run(["0", "0", "eth0"]), USAGE, ["Missing FILE"]);
  const missing = await run(["0", "0", "eth0", "/none.img"]);
  assertComplaint(missing, SYSTEM, [`Cannot open "/none.img": no such file`]);
  assertComplaint(await run(["0", "0", "eth9", "/disk.img"]), SYSTEM, [`"eth9"`, "ip link"]);
  const state = await run(["--state", "/", ...PLACE]);
  assertComplaint(state, SYSTEM, [`Cannot keep state in "/"`, "permission denied (EACCES)"]);
  const powerless = await run(PLACE, false);
  assertComplaint(powerless, SYSTEM, ["Cannot open a packet socket", "grant CAP_NET_RAW"]);
});

/** Newest glibc that the program may ask for; its own name table is in the head of the file. */
const GLIBC_MAX = 27;
const HEAD_SIZE = 4 * 2 ** 20;

alone("needs no glibc newer than 2.27", ({ root }) => {
  const head = Deno.readFileSync(`${root.folder}/dblade`).subarray(0, HEAD_SIZE);
  const text = new TextDecoder("latin1").decode(head);
  const minors = [...text.matchAll(/GLIBC_2\.(\d+)\0/g)].map(([, minor]) => Number(minor));
  assert(minors.length > 0 && Math.max(...minors) <= GLIBC_MAX, `it names ${minors}`);
  return Promise.resolve();
});

/** Does without mounts: a link in the place of /proc, the image in the folder itself. */
function furnish({ root, image }: Scene): void {
  Deno.mkdirSync(`${root.folder}/proc/self`);
  Deno.symlinkSync("/dblade", `${root.folder}/proc/self/exe`);
  Deno.renameSync(image.path, `${root.folder}/disk.img`);
}

alone("says what it lacks without /proc, and takes a link for it", async (scene) => {
  const version = ["chroot", scene.root.folder, "/dblade", "--version"];
  const lacking = await runCommand(version);
  assertEquals([lacking.code, lacking.stdout], [1, ""]);
  assertStringIncludes(lacking.stderr, "Is /proc mounted?");
  furnish(scene);
  assertEquals((await runCommand(version)).stdout, `dblade ${VERSION}\n`);
});

alone("has its capability from its file, too", async (scene) => {
  const { wire, root } = scene;
  furnish(scene);
  await command("setcap", "cap_net_raw+ep", `${root.folder}/dblade`);
  const enter = ["ip", "netns", "exec", wire.target, "chroot", `--userspec=${NOBODY}:${NOBODY}`];
  await using target = await TargetProcess.run([
    ...[...enter, "--groups=", root.folder, "/dblade", ...PLACE],
  ]);
  assertEquals(statusOf(target.pid, "CapEff"), CAP_NET_RAW);
  assertEquals(statusOf(target.pid, "NoNewPrivs"), "0");
  using initiator = openInitiator(scene);
  assertEquals((await initiator.find(0, 0)).slot, 0);
});

alone("is process 1 as well as any other", async (scene) => {
  furnish(scene);
  const enter = ["ip", "netns", "exec", scene.wire.target, "unshare", "--pid", "--fork"];
  await using target = await TargetProcess.run([
    ...[...enter, "--kill-child", "chroot", scene.root.folder, "/dblade", ...PLACE],
  ]);
  assertStringIncludes(target.line, "pid 1: e0.0");
  using initiator = openInitiator(scene);
  const device = await initiator.find(0, 0);
  await initiator.write(device, 0, pattern(64 * 1024, 14));
  assertEquals(await initiator.read(device, 0, 128), pattern(64 * 1024, 14));
  const child = Deno.readTextFileSync(`/proc/${target.pid}/task/${target.pid}/children`);
  Deno.kill(Number(child), "SIGTERM");
  assertEquals((await target.ended()).code, 0);
});

alone("starts with closed standard streams where there is a /dev/null", async (scene) => {
  furnish(scene);
  const { folder } = scene.root;
  Deno.mkdirSync(`${folder}/dev`);
  Deno.writeFileSync(`${folder}/dev/null`, new Uint8Array(0));
  const script = `mount --bind /dev/null "$0/dev/null" && exec chroot "$0" "$@" <&- >&- 2>&-`;
  const args = ["netns", "exec", scene.wire.target, "sh", "-c", script, folder, "/dblade"];
  const target = new Deno.Command("ip", { args: [...args, ...PLACE] }).spawn();
  try {
    using initiator = openInitiator(scene);
    const device = await initiator.find(0, 0);
    assertEquals(await initiator.read(device, 0, 8), new Uint8Array(8 * 512));
  } finally {
    target.kill("SIGTERM");
    assertEquals((await target.status).code, 0);
  }
});
