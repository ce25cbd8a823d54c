/**
 * `deno task executable`: makes the executable and puts it through the end-to-end tests, with those
 * that are for it alone: in a bare root folder, and against the limits of size, time and memory.
 *
 * @module
 */
import { runTests } from "../all.ts";
import { compile, CompileError, ownTools } from "./compile.ts";
import { checkingTools } from "./denort.ts";
import { NotOnNpmError } from "./npm_file.ts";
import { TARGETS } from "./runtime.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Exit status: there is no runtime to make it with. As automake and others have it. */
const SKIPPED_STATUS = 77;

const target = TARGETS.find(({ architecture }) => architecture === Deno.build.arch) ?? TARGETS[0];

/**
 * Tests that hang on the code alone, not on how it was packed, and take long. That the kernel's
 * driver and its file systems get on with the executable is seen in tests/e2e/diskless_test.ts.
 */
const OF_CODE_ALONE = [
  "linux_driver",
  "linux_guide",
  "linux_multipath",
  "linux_paths",
  "tools/config",
  "tools/contents",
  "tools/identify",
  "tools/lists",
  "tools/nbd_trouble",
  "tools/sancheck",
  "tools/transfer_loss",
  "tools/transfer_refusal",
  "tools/transfer_resume",
].map((name) => `tests/e2e/${name}_test.ts`);

/** Makes the executable with what Deno downloads, or else with what npm has. */
async function makeProgram(): Promise<void> {
  try {
    say(await compile(target, ownTools()));
  } catch (error) {
    if (!(error instanceof CompileError) || !error.lacksRuntime) throw error;
    const tools = await checkingTools();
    say(await compile(target, tools));
    say(
      `dl.deno.land cannot be reached: made with Deno ${tools.version} from npm, for checking only`,
    );
  }
}

async function main(): Promise<number> {
  try {
    await makeProgram();
  } catch (error) {
    if (error instanceof NotOnNpmError) {
      say(`The executable is not checked [skipped: ${error.message}]`);
      return SKIPPED_STATUS;
    }
    say(`Cannot make the executable: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
  Deno.env.set("DBLADE_PROGRAM", ROOT + target.output);
  return await runTests(["tests/e2e"], OF_CODE_ALONE) ? 0 : 1;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

Deno.exit(await main());
