/**
 * The reference as an oracle: the same frames go to Debian's vblade and to the program, and what
 * comes back means the same, but for the exceptions that are listed with their reasons in
 * docs/protocol.md, "Where vblade answers otherwise".
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { EXCEPTION_NAMES } from "../reference/exceptions.ts";
import { GROUPS } from "../reference/groups.ts";
import { judgeGroup } from "../reference/judge.ts";
import { INITIATOR_MTU, play, prepare } from "../reference/play.ts";
import { Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";

e2e("what vblade answers is answered, but for what is listed", ["vblade"], async (test) => {
  await using wire = await Wire.open(INITIATOR_MTU);
  await prepare(wire);
  const shown = new Set<string>();
  for (const group of GROUPS) {
    await test.step(group.name, async () => {
      const vblade = await play(wire, "vblade", group);
      const dblade = await play(wire, "dblade", group);
      const judgement = judgeGroup(group, vblade, dblade);
      for (const name of judgement.shown) shown.add(name);
      assertEquals(judgement.problems, []);
    });
  }
  await test.step("every listed exception shows", () => {
    assertEquals(EXCEPTION_NAMES.filter((name) => !shown.has(name)), []);
  });
});
