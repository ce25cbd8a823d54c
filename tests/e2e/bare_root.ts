/**
 * A root folder with nothing in it but the compiled program and what it cannot do without: seven
 * libraries and /proc. The image, and a folder for the state, are mounted into it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { command } from "./namespace.ts";

/** The libraries that the program needs, as docs/executable.md has them. */
export const LIBRARIES = [
  Deno.build.arch === "aarch64" ? "ld-linux-aarch64.so.1" : "ld-linux-x86-64.so.2",
  "libc.so.6",
  "libdl.so.2",
  "libgcc_s.so.1",
  "libm.so.6",
  "libpthread.so.0",
  "librt.so.1",
];

/** The user nobody and the group nogroup. */
export const NOBODY = 65534;

/** The capability CAP_NET_RAW as /proc/PID/status shows it. */
export const CAP_NET_RAW = "0000000000002000";

/**
 * In the mount namespace that "ip netns exec" has made; root's folder, the image, the state folder.
 * What is mounted is mounted for the process alone.
 */
const MOUNT = `set -e
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount --bind "$1" "$0/disk.img"
[ -z "$2" ] || mount --bind "$2" "$0/state"
mount -o remount,bind,ro "$0"
shift 2
exec setpriv --no-new-privs capsh --chroot="$0" --keep=1 --groups= `;
const BECOME = `--gid=${NOBODY} --uid=${NOBODY} `;
const GRANT = "--caps=cap_net_raw=eip --addamb=cap_net_raw ";
const RUN = `--shell=/dblade -- "$@"`;

/** What a run in the bare root gets. */
export interface Furniture {
  /** The image, which is /disk.img in there. */
  readonly image: string;
  /** A folder that is /state in there, where there is one; it alone can be written to. */
  readonly state?: string;
  /** Whether it has CAP_NET_RAW. */
  readonly privileged?: boolean;
}

/** The folder. */
export class BareRoot implements Disposable {
  /** Its path. */
  readonly folder: string;
  /** All that is in it, as paths that begin with a slash, in order. */
  readonly files: readonly string[];

  private constructor(folder: string, files: readonly string[]) {
    this.folder = folder;
    this.files = files;
  }

  /** Makes one for the compiled `program`, with a place for the state where that is wanted. */
  static async open(program: string, options: { withState: boolean }): Promise<BareRoot> {
    const libraries = await librariesOf(program);
    assertEquals(libraries.map((path) => path.replace(/.*\//, "")).sort(), LIBRARIES);
    // In /var/tmp there is direct I/O, and a capability of a file counts.
    const folder = Deno.makeTempDirSync({ dir: "/var/tmp", prefix: "dblade-root-" });
    Deno.chmodSync(folder, 0o755);
    const files = ["/dblade", "/disk.img", "/proc", ...libraries];
    if (options.withState) files.push("/state");
    Deno.copyFileSync(program, `${folder}/dblade`);
    Deno.writeFileSync(`${folder}/disk.img`, new Uint8Array(0));
    for (const path of files) {
      if (path === "/proc" || path === "/state") Deno.mkdirSync(folder + path);
      if (!libraries.includes(path)) continue;
      Deno.mkdirSync(`${folder}${path.replace(/[^/]*$/, "")}`, { recursive: true });
      Deno.copyFileSync(path, folder + path);
    }
    return new BareRoot(folder, files.sort());
  }

  /** The command line that runs the program in there, in a network namespace, as nobody. */
  command(namespace: string, furniture: Furniture, args: readonly string[]): string[] {
    const { image, state = "", privileged = true } = furniture;
    const script = MOUNT + BECOME + (privileged ? GRANT : "") + RUN;
    return [
      ...["ip", "netns", "exec", namespace],
      ...["sh", "-c", script, this.folder, image, state, ...args],
    ];
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** Where the loader finds the libraries of a program, itself among them. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const told = await command("ldd", program);
  return [...told.matchAll(/(?:=> |^\t)(\/\S+) \(/gm)].map(([, path = ""]) => path);
}

/** All files and folders that a process sees, but for what is mounted on /proc and /state. */
export function filesSeenBy(pid: number): readonly string[] {
  const root = `/proc/${pid}/root`;
  const below = (folder: string): readonly string[] =>
    [...Deno.readDirSync(root + folder)].flatMap(({ name, isDirectory }) => {
      const path = `${folder}/${name}`;
      const isMounted = path === "/proc" || path === "/state";
      const inside = isDirectory && !isMounted ? below(path) : [];
      return inside.length > 0 ? inside : [path];
    });
  return below("").toSorted();
}

/** A field of /proc/PID/status. */
export function statusOf(pid: number, field: string): string {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${field}:`));
  return line?.slice(field.length + 1).trim() ?? "";
}
