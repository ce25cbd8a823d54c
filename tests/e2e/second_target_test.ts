/**
 * Two targets never share a file, or an address, by accident; and a restart never waits.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Initiator } from "../../lib/client/initiator.ts";
import { formatMac } from "../../lib/wire/mac.ts";
import { Image } from "./image.ts";
import { LoopDevice } from "../temporary.ts";
import { command, inNamespace, Wire } from "./namespace.ts";
import { assertRefused, SYSTEM } from "./refusal.ts";
import { e2e } from "./requires.ts";
import { runProgram, TargetProcess } from "./target_process.ts";

const IMAGE_SIZE = 64 * 1024;

/** The command line for slot `slot` of shelf 0 on eth0. */
function exportOf(path: string, slot: number, ...options: readonly string[]): string[] {
  return [...options, "0", `${slot}`, "eth0", path];
}

e2e("a file that is exported is refused to another, by any name", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const link = `${image.folder}/link`;
  Deno.linkSync(image.path, link);
  const namespace = wire.target;
  await using _first = await TargetProcess.start(namespace, ...exportOf(image.path, 0));
  for (const path of [image.path, link]) {
    for (const options of [[], ["-r"]]) {
      const args = exportOf(path, 1, ...options);
      const says = [`Cannot lock "${path}": another target exports it`, "--read-only", "--shared"];
      await assertRefused(image.folder, { args, code: SYSTEM, says, namespace });
    }
  }
});

e2e("two targets may read one file, and neither lets a writer in", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const start = (slot: number) =>
    TargetProcess.start(wire.target, ...exportOf(image.path, slot, "-r"));
  await using first = await start(0);
  await using second = await start(1);
  assertStringIncludes(first.line, "e0.0, 128 sectors O_RDONLY");
  assertStringIncludes(second.line, "e0.1, 128 sectors O_RDONLY");
  await assertRefused(image.folder, {
    args: exportOf(image.path, 2),
    code: SYSTEM,
    says: [`Cannot lock "${image.path}": another target exports it`],
    namespace: wire.target,
  });
});

e2e("a file is shared with those who ask for it", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  await using _first = await TargetProcess.start(wire.target, ...exportOf(image.path, 0));
  const args = exportOf(image.path, 1, "--shared");
  await using second = await TargetProcess.start(wire.target, ...args);
  await second.logged(`"${image.path}" is in use by others`);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
  assertEquals((await initiator.discover(1500)).map(({ slot }) => slot).sort(), [0, 1]);
});

e2e("parts of one file that do not overlap are exported by two targets", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const half = (slot: number, offset: string) =>
    exportOf(image.path, slot, "-o", offset, "-l", "64");
  await using first = await TargetProcess.start(wire.target, ...half(0, "0"));
  await using second = await TargetProcess.start(wire.target, ...half(1, "64"));
  assertStringIncludes(first.line, "e0.0, 64 sectors");
  assertStringIncludes(second.line, "e0.1, 64 sectors");
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
  await initiator.write(await initiator.find(0, 1), 0, new Uint8Array(512).fill(1));
  assertEquals(image.read().indexOf(1), 64 * 512);
  await assertRefused(image.folder, {
    args: half(2, "63"),
    code: SYSTEM,
    says: [`Cannot lock "${image.path}": another target exports it`],
    namespace: wire.target,
  });
});

e2e("a block device that is exported is refused to another", ["losetup"], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  using device = new LoopDevice(image.path);
  await using _first = await TargetProcess.start(wire.target, ...exportOf(device.path, 0));
  const refused = { code: SYSTEM, namespace: wire.target };
  const inUse = [`Cannot open "${device.path}"`, "(EBUSY)", "--shared"];
  const args = exportOf(device.path, 1);
  await assertRefused(image.folder, { ...refused, args, says: inUse });
  const reader = exportOf(device.path, 1, "-r");
  await assertRefused(image.folder, {
    ...refused,
    args: reader,
    says: ["Cannot lock", "--shared"],
  });
});

e2e(
  "a mounted block device is refused, and shared with a warning",
  ["losetup", "mke2fs"],
  async () => {
    await using wire = await Wire.open();
    using image = new Image(2 * 2 ** 20);
    using device = new LoopDevice(image.path);
    await command("mke2fs", "-q", "-F", device.path);
    const folder = `${image.folder}/mount`;
    await Deno.mkdir(folder);
    await command("mount", device.path, folder);
    try {
      const ended = await runProgram(exportOf(device.path, 0), { namespace: wire.target });
      assertEquals(ended.code, SYSTEM);
      assertStringIncludes(ended.stderr, "unmount it or stop what uses it, or give --shared");
      const args = exportOf(device.path, 0, "--shared");
      await using target = await TargetProcess.start(wire.target, ...args);
      await target.logged(
        `"${device.path}" is in use by others, such as another target or a mount`,
      );
    } finally {
      await command("umount", folder);
    }
  },
);

e2e("an address that is served on this interface is refused", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  using other = new Image(IMAGE_SIZE);
  await using first = await TargetProcess.start(wire.target, ...exportOf(image.path, 0));
  // An interface may have several names; a colon begins a label that the kernel ignores.
  await wire.ip(wire.target, "link property add dev eth0 altname lan0");
  for (const name of ["eth0", "eth0:1", "lan0"]) {
    await assertRefused(other.folder, {
      args: ["0", "0", name, other.path],
      code: SYSTEM,
      says: [`Cannot export e0.0 on "${name}": another dblade on this host`, "--force"],
      namespace: wire.target,
    });
  }
  const args = exportOf(other.path, 0, "--force");
  await using second = await TargetProcess.start(wire.target, ...args);
  assertStringIncludes(second.line, "e0.0, 128 sectors");
  assertEquals(first.stderr.includes("error"), false);
});

e2e("an address that is served by another host is refused with its MAC", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  using other = new Image(IMAGE_SIZE);
  await using _first = await TargetProcess.start(wire.target, ...exportOf(image.path, 0));
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
  const mac = formatMac((await initiator.find(0, 0)).mac);
  await assertRefused(other.folder, {
    args: exportOf(other.path, 0),
    code: SYSTEM,
    says: [`Cannot export e0.0 on "eth0": the target at ${mac} answers`, "--force"],
    namespace: wire.initiator,
  });
  const args = exportOf(other.path, 0, "--force");
  await using _forced = await TargetProcess.start(wire.initiator, ...args);
  await using beside = await TargetProcess.start(
    wire.initiator,
    ...exportOf(image.path, 1, "--shared"),
  );
  assertStringIncludes(beside.line, "e0.1");
});

e2e("a target that shares a file keeps others out once it is alone", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const first = await TargetProcess.start(wire.target, ...exportOf(image.path, 0));
  const args = exportOf(image.path, 1, "--shared");
  await using second = await TargetProcess.start(wire.target, ...args);
  await first[Symbol.asyncDispose]();
  await second.logged(`The lock of "${image.path}" is ours now`);
  await assertRefused(image.folder, {
    args: exportOf(image.path, 2),
    code: SYSTEM,
    says: [`Cannot lock "${image.path}": another target exports it`],
    namespace: wire.target,
  });
});

e2e("an address is asked for when the link comes up after the start", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  using other = new Image(IMAGE_SIZE);
  await using _first = await TargetProcess.start(wire.target, ...exportOf(image.path, 0));
  await wire.ip(wire.initiator, "link set eth0 down");
  await using second = await TargetProcess.start(wire.initiator, ...exportOf(other.path, 0));
  await wire.ip(wire.initiator, "link set eth0 up");
  assertEquals((await second.ended()).code, SYSTEM);
  assertMatch(second.stderr, /the target at .* answers for that address already/);
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  e2e(`after ${signal} the file and the address are free at once`, [], async () => {
    await using wire = await Wire.open();
    using image = new Image(IMAGE_SIZE);
    for (let round = 0; round < 3; round++) {
      await using target = await TargetProcess.start(wire.target, ...exportOf(image.path, 0));
      target.kill(signal);
      await target.ended();
    }
  });
}
