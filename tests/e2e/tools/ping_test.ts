/**
 * `dblade ping` measures round trips, counts what is lost, late and doubled, and ends at a signal.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace } from "../namespace.ts";
import { Initiator } from "../../../lib/client/initiator.ts";
import { Echo } from "../../../lib/client/echo.ts";
import { ConfigCommand } from "../../../lib/wire/config.ts";
import { configRequest } from "../../../lib/wire/requests.ts";
import { ClientEnd } from "../client_end.ts";
import { Image } from "../image.ts";
import { e2e } from "../requires.ts";
import { assertWrong, startVblade, ToolRig, type WrongLine } from "./tools.ts";

/** Reads standard output until a line holds `text`. */
async function until(process: Deno.ChildProcess, text: string): Promise<string> {
  const reader = process.stdout.getReader();
  const decoder = new TextDecoder();
  let read = "";
  while (!read.includes(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    read += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return read;
}

/** The rest of what it prints, up to its end. */
async function rest(process: Deno.ChildProcess): Promise<string> {
  const complaints = process.stderr.cancel();
  const stdout = await until(process, "\0");
  await complaints;
  return stdout;
}

for (const [disk, size] of [["e0.0", 32], ["e0.1", 60]] as const) {
  e2e(`ping tells the round trips to ${disk}, by each path`, ["vblade"], async () => {
    await using rig = await ToolRig.open();
    const config = await rig.run("ping", disk, "eth0", "-c", "3", "--interval", "0.05");
    assertEquals(config.code, 0, config.stderr);
    const lines = config.stdout.split("\n");
    assertMatch(
      lines[2] ?? "",
      new RegExp(
        `^${size} bytes from ([0-9a-f:]{17}) \\(${disk} on eth0\\): seq=3 time=[0-9.]+ ms$`,
      ),
    );
    assertMatch(lines[3] ?? "", new RegExp(`^--- ${disk} \\([0-9a-f:]{17} on eth0\\) ---$`));
    assertEquals(lines[4], "3 sent, 3 received, 0% loss");
    assertMatch(lines[5] ?? "", /^round trip min\/avg\/p50\/p99\/max = ([0-9.]+\/){4}[0-9.]+ ms$/);

    const ata = await rig.run("ping", disk, "--ata", "-c", "200", "--interval", "0", "--json");
    assertEquals(ata.code, 0, ata.stderr);
    const { question, paths } = JSON.parse(ata.stdout);
    assertEquals(question, "ata");
    assertEquals(paths.length, disk === "e0.0" ? 1 : 2);
    for (const { sent, received, lossPercent, duplicates, late, ...times } of paths) {
      assertEquals([sent, received, lossPercent, duplicates, late], [200, 200, 0, 0, 0]);
      const { minMs, avgMs, p50Ms, p99Ms, maxMs } = times;
      for (const timeMs of [minMs, avgMs, p50Ms, p99Ms, maxMs]) {
        assertMatch(`${timeMs}`, /^[0-9]+(\.[0-9]{1,3})?$/);
      }
      assert(0 < minMs && minMs <= p50Ms && p50Ms <= p99Ms && p99Ms <= maxMs);
      assert(minMs <= avgMs && avgMs <= maxMs);
    }
  });
}

e2e("ping goes on until SIGINT, and then tells at once what it has", ["vblade"], async () => {
  await using rig = await ToolRig.open();
  const ping = rig.start("ping", "e0.0", "--interval", "60");
  await until(ping, "seq=1");
  const startMs = performance.now();
  ping.kill("SIGINT");
  const stdout = await rest(ping);
  assertEquals((await ping.status).code, 0);
  assert(performance.now() - startMs < 5000);
  assertStringIncludes(stdout, "1 sent, 1 received, 0% loss");
});

e2e("ping counts what a silent target loses, and ends at a signal then too", [], async () => {
  await using rig = await ToolRig.open();
  const ping = rig.start("ping", "e0.1", "eth1", "--interval", "0.05", "--wait", "0.3");
  await until(ping, "seq=2");
  rig.dblade.kill("SIGSTOP");
  await until(ping, "no answer from");
  // What waited for the target is answered when nobody waits for it any more.
  rig.dblade.kill("SIGCONT");
  await until(ping, "time=");
  ping.kill("SIGTERM");
  const stdout = await rest(ping);
  assertEquals((await ping.status).code, 0);
  assertMatch(stdout, /[0-9]+ sent, [0-9]+ received, [0-9.]+% loss, [0-9]+ late/);
});

e2e("ping ends at a signal while it waits, and does not count that question", [], async () => {
  await using rig = await ToolRig.open();
  const ping = rig.start("ping", "e0.1", "eth1", "--interval", "0", "--wait", "60");
  await until(ping, "seq=50");
  rig.dblade.kill("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 500));
  const startMs = performance.now();
  ping.kill("SIGINT");
  const stdout = await rest(ping);
  rig.dblade.kill("SIGCONT");
  assertEquals((await ping.status).code, 0);
  assert(performance.now() - startMs < 5000);
  assertStringIncludes(stdout, " 0% loss", "the question in hand was not lost");
});

e2e("an answer counts once, from its own target", [], async () => {
  await using rig = await ToolRig.open();
  using initiator = inNamespace(rig.wire.initiator, () => Initiator.open("eth0"));
  const { mac, shelf, slot } = await initiator.find(0, 1);
  using echo = inNamespace(rig.wire.initiator, () => Echo.open("eth0", mac));
  using stranger = inNamespace(rig.wire.initiator, () => Echo.open("eth0", mac + 1));
  const route = { source: initiator.link.mac, destination: mac, shelf, slot };
  const question = configRequest(route, ConfigCommand.READ);
  assertEquals(echo.send(question), 0);
  const first = echo.wait(2000);
  assert(first !== undefined && first.timeMs > 0 && first.timeMs < 2000);
  assertEquals([stranger.send(question), stranger.wait(200)], [0, undefined]);
  // The same frame once more, tag and all, and one that was never answered.
  using end = inNamespace(rig.wire.initiator, () => new ClientEnd("eth0"));
  question.set(first.bytes.subarray(20, 24), 20);
  end.send(question);
  end.send(question);
  await new Promise((resolve) => setTimeout(resolve, 500));
  echo.look();
  assertEquals([echo.duplicateCount, echo.lateCount], [2, 0]);
  rig.dblade.kill("SIGSTOP");
  assertEquals([echo.send(question), echo.wait(50)], [0, undefined]);
  rig.dblade.kill("SIGCONT");
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals(echo.send(question), 0);
  assertEquals([echo.duplicateCount, echo.lateCount], [2, 1]);
});

e2e("ping ends with 3 where nothing is answered", [], async () => {
  await using rig = await ToolRig.open();
  rig.dblade.kill("SIGSTOP");
  const silent = await rig.run("ping", "e0.1", "eth1", "-c", "1", "--timeout", "0.3");
  assertEquals([silent.code, silent.stdout], [3, ""]);
  rig.dblade.kill("SIGCONT");
});

const WRONG: readonly WrongLine[] = [
  ["ping", 2, "Missing DISK", "dblade help ping"],
  ["ping e0,0", 2, 'did you mean "e0.0"?'],
  ["ping e0.0 -c 0", 2, '--count is "0"', "from 1"],
  ["ping e0.0 --interval 1s", 2, '--interval is "1s"', "seconds"],
  ["ping e0.0 --wait 0", 2, '--wait is "0"'],
  ["ping e0.0 nix0", 1, '"nix0"', "ip link"],
  ["ping e0.9 --timeout 0.3", 3, "No target answers for e0.9", "e0.0, e0.1", "mask list"],
  ["ping eth0 e0.0", 2, '"e0.0" is a disk, not an interface', "before the interfaces"],
  ["stat e0.0", 2, '"e0.0" is a disk, not an interface', "about all disks"],
  ["sniff eth0 e0.0", 2, '"e0.0" is a disk, not an interface'],
  ["config get e0.0 e0.1", 2, '"e0.1" is a disk, not an interface'],
  ["ping e0.0 --mac 02:00:00:00:00:99", 3, "does not answer from 02:00:00:00:00:99"],
];

e2e("ping says what is wrong", ["vblade"], async (test) => {
  await using rig = await ToolRig.open();
  await assertWrong(test, rig, WRONG);
  using image = new Image(7 * 2 ** 20);
  await using _second = await startVblade(rig.wire, "eth1", image.path);
  const both = await rig.run("ping", "e0.0", "-c", "1");
  assertEquals(both.code, 5);
  assertStringIncludes(both.stderr, "served by different disks");
  const [, mac = ""] = /([0-9a-f:]{17}) on eth1/.exec(both.stderr) ?? [];
  const one = await rig.run("ping", "e0.0", "-c", "1", "--mac", mac);
  assertEquals(one.code, 0);
  assertStringIncludes(one.stdout, "(e0.0 on eth1)");
});
