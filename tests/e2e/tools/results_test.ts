/**
 * A result that cannot be written is told, and ends a command that would go on for ever.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Image } from "../image.ts";
import { Wire } from "../namespace.ts";
import { e2e } from "../requires.ts";
import { programCommand, runCommand, TargetProcess } from "../target_process.ts";

/** Each prints something, and would end by itself but for the last one. */
const COMMANDS = [
  ["--help"],
  ["--version"],
  ["man"],
  ["completions", "bash"],
  ["discover"],
  ["discover", "--json"],
  ["stat"],
  ["identify", "e0.0", "--raw"],
  ["config", "get", "e0.0"],
  ["ping", "e0.0", "--interval", "0.01"],
];

e2e("a result that cannot be written is told", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  for (const words of COMMANDS) {
    const line = programCommand(words).map((word) => `'${word}'`).join(" ");
    const enter = ["ip", "netns", "exec", wire.initiator];
    const ended = await runCommand([...enter, "sh", "-c", `exec ${line} > /dev/full`]);
    const told = "Cannot write to standard output: no space left on device (ENOSPC)";
    assertStringIncludes(ended.stderr, told, words.join(" "));
    assertEquals(ended.code, 1, words.join(" "));
  }
});
