/**
 * The manual page has all of the table, in roff that means what it should.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { CommandSpec } from "../lib/cli/command.ts";
import { EXIT_MEANINGS } from "../lib/cli/exit.ts";
import { optionsOf } from "../lib/cli/help.ts";
import { manualPage } from "../lib/cli/man.ts";
import { escapeRoff, macro, paragraph, tagged } from "../lib/cli/roff.ts";
import { COMMANDS, SECTIONS } from "../lib/cli/table.ts";
import { EXPORT } from "../lib/cli/table/export.ts";
import { TABLES } from "../lib/config/keys.ts";
import { VERSION } from "../lib/version.ts";

const PAGE = manualPage(SECTIONS);

/** The page's words as they are read: without macros, escapes undone, blanks in place of lines. */
function plain(page: string): string {
  const lines = page.split("\n").map((line) =>
    line.replace(/^\.[A-Z]+ ?/i, "").replace(/^"|"$/g, "")
  );
  const signs: Readonly<Record<string, string>> = { aq: "'", ga: "`", ha: "^", ti: "~", dq: '"' };
  return lines.join(" ")
    .replaceAll(/\\\((..)/g, (all, sign: string) => signs[sign] ?? all)
    .replaceAll("\\&", "").replaceAll("\\-", "-").replaceAll("\\e", "\\");
}

/** The part of the page that is about a command. */
function partOf(spec: CommandSpec): string {
  const start = PAGE.indexOf(`\n.B "dblade ${escapeRoff(spec.name)} [OPTIONS]`);
  assert(start >= 0, spec.name);
  const end = PAGE.slice(start).search(/\n\.RE\n/);
  return plain(PAGE.slice(start, start + end));
}

for (const spec of COMMANDS) {
  Deno.test(`the manual page tells all that the table has of "${spec.name}"`, () => {
    const part = partOf(spec);
    // The operands and options of an export stand in a section of their own.
    const options = spec === EXPORT ? plain(PAGE) : part;
    for (const { name, help } of spec.operands) assertStringIncludes(options, `${name} ${help}`);
    for (const { name, short, value, help } of spec === EXPORT ? optionsOf(spec) : spec.options) {
      const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
      assertStringIncludes(options, `${names}${value === undefined ? "" : ` ${value}`} ${help}`);
    }
    for (const { line, does } of spec.examples) assertStringIncludes(part, `${line} ${does}`);
    for (const paragraph of spec.details ?? []) assertStringIncludes(part, paragraph);
    assertStringIncludes(part, spec.summary.slice(1));
  });
}

for (const { heading, help, keys, name } of TABLES) {
  Deno.test(`the manual page tells all keys of ${heading}`, () => {
    const start = PAGE.indexOf(macro("SS", heading));
    assert(start >= 0, heading);
    const part = plain(PAGE.slice(start, start + 4 + PAGE.slice(start + 4).search(/\n\.S[HS] /)));
    assertStringIncludes(part, help);
    for (const spec of keys) {
      if (name === "defaults") assertStringIncludes(part, spec.name);
      else assertStringIncludes(part, `${spec.name} = `);
      if (name !== "defaults") assertStringIncludes(part, `${spec.help} [${spec.fallback}]`);
    }
  });
}

Deno.test("the manual page has its sections in the usual order", () => {
  const found = [...PAGE.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title);
  assertEquals(
    found.join(", "),
    [
      "NAME, SYNOPSIS, DESCRIPTION, OPTIONS, COMMANDS, CONFIGURATION FILE, EXIT STATUS, SIGNALS",
      "ENVIRONMENT, FILES, SEE ALSO",
    ].join(", "),
  );
  for (const { title } of SECTIONS) assertStringIncludes(PAGE, `.SS "${title}"`);
  for (const [status, meaning] of EXIT_MEANINGS) {
    assertStringIncludes(plain(PAGE), `${status} ${meaning.slice(0, 1).toUpperCase()}`);
  }
});

Deno.test("the manual page tells the version and no date", () => {
  const heading = `.TH "DBLADE" "8" "" "dblade ${VERSION}" "System Manager\\(aqs Manual"`;
  assertEquals(PAGE.split("\n")[0], heading);
});

Deno.test("escapeRoff() keeps what roff would read", () => {
  assertEquals(
    escapeRoff("a\\b --c 'd' `e` ^f ~g"),
    "a\\eb \\-\\-c \\(aqd\\(aq \\(gae\\(ga \\(haf \\(tig",
  );
});

Deno.test("no text becomes a request of roff", () => {
  assertEquals(paragraph(".img is it"), [".PP", "\\&.img is it"]);
  assertEquals(paragraph("'x' is it"), [".PP", "\\(aqx\\(aq is it"]);
  // Nor where a line is broken.
  const broken = paragraph(`${"word ".repeat(14)}.img .img .img`);
  assert(broken.length > 2 && broken.slice(1).every((line) => !/^[.']/.test(line)), `${broken}`);
});

Deno.test("macro() keeps quotes, and words together", () => {
  assertEquals(macro("B", 'say "a b"'), '.B "say \\(dqa b\\(dq"');
});

Deno.test("tagged() makes one item of several paragraphs", () => {
  assertEquals(tagged("-x", "One.", "Two."), [".TP", '.B "\\-x"', "One.", ".IP", "Two."]);
});
