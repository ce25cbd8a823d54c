/**
 * Whoever reads the target's messages, or does not, has no hold over the disk.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Initiator } from "../../lib/client/initiator.ts";
import { Image } from "./image.ts";
import { command, inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { programCommand, TargetProcess } from "./target_process.ts";

e2e("a reader of the log that stopped reading holds nothing up", ["mkfifo"], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  const log = `${image.folder}/log`;
  await command("mkfifo", log);
  // The shell holds the pipe open for reading and fills it up: nobody ever reads.
  const words = programCommand(["0", "0", "eth0", image.path]).join(" ");
  const script = `exec 3<>${log}; head -c 65536 /dev/zero >&3; exec ${words} 2>&3`;
  const args = ["netns", "exec", wire.target, "sh", "-c", script];
  const target = new Deno.Command("ip", { args, stdin: "null", stdout: "null" }).spawn();
  try {
    using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
    const device = await initiator.find(0, 0);
    await wire.ip(wire.target, "link set eth0 mtu 4000"); // which it would log
    await new Promise((resolve) => setTimeout(resolve, 600));
    assertEquals((await initiator.read(device, 0, 2)).length, 1024);
    const startMs = performance.now();
    target.kill("SIGTERM");
    assertEquals((await target.status).code, 0);
    assert(performance.now() - startMs < 10_000);
  } finally {
    try {
      target.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await target.status;
  }
});

e2e("closed standard streams hold nothing up", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  const words = programCommand(["0", "0", "eth0", image.path]).join(" ");
  const script = `exec ${words} </dev/null >&- 2>&-`;
  const args = ["netns", "exec", wire.target, "sh", "-c", script];
  const target = new Deno.Command("ip", { args, stdin: "null" }).spawn();
  try {
    using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
    const device = await initiator.find(0, 0);
    assertEquals((await initiator.read(device, 0, 2)).length, 1024);
  } finally {
    target.kill("SIGTERM");
    assertEquals((await target.status).code, 0);
  }
});

e2e("JSON lines are JSON, and say what is served to whom", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  const args = ["--log-format", "json", "-m", "02005e1000ff", "0", "0", "eth0", image.path];
  await using target = await TargetProcess.start(wire.target, ...args);
  await target.logged("serves only 02:00:5e:10:00:ff");
  for (const line of target.stderr.trim().split("\n")) {
    assertEquals(typeof JSON.parse(line).message, "string");
  }
  assertStringIncludes(target.stderr, `"level":"INFO"`);
});
