/**
 * The demo: two network ends joined by a virtual cable, the real program on one, an initiator on
 * the other, and an account of each step. As root the ends are two network namespaces; else both
 * lie in one namespace of the user's own.
 *
 * @module
 */
import { Ends, tool } from "./ends.ts";
import { runSteps } from "./steps.ts";

/** The word that tells the second process of an unprivileged demo that it is inside. */
const INSIDE = "inside";

async function main(): Promise<number> {
  const isInside = Deno.args[0] === INSIDE;
  const needed = [["ip", "iproute2"], ...(Deno.uid() === 0 ? [] : [["unshare", "util-linux"]])];
  for (const [program = "", name = ""] of needed) {
    if (await tool(program)) continue;
    say(`The demo needs "${program}": install the package ${name} (apt-get install ${name})`);
    return 1;
  }
  if (Deno.uid() !== 0 && !isInside) return await runInside();
  await using ends = await Ends.open(isInside ? "shared" : "separate");
  return await runSteps(ends, say);
}

/** Starts the demo again as the root of a user and network namespace of its own. */
async function runInside(): Promise<number> {
  const script = new URL(import.meta.url).pathname;
  const words = ["-rn", Deno.execPath(), "run", "-A", script, INSIDE];
  const { code } = await new Deno.Command("unshare", { args: words }).spawn().status;
  if (code !== 0) {
    say("Unprivileged namespaces may be switched off here: run the demo as root then");
  }
  return code;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

try {
  Deno.exit(await main());
} catch (error) {
  say(`The demo cannot go on: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
