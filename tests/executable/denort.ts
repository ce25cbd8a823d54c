/**
 * A Deno and a runtime that fit each other, out of npm: FOR CHECKING ONLY, on machines that do not
 * reach dl.deno.land. Releases are made with the runtime that Deno itself downloads.
 *
 * npm has Deno, but not the runtime, denort. It has a program, though, that somebody made with
 * `deno compile` of 2.6.10: its front part is the denort of that version, and what follows, the
 * program's own files, says in its last eight bytes how long it is. Deno 2.6.8 takes that denort.
 *
 * @module
 */
import type { Tools } from "./compile.ts";
import { NotOnNpmError, npmFile } from "./npm_file.ts";

const DENO_VERSION = "2.6.8";
const SIZE_SIZE = 8;

const DENO = {
  name: "@deno/linux-x64-glibc",
  version: DENO_VERSION,
  path: "package/deno",
  sha256: "8b254e08be2565f608a06bfde3f62f3aabbf8994712f0078c7a7f24bc8c46676",
};
const DENORT = {
  name: "@mcp-stress/linux-x64",
  version: "0.2.1",
  path: "package/bin/mcp-stress",
  part: frontOf,
  sha256: "1b136202dc147212ad0b129de0c10eb5f17060917c9754c7921cd68f764ad2e2",
};

function frontOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const end = bytes.length - SIZE_SIZE;
  const behind = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(end, true));
  return bytes.subarray(0, Math.max(0, bytes.length - behind));
}

/** Finds both; throws {@linkcode NotOnNpmError} where npm does not have them. */
export async function checkingTools(): Promise<Tools> {
  if (Deno.build.arch !== "x86_64") {
    throw new NotOnNpmError(`npm has no runtime for ${Deno.build.arch} that is known of`);
  }
  const [deno, denort] = await Promise.all([npmFile(DENO), npmFile(DENORT)]);
  return { deno, version: DENO_VERSION, denort };
}
