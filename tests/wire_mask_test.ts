/**
 * Command 2: the mask header and its directives.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  Directive,
  DIRECTIVE_SIZE,
  MASK_HEADER_SIZE,
  MaskCommand,
  MaskError,
  MaskFrame,
  MASKS_MAX,
} from "../lib/wire/mask.ts";
import { assertWritten, staleView, type Written } from "./stale_memory.ts";

const COMMON = "02005e1000ff 02fc00aa0001 88a2 10 00 0102 03 02 8a1b2c3d";
const TWO = "00 01 02005e100001 77 02 80fffffffffe";

Deno.test("MaskFrame has the sizes and codes of AoEr11", () => {
  assertEquals([MASK_HEADER_SIZE, DIRECTIVE_SIZE, MASKS_MAX], [28, 8, 255]);
  assertEquals({ ...MaskCommand }, { READ: 0, EDIT: 1 });
  assertEquals({ ...Directive }, { NOP: 0, ADD: 1, DELETE: 2 });
  assertEquals({ ...MaskError }, { NONE: 0, UNSPECIFIED: 1, BAD_DIRECTIVE: 2, LIST_FULL: 3 });
});

Deno.test("MaskFrame reads the fields of an edit", () => {
  const mask = new MaskFrame(staleView(64, `${COMMON} 00 01 03 02 ${TWO}`));
  assertEquals(mask.maskCommand, MaskCommand.EDIT);
  assertEquals(mask.maskError, MaskError.LIST_FULL);
  assertEquals(mask.count, 2);
  assertEquals([mask.directive(0), mask.mac(0)], [Directive.ADD, 0x02005e100001]);
  assertEquals([mask.directive(1), mask.mac(1)], [Directive.DELETE, 0x80fffffffffe]);
});

const SETTERS: readonly [name: string, set: (mask: MaskFrame) => void, written: Written][] = [
  ["maskCommand", (mask) => mask.maskCommand = 1, [25, "01"]],
  // The reserved byte goes out with every reply, and every reply sets the error.
  ["maskError (with the reserved byte)", (mask) => mask.maskError = 2, [26, "02"]],
  ["count", (mask) => mask.count = 255, [27, "ff"]],
  [
    "setDirective(0)",
    (mask) => mask.setDirective(0, 1, 0x02005e100001),
    [28, "00 01 02005e100001"],
  ],
  [
    "setDirective(2)",
    (mask) => mask.setDirective(2, 2, 0x80fffffffffe),
    [44, "00 02 80fffffffffe"],
  ],
];
for (const [name, set, written] of SETTERS) {
  Deno.test(`MaskFrame.${name} writes its bytes and no other`, () => {
    const view = staleView(64);
    set(new MaskFrame(view));
    const more: readonly Written[] = name.startsWith("maskError") ? [[24, "00"]] : [];
    assertWritten(view, written, ...more);
  });
}

Deno.test("MaskFrame.fits() wants 28 bytes", () => {
  const mask = new MaskFrame(staleView(64));
  assertEquals([24, 27, 28, 60].map((size) => mask.fits(size)), [false, false, true, true]);
});

for (
  const [count, size, fits] of [
    [0, 28, true],
    [1, 35, false],
    [1, 36, true],
    [4, 60, true],
    [5, 60, false],
    [255, 2067, false],
    [255, 2068, true],
  ] as const
) {
  Deno.test(`MaskFrame.directivesFit() says ${fits} of ${count} in ${size} bytes`, () => {
    const mask = new MaskFrame(staleView(64));
    mask.count = count;
    assertEquals(mask.directivesFit(size), fits);
  });
}

Deno.test("MaskFrame reaches directive 254 at the end of its memory", () => {
  const view = staleView(2068);
  const mask = new MaskFrame(view);
  mask.setDirective(254, Directive.NOP, 0x02005e1000ff);
  assertWritten(view, [2060, "00 00 02005e1000ff"]);
  assertEquals([mask.directive(254), mask.mac(254)], [Directive.NOP, 0x02005e1000ff]);
});
