/**
 * What the demo does and tells.
 *
 * @module
 */
import type { End, Ends } from "./ends.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const IMAGE_MIB = 64;

/** Goes through the demo; returns its exit status. */
export async function runSteps(ends: Ends, say: (line: string) => void): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "dblade-demo-" });
  try {
    const image = `${folder}/disk.img`;
    say(`1. An image of ${IMAGE_MIB} MiB: ${image}`);
    await Deno.writeFile(image, new Uint8Array(0));
    await Deno.truncate(image, IMAGE_MIB * 2 ** 20);

    const words = ["deno", "run", "--allow-ffi", "main.ts", "0", "0", ends.target.interface, image];
    say(`2. The target, on one end of a cable: ${words.join(" ")}`);
    const [, ...args] = words;
    const target = spawn(ends.target, args);
    const first = await firstLine(target);
    say(`   it says: ${first}`);
    if (!first.startsWith("pid ")) return 1;

    say("3. A client, on the other end:");
    const client = spawn(ends.client, [
      "run",
      "--allow-ffi",
      "--allow-read",
      "tests/demo/client.ts",
      ends.client.interface,
      image,
    ], "inherit");
    const { code } = await client.status;

    say("4. The target is asked to end (SIGTERM)");
    target.kill("SIGTERM");
    const status = await target.status;
    say(`   it ended with exit status ${status.code}`);
    say(code === 0 && status.code === 0 ? "All went well." : "Something went wrong.");
    return code === 0 && status.code === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Starts this very Deno on an end; `ip netns exec` becomes it, so that signals reach it. */
function spawn(end: End, args: readonly string[], stdout: "piped" | "inherit" = "piped") {
  const [program = "", ...words] = [...end.prefix, Deno.execPath(), ...args];
  return new Deno.Command(program, {
    args: words,
    cwd: ROOT,
    stdin: "null",
    stdout,
    stderr: "inherit",
    env: { DENO_NO_UPDATE_CHECK: "1" },
  }).spawn();
}

async function firstLine(process: Deno.ChildProcess): Promise<string> {
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value).trim();
}
