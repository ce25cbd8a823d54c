/**
 * Test files that run side by side: none is left out, and none that fails is overlooked.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ALONE, jobsOf, LONG, testFiles } from "./side_by_side.ts";
import { TemporaryFolder } from "./temporary.ts";

/** A test that passes where it runs at the same time as the one that makes the other file. */
function meeting(own: string, other: string): string {
  return `Deno.test("meets", async () => {
    Deno.writeTextFileSync("${own}", "");
    for (let wait = 0; wait < 600; wait++) {
      try {
        return void Deno.statSync("${other}");
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error("it runs by itself");
  });`;
}

Deno.test("every test file is run once", () => {
  const files = testFiles("tests");
  const run = jobsOf(files).flatMap((job) => job.files);
  assertEquals(run.toSorted(), files.toSorted());
  assertEquals([...LONG, ...ALONE].filter((file) => !files.includes(file)), []);
});

Deno.test("files run side by side, and what fails is told", async () => {
  using folder = new TemporaryFolder();
  const { path } = folder;
  const texts = {
    one: meeting(`${path}/one`, `${path}/other`),
    other: meeting(`${path}/other`, `${path}/one`),
    bad: `Deno.test("good", () => {}); Deno.test("bad", () => { throw new Error("bad"); });`,
    skipped: `Deno.test.ignore("skipped", () => {});`,
    broken: `throw new Error("broken");`,
  };
  const module = new URL("side_by_side.ts", import.meta.url).href;
  const files = Object.entries(texts).map(([name, text]) => {
    Deno.writeTextFileSync(`${path}/${name}_test.ts`, text);
    return [`${path}/${name}_test.ts`];
  });
  const script = `import { runSideBySide } from "${module}";
    const jobs = ${JSON.stringify(files)}.map((files) => ({ files, isBusy: false }));
    const outcomes = await runSideBySide(jobs, jobs.length);
    const told = outcomes.map(({ job, isGood, passedCount, skippedCount }) =>
      [job.files[0].split("/").at(-1).split("_")[0], isGood, passedCount, skippedCount]);
    Deno.writeTextFileSync("${path}/told", JSON.stringify(told.sort()));`;
  Deno.writeTextFileSync(`${path}/script.ts`, script);
  const args = ["run", "-A", "--no-check", `${path}/script.ts`];
  await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  assertEquals(JSON.parse(Deno.readTextFileSync(`${path}/told`)), [
    ["bad", false, 1, 0],
    ["broken", false, 0, 0],
    ["one", true, 1, 0],
    ["other", true, 1, 0],
    ["skipped", true, 0, 1],
  ]);
});
