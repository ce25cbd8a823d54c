/**
 * `dblade mask` and `dblade reserve` read and change the lists of vblade and of dblade.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatMac } from "../../../lib/wire/mac.ts";
import { macList } from "../../frames.ts";
import { command } from "../namespace.ts";
import { e2e } from "../requires.ts";
import { assertWrong, ToolRig, type WrongLine } from "./tools.ts";

const OTHER = "02:00:5e:10:00:01";

/** The MACs of the client's interfaces. */
async function ownMacs(rig: ToolRig): Promise<readonly [string, string]> {
  const macs = await Promise.all(["eth0", "eth1"].map((name) => {
    const file = `/sys/class/net/${name}/address`;
    return command("ip", "netns", "exec", rig.wire.initiator, "cat", file);
  }));
  const [one = "", two = ""] = macs.map((mac) => mac.trim());
  return [one, two];
}

function lines(...macs: readonly string[]): string {
  return macs.toSorted().map((mac) => `${mac}\n`).join("");
}

e2e("mask lists, adds, deletes and clears", [], async () => {
  await using rig = await ToolRig.open();
  const [one, two] = await ownMacs(rig);
  const mask = async (...args: readonly string[]): Promise<readonly [number, string]> => {
    const { code, stdout } = await rig.run("mask", ...args);
    return [code, stdout];
  };
  assertEquals(await mask("ls", "e0.1"), [0, ""]);
  assertEquals(await mask("add", "e0.1", one, two, OTHER), [0, lines(one, two, OTHER)]);
  assertEquals(await mask("add", "e0.1", OTHER), [0, lines(one, two, OTHER)]);
  const json = JSON.parse((await rig.run("mask", "ls", "e0.1", "--json")).stdout);
  assertEquals(json, { disk: "e0.1", macs: [one, two, OTHER].toSorted() });
  assertEquals(await mask("del", "e0.1", OTHER), [0, lines(one, two)]);
  const many = macList(150).map(formatMac);
  assertEquals(await mask("add", "e0.1", ...many), [0, lines(one, two, ...many)]);
  const full = await rig.run("mask", "add", "e0.1", ...macList(200).map(formatMac));
  assertEquals([full.code, full.stdout], [4, ""]);
  assertStringIncludes(full.stderr, "a list of at most 185 MACs here");
  assertEquals(await mask("clear", "e0.1"), [0, ""]);
  const absent = await rig.run("mask", "del", "e0.1", OTHER, one);
  assertEquals([absent.code, absent.stdout], [0, ""]);
  assertStringIncludes(absent.stderr, `${OTHER}, ${one} were not on the list of e0.1`);
});

e2e("mask add and del keep this host from being shut out", [], async () => {
  await using rig = await ToolRig.open();
  const [one, two] = await ownMacs(rig);
  const refused = await rig.run("mask", "add", "e0.1", OTHER);
  assertEquals([refused.code, refused.stdout], [2, ""]);
  for (const part of [one, two, "would no longer answer this host", "--yes"]) {
    assertStringIncludes(refused.stderr, part);
  }
  assertEquals((await rig.run("mask", "ls", "e0.1")).stdout, "");
  assertEquals((await rig.run("mask", "add", "e0.1", "eth0", one)).code, 2);
  assertEquals((await rig.run("mask", "add", "e0.1", one, "--interface", "eth0")).code, 0);
  const del = await rig.run("mask", "add", "e0.1", OTHER, "--interface", "eth0");
  assertEquals(del.code, 0, del.stderr);
  assertEquals((await rig.run("mask", "del", "e0.1", one, "--interface", "eth0")).code, 2);
  const gone = await rig.run("mask", "del", "e0.1", one, "--interface", "eth0", "--yes");
  assertEquals([gone.code, gone.stdout], [0, lines(OTHER)], gone.stderr);
  assertEquals((await rig.run("mask", "ls", "e0.1", "--timeout", "0.3")).code, 3);
});

e2e("mask works on vblade as far as that can bear it", ["vblade"], async () => {
  await using rig = await ToolRig.open();
  const [one] = await ownMacs(rig);
  const added = await rig.run("mask", "add", "e0.0", one, OTHER);
  assertEquals([added.code, added.stdout], [0, lines(one, OTHER)], added.stderr);
  const third = await rig.run("mask", "add", "e0.0", "02:00:5e:10:00:02");
  assertEquals(third.code, 2);
  assertStringIncludes(third.stderr, "overwrites MACs");
  const del = await rig.run("mask", "clear", "e0.0");
  assertEquals(del.code, 2);
  assertStringIncludes(del.stderr, "may crash");
  assertEquals((await rig.run("mask", "ls", "e0.0")).stdout, lines(one, OTHER));
  // What vblade makes of it is told.
  const forced = await rig.run("mask", "add", "e0.0", "02:00:5e:10:00:02", "--yes");
  assertEquals(forced.code, 5);
  assertStringIncludes(forced.stderr, `lacks ${OTHER}`);
});

for (const disk of ["e0.0", "e0.1"]) {
  e2e(
    `reserve lists, adds, deletes and clears the reservation of ${disk}`,
    ["vblade"],
    async () => {
      await using rig = await ToolRig.open();
      const macs = await ownMacs(rig);
      const own = disk === "e0.0" ? macs.slice(0, 1) : macs;
      const reserve = async (...args: readonly string[]): Promise<readonly [number, string]> => {
        const { code, stdout } = await rig.run("reserve", ...args);
        return [code, stdout];
      };
      assertEquals(await reserve("ls", disk), [0, ""]);
      assertEquals(await reserve("add", disk), [0, lines(...own)]);
      assertEquals(await reserve("add", disk, OTHER), [0, lines(...own, OTHER)]);
      const json = JSON.parse((await rig.run("reserve", "ls", disk, "--json")).stdout);
      assertEquals(json, { disk, macs: [...own, OTHER].toSorted() });
      assertEquals(await reserve("del", disk, OTHER), [0, lines(...own)]);
      assertEquals(await reserve("clear", disk), [0, ""]);

      const others = await rig.run("reserve", "add", disk, OTHER);
      assertEquals([others.code, others.stdout], [2, ""]);
      assertStringIncludes(others.stderr, "would be reserved for others only");
      assertEquals(await reserve("add", disk, OTHER, "--yes"), [0, lines(OTHER)]);
      for (const action of ["add", "clear"]) {
        const refused = await rig.run("reserve", action, disk);
        assertEquals([refused.code, refused.stdout], [4, ""]);
        assertStringIncludes(refused.stderr, `it is reserved for ${OTHER}; --force takes it`);
      }
      assertEquals(await reserve("add", disk, "--force"), [0, lines(...own)]);
      const absent = await rig.run("reserve", "del", disk, OTHER);
      assertEquals([absent.code, absent.stdout], [0, lines(...own)]);
      assertStringIncludes(absent.stderr, `${OTHER} was not on the list of ${disk}`);
      assertEquals(await reserve("clear", disk), [0, ""]);
    },
  );
}

e2e("reserve is changed by the interface that holds the disk", [], async () => {
  await using rig = await ToolRig.open();
  const [one, two] = await ownMacs(rig);
  for (const [own, name, other] of [[one, "eth0", "eth1"], [two, "eth1", "eth0"]] as const) {
    const held = await rig.run("reserve", "add", "e0.1", "--interface", name);
    assertEquals([held.code, held.stdout], [0, lines(own)], held.stderr);
    const refused = await rig.run("reserve", "clear", "e0.1", other);
    assertEquals([refused.code, refused.stdout], [4, ""]);
    for (const part of [`this host's own ${own} on ${name}`, `--interface ${name}`]) {
      assertStringIncludes(refused.stderr, part);
    }
    assertEquals(refused.stderr.includes("others"), false);
    // Also what reads takes the path that may.
    assertEquals((await rig.run("identify", "e0.1")).code, 0);
    const cleared = await rig.run("reserve", "clear", "e0.1");
    assertEquals([cleared.code, cleared.stdout], [0, ""], cleared.stderr);
  }
});

const WRONG: readonly WrongLine[] = [
  ["mask", 2, "followed by one of ls, add, del, clear"],
  ["mask list e0.0", 2, 'not by "list"'],
  ["mask add e0.0", 2, "Missing MAC", "dblade help mask add"],
  ["mask add e0.0 00:11:22", 2, 'MAC is "00:11:22"', "02:00:5e:10:00:ff"],
  ["mask del e0.0 ff:ff:ff:ff:ff:ff", 2, "a group address"],
  ["mask add e0.0 00:00:00:00:00:00", 2, 'MAC is "00:00:00:00:00:00"'],
  ["mask ls e0.9 --timeout 0.3", 3, "No target answers for e0.9"],
  ["reserve", 2, "followed by one of ls, add, del, clear"],
  ["reserve add", 2, "Missing DISK"],
  ["reserve del e0.0", 2, "Missing MAC"],
  ["reserve add e0.0 eth0", 2, 'MAC is "eth0"'],
  ["reserve clear e0.0 nix0", 1, '"nix0"'],
];

e2e("mask and reserve say what is wrong", ["vblade"], async (test) => {
  await using rig = await ToolRig.open();
  await assertWrong(test, rig, WRONG);
});
