/**
 * The project's own files, for the tests of the code itself.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url);

/** A file's text by its path inside the project. */
export function readText(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Names in a folder of the project. */
export function listFolder(path: string): Deno.DirEntry[] {
  return [...Deno.readDirSync(new URL(path, ROOT))];
}

/** Whether the project has the file. */
export function hasFile(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, ROOT)).isFile;
  } catch {
    return false;
  }
}

/** A source file. */
export interface Source {
  /** Path inside the project. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** All TypeScript files below the folders. */
export function sources(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) =>
    listFolder(folder + "/").flatMap(({ name, isDirectory }): readonly Source[] => {
      const path = `${folder}/${name}`;
      if (isDirectory) return sources(path);
      return name.endsWith(".ts") ? [{ path, text: readText(path) }] : [];
    })
  );
}
