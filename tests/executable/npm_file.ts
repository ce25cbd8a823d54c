/**
 * Single files out of npm's packages, pinned by their content and kept in the user's cache.
 *
 * @module
 */

/** A file in a package. */
export interface NpmFile {
  /** The package. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** Where the file is in it. */
  readonly path: string;
  /** What is wanted of it, where that is not all. */
  readonly part?: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  /** SHA-256 of what is wanted, in hexadecimal. */
  readonly sha256: string;
}

/** npm has no such package, or no longer. */
export class NotOnNpmError extends Error {
  /** How errors of this kind are named. */
  override readonly name = "NotOnNpmError";
}

const ROOT = new URL("../../", import.meta.url).pathname;

/** $XDG_CACHE_HOME/dblade, ~/.cache/dblade, or where there is no home dist/. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME: cache = "", HOME: home = "" } = Deno.env.toObject();
  if (cache !== "") return `${cache}/dblade`;
  return home === "" ? `${ROOT}dist` : `${home}/.cache/dblade`;
}

/**
 * Path of an executable copy of the file. Throws {@linkcode NotOnNpmError} where npm does not have
 * the package; another error where npm cannot be reached or sends something else.
 */
export async function npmFile(file: NpmFile): Promise<string> {
  const folder = cacheFolder();
  const place = `${folder}/${file.sha256}`;
  if (await isKept(place, file.sha256)) return place;
  Deno.mkdirSync(folder, { recursive: true });
  const work = Deno.makeTempDirSync({ dir: folder });
  try {
    const whole = await unpack(file, work);
    const bytes = file.part?.(whole) ?? whole;
    const sum = await sha256(bytes);
    if (sum !== file.sha256) {
      throw new Error(`npm sent ${file.name}@${file.version} with other content: ${sum}`);
    }
    Deno.writeFileSync(`${work}/file`, bytes, { mode: 0o755 });
    Deno.renameSync(`${work}/file`, place);
    return place;
  } finally {
    Deno.removeSync(work, { recursive: true });
  }
}

async function isKept(place: string, sum: string): Promise<boolean> {
  try {
    return await sha256(Deno.readFileSync(place)) === sum;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function unpack(file: NpmFile, work: string): Promise<Uint8Array<ArrayBuffer>> {
  const name = `${file.name}@${file.version}`;
  const packed = await run("npm", "pack", "--loglevel=error", "--pack-destination", work, name);
  if (/\b(E404|ETARGET)\b/.test(packed.complaint)) {
    throw new NotOnNpmError(`npm does not have ${name}`);
  }
  if (!packed.success) throw new Error(`Cannot get ${name} from npm: ${packed.complaint}`);
  const archive = [...Deno.readDirSync(work)].find((entry) => entry.name.endsWith(".tgz"))?.name;
  const unpacked = await run("tar", "-xzOf", `${work}/${archive}`, file.path);
  if (!unpacked.success) throw new Error(`Cannot unpack ${name}: ${unpacked.complaint}`);
  return unpacked.output;
}

async function run(program: string, ...args: readonly string[]) {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
  }).output();
  return { success, output: stdout, complaint: new TextDecoder().decode(stderr).trim() };
}
