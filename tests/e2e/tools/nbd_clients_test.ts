/**
 * Clients of NBD use a disk on the wire: libnbd's tools, nbdkit and qemu's.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { pattern } from "../image.ts";
import { nbdCommand, NbdSetup, TARGETS } from "./nbd_server.ts";
import { e2e } from "../requires.ts";
import { TargetProcess } from "../target_process.ts";

const MIB = 2 ** 20;
const SIZE = 32 * MIB;

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

for (const name of TARGETS) {
  e2e(`nbdinfo tells what ${name}'s disk can do`, ["nbdinfo", "vblade"], async () => {
    await using setup = await NbdSetup.start(name, SIZE);
    assertMatch(setup.server.line, /^e0\.0 \(32 MiB, eth0\) is served on unix:\/.*nbd\.sock\n$/);
    await setup.server.logged(setup.uri);
    const { exports: [found], ...all } = JSON.parse(
      await setup.run("nbdinfo", "--json", setup.uri),
    );
    assertEquals([all.protocol, all.structured], ["newstyle-fixed", true]);
    assertStringIncludes(found.description, "e0.0");
    const trims = name === "dblade";
    const told = [found["export-size"], found.can_flush, found.can_fua, found.can_multi_conn];
    assertEquals(told, [SIZE, true, true, true]);
    assertEquals([found.is_read_only, found.can_trim, found.can_zero], [false, trims, true]);
    assertEquals([found.block_size_minimum, found.block_size_maximum], [512, 32 * MIB]);
    const listed = JSON.parse(await setup.run("nbdinfo", "--list", "--json", setup.uri));
    assertEquals(listed.exports.length, 1);
    assertEquals(listed.exports[0]["export-name"], "e0.0");
    const named = setup.uri.replace("///", "///e0.0");
    assertEquals(await setup.run("nbdinfo", "--size", named), `${SIZE}\n`);
    await assertRejects(() => setup.run("nbdinfo", setup.uri.replace("///", "///e9.9")));
  });

  for (const connections of [1, 4]) {
    e2e(
      `nbdcopy copies to ${name}'s disk and back by ${connections} connections`,
      ["nbdcopy", "vblade"],
      async () => {
        await using setup = await NbdSetup.start(name, SIZE);
        const data = pattern(SIZE, connections);
        const [from, to] = [`${setup.image.folder}/from`, `${setup.image.folder}/to`];
        Deno.writeFileSync(from, data);
        const copy = ["nbdcopy", `--connections=${connections}`, "--flush"];
        await setup.run(...copy, from, setup.uri);
        assert(isEqual(setup.image.read(), data), "what the target has");
        await setup.run(...copy, setup.uri, to);
        assert(isEqual(Deno.readFileSync(to), data), "what came back");
      },
    );
  }

  e2e(`qemu-img converts to ${name}'s disk and compares`, ["qemu-img", "vblade"], async () => {
    await using setup = await NbdSetup.start(name, SIZE);
    const source = `${setup.image.folder}/source.qcow2`;
    const raw = `${setup.image.folder}/raw`;
    const data = pattern(SIZE, 5);
    data.fill(0, 3 * MIB, 7 * MIB + 4096);
    Deno.writeFileSync(raw, data);
    await setup.run("qemu-img", "convert", "-O", "qcow2", raw, source);
    await setup.run("qemu-img", "convert", "-n", "-O", "raw", source, setup.uri);
    await setup.run("qemu-img", "compare", "-f", "qcow2", "-F", "raw", source, setup.uri);
    assert(isEqual(setup.image.read(), data));
    await setup.run("qemu-img", "convert", "-O", "raw", setup.uri, `${raw}.back`);
    assert(isEqual(Deno.readFileSync(`${raw}.back`), data));
  });

  e2e(
    `qemu-io's commands do to ${name}'s disk what they should`,
    ["qemu-io", "vblade"],
    async () => {
      await using setup = await NbdSetup.start(name, SIZE);
      const text = await setup.io(
        "write -P 1 0 1M",
        "write -f -P 2 1M 512",
        "write -z 4k 8k",
        "write -z -u -f 32k 64k",
        "flush",
        "read -P 1 0 4k",
        "read -P 0 4k 8k",
        "read -P 0 32k 64k",
        "read -P 2 1M 512",
        "discard 512k 256k",
        "aio_write -P 3 2M 2M",
        "aio_write -P 4 5M 2M",
        "aio_flush",
        "read -P 3 2M 2M",
        "read -P 4 5M 2M",
      );
      assert(!/failed|error/i.test(text), text);
      const bytes = setup.image.read();
      for (
        const [at, value] of [[0, 1], [MIB, 2], [4096, 0], [32768, 0], [2 * MIB, 3], [
          7 * MIB - 1,
          4,
        ]]
      ) {
        assertEquals(bytes[at ?? 0], value, `${at}`);
      }
      assertEquals(bytes[512 * 1024], name === "dblade" ? 0 : 1, "vblade knows no TRIM");
    },
  );

  e2e(`nbdkit passes ${name}'s disk on`, ["nbdkit", "nbdcopy", "vblade"], async () => {
    await using setup = await NbdSetup.start(name, 8 * MIB);
    const from = `${setup.image.folder}/from`;
    const data = pattern(8 * MIB, 9);
    Deno.writeFileSync(from, data);
    const socket = `socket=${NbdSetup.socket(setup.image)}`;
    await setup.run("nbdkit", "-U", "-", "nbd", socket, "--run", `nbdcopy ${from} "$uri"`);
    assert(isEqual(setup.image.read(), data));
  });
}

e2e("a file whose end is no whole sector is refused, not rounded", ["nbdcopy"], async () => {
  await using setup = await NbdSetup.start("dblade", MIB);
  const from = `${setup.image.folder}/from`;
  Deno.writeFileSync(from, pattern(1000, 9));
  await assertRejects(() => setup.run("nbdcopy", from, setup.uri), Error, "Invalid argument");
});

for (
  const [what, options] of [
    ["--read-only", { args: ["--read-only"] }],
    ["a read-only export", { targetArgs: ["-r"] }],
  ] as const
) {
  e2e(`with ${what} clients are told, and refused`, ["qemu-io", "nbdinfo"], async () => {
    await using setup = await NbdSetup.start("dblade", MIB, {
      args: "args" in options ? options.args : [],
      targetArgs: "targetArgs" in options ? [...options.targetArgs] : [],
    });
    assertStringIncludes(setup.server.line, "read-only");
    assertStringIncludes(await setup.run("nbdinfo", setup.uri), "is_read_only: true");
    await assertRejects(() => setup.io("write 0 512"), Error, "Permission denied");
    await setup.run("qemu-io", "-r", "-f", "raw", "-c", "read -P 0 0 1M", setup.uri);
    assert(setup.image.read().every((byte) => byte === 0));
  });
}

e2e(
  "a write that the target refuses is an error, and the server goes on",
  ["qemu-io", "vblade"],
  async () => {
    await using setup = await NbdSetup.start("vblade", MIB, { targetArgs: ["-r"] });
    const text = await setup.io("write 0 512", "read -P 0 0 512").catch((error) => `${error}`);
    assertMatch(text, /write failed: Input\/output error/);
    assertStringIncludes(text, "read 512/512");
    await setup.server.logged("aborted");
  },
);

e2e("jumbo frames carry the same, over TCP of both kinds too", ["nbdcopy"], async () => {
  await using setup = await NbdSetup.start("dblade", SIZE, { mtu: 9000 });
  const data = pattern(SIZE, 77);
  const [from, to] = [`${setup.image.folder}/from`, `${setup.image.folder}/to`];
  Deno.writeFileSync(from, data);
  await setup.run("nbdcopy", from, setup.uri);
  assert(isEqual(setup.image.read(), data));
  for (const host of ["127.0.0.1", "[::1]"]) {
    const line = nbdCommand(["e0.0", "--listen", `tcp:${host}:10809`], [
      `--allow-net=${host}:10809`,
    ]);
    await using server = await TargetProcess.startCommand(setup.wire.initiator, line);
    assertStringIncludes(server.line, `is served on tcp:${host}:10809`);
    const enter = ["ip", "netns", "exec", setup.wire.initiator];
    await setup.run(...enter, "nbdcopy", `nbd://${host}`, to);
    assert(isEqual(Deno.readFileSync(to), data));
  }
});
