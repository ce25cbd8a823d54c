/**
 * Every golden request gets its golden reply, byte by byte (tests/golden.ts).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { hex } from "./frames.ts";
import { bytesOf, exportOf, loadGolden } from "./golden.ts";

for (const golden of loadGolden()) {
  Deno.test(`golden: ${golden.title}`, async (context) => {
    const fake = exportOf(golden);
    for (const { name, section, request, reply } of golden.pairs) {
      await context.step(`${section}: ${name}`, () => {
        const expected = reply === null ? null : bytesOf(reply);
        assertEquals(hex(fake.exchange(bytesOf(request))), hex(expected));
      });
    }
  });
}

Deno.test("golden replies hold the rules of every frame", () => {
  for (const { pairs } of loadGolden()) {
    for (const { name, request, reply } of pairs) {
      if (reply === null) continue;
      const [asked, answer] = [bytesOf(request), bytesOf(reply)];
      assert(answer.length >= 60 && answer.length <= 1514, `${name}: ${answer.length} bytes`);
      assertEquals(hex(answer.slice(0, 6)), hex(asked.slice(6, 12)), name);
      assertEquals(hex(answer.slice(19, 24)), hex(asked.slice(19, 24)), name);
    }
  }
});
