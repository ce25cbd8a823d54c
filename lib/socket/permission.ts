/**
 * The permissions of Deno that sockets take, asked for before, so that there is no question in the
 * middle, and the options that give them.
 *
 * @module
 */

/** One permission with its option. */
export interface Need {
  /** What Deno is asked for. */
  readonly descriptor: Deno.PermissionDescriptor;
  /** What gives it. */
  readonly option: string;
}

/** What it takes to open, or to go to, the socket at `path`. */
export function unixNeeds(path: string): readonly Need[] {
  return [
    { descriptor: { name: "net", host: `unix:${path}` }, option: `--allow-net=unix:${path}` },
    { descriptor: { name: "read", path }, option: `--allow-read=${path}` },
    { descriptor: { name: "write", path }, option: `--allow-write=${path}` },
  ];
}

/**
 * The options of `deno run` that give `needs`, as they are typed in a shell; undefined where all is
 * given.
 */
export function missingOptions(needs: readonly Need[]): string | undefined {
  const states = needs.map(({ descriptor, option }) => ({ option, state: stateOf(descriptor) }));
  if (states.every(({ state }) => state !== "missing")) return undefined;
  // All, because they stand in one command line.
  return states.flatMap(({ state, option }) => state === "none" ? [] : [quoted(option)]).join(" ");
}

function stateOf(descriptor: Deno.PermissionDescriptor): "granted" | "missing" | "none" {
  try {
    return Deno.permissions.querySync(descriptor).state === "granted" ? "granted" : "missing";
  } catch (error) {
    // Deno 2.6 has no network permission for sockets in the file system, and takes the path for a
    // port.
    if (error instanceof URIError) return "none";
    throw error;
  }
}

function quoted(option: string): string {
  return /[^\w\-=.,:/[\]]/.test(option) ? `'${option}'` : option;
}
