/**
 * The docs are held against the program: options, defaults, files and tests that they name.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXPORT_OPTIONS } from "../lib/cli/table/export.ts";
import { newPortCounts } from "../lib/engine/port_counts.ts";
import { VERSION } from "../lib/version.ts";
import { EXCEPTION_NAMES, EXCEPTIONS } from "./reference/exceptions.ts";
import { REFERENCE, reference } from "./docs/commands.ts";
import { CONFIG_REFERENCE, configReference } from "./docs/service_config.ts";
import { FakeExport } from "./fake_export.ts";
import { hasFile, listFolder, readText } from "./sources.ts";

const DOCS = [
  "README.md",
  "docs/commands.md",
  "docs/design.md",
  "docs/executable.md",
  "docs/protocol.md",
  "docs/running.md",
  "docs/service.md",
  "docs/service-config.md",
  "docs/tools.md",
  "docs/diskless.md",
  "docs/linux.md",
  "docs/nbd.md",
  "docs/performance.md",
] as const;

Deno.test("README's table has every option, with its short form, and no other", () => {
  const rows = readText("README.md").split("\n").filter((line) => /^\|.*`--/.test(line));
  const told = rows.map((row) => {
    const [, short = "", long = ""] = row.split("|").map((cell) => cell.trim());
    return [short.match(/-(\w)/)?.[1], long.match(/--([\w-]+)/)?.[1]];
  });
  assertEquals(told, EXPORT_OPTIONS.map(({ short, name }) => [short, name]));
});

Deno.test("README's defaults are those of the help", () => {
  const readme = readText("README.md");
  for (const { name, help } of EXPORT_OPTIONS) {
    const value = /\[(\w+)\]$/.exec(help)?.[1];
    if (value === undefined) continue;
    const row = readme.split("\n").find((line) => line.includes(`\`--${name} `)) ?? "";
    assertEquals(row.split("|").at(-2)?.trim().startsWith(value), true, name);
  }
});

Deno.test("every file that the docs link to or name is there", () => {
  for (const doc of DOCS) {
    const text = readText(doc);
    const folder = doc.includes("/") ? "docs/" : "";
    for (const [, path = ""] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
      assert(hasFile(folder + path), `${doc} links to ${path}`);
    }
    for (const [path] of text.matchAll(/\b(?:tests|lib|ffi)\/[\w/]+\.ts\b/g)) {
      assert(hasFile(path), `${doc} names ${path}`);
    }
  }
});

Deno.test("every row of the support table names a test", () => {
  const table = readText("docs/protocol.md").split("## Support")[1]?.split("\n## ")[0] ?? "";
  const rows = table.split("\n").filter((line) => line.startsWith("|")).slice(2);
  assert(rows.length >= 40);
  for (const row of rows) {
    const cells = row.split("|").map((cell) => cell.trim()).slice(1, -1);
    assertEquals(cells.length, 4, row);
    assert(/`\w[\w/]*_test(?:\.ts)?`/.test(cells[3] ?? ""), row);
    for (const [, name = ""] of (cells[3] ?? "").matchAll(/`([\w/]+_test)`/g)) {
      assert(hasFile(`tests/${name}.ts`), `${name} in ${row}`);
    }
  }
});

Deno.test("docs/protocol.md lists every exception from vblade's answers, word for word", () => {
  const section = readText("docs/protocol.md").split("## Where vblade answers otherwise")[1] ?? "";
  const rows = section.split("\n## ")[0]?.split("\n").filter((line) => line.startsWith("|")) ?? [];
  const told = rows.slice(2).map((row) => row.split("|").map((cell) => cell.trim()).slice(1, -1));
  const listed = EXCEPTION_NAMES.map((name) => {
    const { vblade, dblade, because } = EXCEPTIONS[name];
    return [name, vblade, dblade, because];
  });
  assertEquals(told, listed);
});

Deno.test("docs/design.md names every folder of lib/", () => {
  const text = readText("docs/design.md");
  for (const { name, isDirectory } of listFolder("lib/")) {
    if (isDirectory) assertStringIncludes(text, `${name}/ `);
  }
});

Deno.test("README's commands name tasks that exist, and the pinned Deno", () => {
  const { tasks } = JSON.parse(readText("deno.json"));
  const readme = readText("README.md");
  for (const [, task = ""] of readme.matchAll(/deno(?:@[\d.]+)? task (\w+)/g)) {
    assert(task in tasks, task);
  }
  const pinned = /deno@([\d.]+)/.exec(readText(".ci/run"))?.[1];
  assert([...readme.matchAll(/deno@([\d.]+)/g)].every(([, version]) => version === pinned));
});

Deno.test("CHANGELOG.md has the present version", () => {
  assertStringIncludes(readText("CHANGELOG.md"), `## ${VERSION} `);
});

Deno.test("docs/running.md explains every counter, and no other", () => {
  const text = readText("docs/running.md").split("## The counters")[1] ?? "";
  const told = [...text.matchAll(/^\| `(\w+)`/gm)].map(([, name = ""]) => name);
  const { counts, disk } = new FakeExport().target;
  const all = [counts, disk.counts, newPortCounts()].flatMap((some) => Object.keys(some));
  assertEquals(told.toSorted(), all.toSorted());
});

Deno.test("docs/commands.md is what the table says; `deno task docs` makes it so", async () => {
  assertEquals(readText(REFERENCE), await reference());
});

Deno.test("docs/service-config.md is what the keys' table says", async () => {
  assertEquals(readText(CONFIG_REFERENCE), await configReference());
});
