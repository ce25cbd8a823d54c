/**
 * `dblade identify` tells what a disk says of itself, in each of its forms.
 *
 * @module
 */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Opcode } from "../../../lib/ata/command.ts";
import { identifySections } from "../../../lib/ata/identify_facts.ts";
import { IdentifyWords } from "../../../lib/ata/identify_words.ts";
import { Initiator } from "../../../lib/client/initiator.ts";
import { DiskError } from "../../../lib/client/target_error.ts";
import { Image } from "../image.ts";
import { inNamespace } from "../namespace.ts";
import { programCommand } from "../target_process.ts";
import { e2e } from "../requires.ts";
import {
  assertWrong,
  DBLADE_SIZE,
  startVblade,
  ToolRig,
  VBLADE_SIZE,
  type WrongLine,
} from "./tools.ts";

for (
  const [disk, model, bytes, integrity] of [
    ["e0.0", "Coraid EtherDrive vblade", VBLADE_SIZE, null],
    ["e0.1", "dblade", DBLADE_SIZE, true],
  ] as const
) {
  e2e(`identify tells what the disk of ${model} says`, ["vblade"], async () => {
    await using rig = await ToolRig.open();
    const json = await rig.run("identify", disk, "--json");
    assertEquals(json.code, 0, json.stderr);
    const told = JSON.parse(json.stdout);
    assertEquals([told.disk, told.names.model, told.size.bytes], [disk, model, bytes]);
    assertEquals([told.names.swapped, told.standard.integrity], [true, integrity]);
    assertEquals(told.paths.length, disk === "e0.0" ? 1 : 2);
    assertEquals(told.words.length, 256);
    assertEquals(told.otherWords, []);
    const lba48 = told.features.find(({ name }: { name: string }) => name === "48-bit addresses");
    assertEquals(lba48, {
      word: 83,
      bit: 10,
      name: "48-bit addresses",
      supported: true,
      enabled: true,
    });

    const text = await rig.run("identify", disk);
    const bits = new IdentifyWords(new Uint8Array(512));
    for (const { title, facts } of identifySections(bits)) {
      assertStringIncludes(text.stdout, `${title}\n`);
      for (const { label } of facts.filter(({ key }) => key !== "product" && key !== "medium")) {
        assertStringIncludes(text.stdout, `  ${label} `);
      }
    }
    assertStringIncludes(text.stdout, `  ${bytes} (${bytes / 2 ** 20} MiB)`.trim());

    const words = (await rig.run("identify", disk, "--words")).stdout;
    const digits = [...words.matchAll(/ ([0-9a-f]{4})\b/g)].map(([, word = ""]) => word);
    assertEquals(digits.map((word) => Number.parseInt(word, 16)), told.words);

    const raw = new Deno.Command("ip", {
      args: ["netns", "exec", rig.wire.initiator, ...programCommand(["identify", disk, "--raw"])],
    });
    const { stdout } = await raw.output();
    assertEquals(stdout.length, 512);
    assertEquals([...new Uint16Array(stdout.buffer, stdout.byteOffset, 256)], told.words);
  });
}

const WRONG: readonly WrongLine[] = [
  ["identify", 2, "Missing DISK", "dblade help identify"],
  ["identify disk.img", 2, '"disk.img" is no address of a disk', "e0.0"],
  ["identify e0.0 --raw --words", 2, "--raw and --words are two forms"],
  ["identify e0.0 --jsn", 2, '"--json"?'],
  ["identify e0.5 --timeout 0.3", 3, "No target answers for e0.5", "e0.0, e0.1"],
  ["identify e0.0 eth1 --timeout 0.3", 3, "on eth1", "There are: e0.1"],
];

e2e("identify says what is wrong", ["vblade"], async (test) => {
  await using rig = await ToolRig.open();
  await assertWrong(test, rig, WRONG);
});

e2e("a command about one disk refuses two behind one address", ["vblade"], async (test) => {
  await using rig = await ToolRig.open();
  using image = new Image(7 * 2 ** 20);
  await using _second = await startVblade(rig.wire, "eth1", image.path);
  for (const words of ["identify", "config get", "mask ls", "reserve ls", "reserve clear"]) {
    await test.step(words, async () => {
      const both = await rig.run(...words.split(" "), "e0.0");
      assertEquals([both.code, both.stdout], [5, ""]);
      assertStringIncludes(both.stderr, "served by different disks");
      assertStringIncludes(both.stderr, "--mac");
      assertMatch(both.stderr, /vblade" 3 MiB, serial \S+ \(\S+ on eth0\) and "[^"]+" 7 MiB/);
      const [, mac = ""] = /([0-9a-f:]{17}) on eth1/.exec(both.stderr) ?? [];
      assertEquals((await rig.run(...words.split(" "), "e0.0", "--mac", mac)).code, 0);
      assertEquals((await rig.run(...words.split(" "), "e0.0", "eth0")).code, 0);
    });
  }
  // dblade itself stays away from an address that is taken.
  const third = await rig.run("export", "0", "0", "eth0", image.path);
  assertEquals(third.code, 1);
  assertStringIncludes(third.stderr, "answers for that address already");
});

e2e("a flush is done by the command that the target knows", ["vblade"], async () => {
  await using rig = await ToolRig.open();
  using initiator = inNamespace(rig.wire.initiator, () => Initiator.open("eth0"));
  for (const slot of [0, 1]) {
    const device = await initiator.find(0, slot);
    await initiator.flush(device);
  }
  const vblade = await initiator.find(0, 0);
  const ext = () => initiator.ata(vblade, { opcode: Opcode.FLUSH_EXT });
  await assertRejects(ext, DiskError, "aborted");
});
