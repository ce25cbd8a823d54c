/**
 * A folder of caches (DENO_DIR) besides the user's own: one Deno empties what another version or
 * another architecture has left there.
 *
 * @module
 */

/** Fills `folder` with npm's packages alone, those that the present Deno has. */
export function fillDenoDir(folder: string): void {
  const info = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout));
  Deno.symlinkSync(npmCache, `${folder}/npm`);
}
