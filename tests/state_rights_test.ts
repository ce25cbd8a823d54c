/**
 * A state folder, or a file in it, that the user may not use: what is said, and what to do about
 * it. Root without the capabilities that pass over permissions stands for that user.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { EMPTY_STATE, formatState } from "../lib/server/state_text.ts";
import { TemporaryFolder } from "./temporary.ts";

const NAME = "e1.2.json";
const GOOD = formatState({ state: EMPTY_STATE, givenMasks: [] });

/** What a service without more rights than others says of the folder: its outcome, and its log. */
function open(folder: TemporaryFolder): { said: string; logged: string } {
  const script = new URL("state_opened.ts", import.meta.url).pathname;
  const rights = ["--bounding-set=-dac_override,-dac_read_search"];
  const { stdout, stderr } = new Deno.Command("setpriv", {
    args: [...rights, Deno.execPath(), "run", "-A", "--no-check", script, folder.path],
    env: { NO_COLOR: "1" },
  }).outputSync();
  const [said, logged] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { said: said ?? "", logged: logged ?? "" };
}

const isRoot = Deno.uid() === 0;
const test = isRoot ? Deno.test : Deno.test.ignore;
const skipped = isRoot ? "" : " [skipped: needs root]";

for (const mode of [0o300, 0o500, 0o600]) {
  test(`a state folder of mode ${mode.toString(8)} is refused with the remedy${skipped}`, () => {
    using folder = new TemporaryFolder();
    Deno.writeTextFileSync(`${folder.path}/${NAME}`, GOOD);
    Deno.chmodSync(folder.path, mode);
    const { said } = open(folder);
    Deno.chmodSync(folder.path, 0o700);
    assertStringIncludes(said, `Cannot keep state in "${folder.path}": permission denied (EACCES)`);
    assertStringIncludes(said, `chown -R USER "${folder.path}"`);
  });
}

test(`a state file that may not be read is told once, with the remedy${skipped}`, () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/${NAME}`;
  Deno.writeTextFileSync(path, GOOD);
  Deno.chmodSync(path, 0);
  const { said, logged } = open(folder);
  assertStringIncludes(said, "permission denied (EACCES); give the folder and all files");
  assertStringIncludes(said, `chown -R USER "${folder.path}"`);
  assertStringIncludes(logged, said);
  assertEquals(logged.split(path).length - 1, 1, logged);
  assertEquals(logged.includes("It is kept as"), false);
});

test(`a lock that may not be opened is told with the remedy${skipped}`, () => {
  using folder = new TemporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/dblade.lock`, "", { mode: 0 });
  const { said } = open(folder);
  assertStringIncludes(said, `Cannot lock "${folder.path}/dblade.lock": permission denied`);
  assertStringIncludes(said, `chown -R USER "${folder.path}"`);
});

test(`a state folder that is the user's serves${skipped}`, () => {
  using folder = new TemporaryFolder();
  assertEquals(open(folder).said, "claimed");
});
