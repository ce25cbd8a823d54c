/**
 * The manual page in the programs that show it.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../../lib/cli/table.ts";
import { TemporaryFolder } from "../../temporary.ts";
import { e2e } from "../requires.ts";
import { runCommand, runProgram } from "../target_process.ts";

async function manualPage(folder: TemporaryFolder): Promise<string> {
  const { code, stdout, stderr } = await runProgram(["man"]);
  assertEquals([code, stderr], [0, ""]);
  const path = `${folder.path}/dblade.8`;
  Deno.writeTextFileSync(path, stdout);
  return path;
}

e2e("mandoc finds nothing wrong with the manual page", ["mandoc"], async () => {
  using folder = new TemporaryFolder();
  const page = await manualPage(folder);
  const { stdout } = await runCommand(["mandoc", "-T", "lint", page]);
  const lines = stdout.split("\n").filter((line) => line !== "");
  // There is none, so that the same sources make the same page.
  const found = lines.filter((line) => !line.endsWith('WARNING: missing date, using "": TH'));
  assertEquals(found, []);
});

e2e("groff shows the manual page without complaint", ["groff"], async () => {
  using folder = new TemporaryFolder();
  const page = await manualPage(folder);
  const { code, stdout, stderr } = await runCommand(["groff", "-man", "-Tutf8", "-ww", page]);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "dblade - ATA over Ethernet target and tools");
});

e2e("man shows the manual page from the program's output", ["man"], async () => {
  using folder = new TemporaryFolder();
  const page = await manualPage(folder);
  const script = `MANWIDTH=200 MANPAGER=cat man -l <(cat ${page})`;
  const { code, stdout } = await runCommand(["bash", "-c", script]);
  assertEquals(code, 0);
  for (const { name } of COMMANDS) assertStringIncludes(stdout, `dblade ${name} [OPTIONS]`);
});
