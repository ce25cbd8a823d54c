/**
 * A folder of caches (DENO_DIR) besides the user's own: one Deno empties what another version or
 * another architecture has left there.
 *
 * @module
 */

/** Fills `folder` with what the present Deno has of npm's packages and of esbuild, and no more. */
export function fillDenoDir(folder: string): void {
  const info = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  const { denoDir, npmCache } = JSON.parse(new TextDecoder().decode(info.stdout));
  Deno.symlinkSync(npmCache, `${folder}/npm`);
  Deno.mkdirSync(`${folder}/dl`);
  for (const name of namesIn(`${denoDir}/dl`)) {
    if (name.startsWith("esbuild")) {
      Deno.symlinkSync(`${denoDir}/dl/${name}`, `${folder}/dl/${name}`);
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
