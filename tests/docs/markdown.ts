/**
 * Markdown in the format of `deno fmt`.
 *
 * @module
 */

/** The folder of the project. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

/** Text as it stands, such as an example. */
export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Text with nothing in it that Markdown would read as a sign. */
export function escape(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|#]/g, "\\$&");
}

/** The text as `deno fmt` leaves it. */
export async function format(text: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", "md", "-"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout, stderr } = await process.output();
  const [formatted = "", told = ""] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  if (!success) throw new Error(`deno fmt: ${told}`);
  return formatted;
}
