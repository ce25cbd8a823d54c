/**
 * A service that is measured: what is loaded is one of its exports, and somebody looks at its
 * status each second.
 *
 * @module
 */
import { permittedCommand } from "../e2e/target_process.ts";

/** So many exports there are. */
const EXPORT_COUNT = 20;
/** Size of those that nobody asks. */
const OTHER_SIZE = 2 ** 20;
/** A watcher that began before the service would give up. */
const START_MS = 1000;

/** What vblade's flags are in the file of a service. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ["-d", "direct = true"],
  ["-s", "sync = true"],
]);

/** The command line of a service whose e0.0 is `image`; its files go into `folder`. */
export function serviceCommand(
  flags: readonly string[],
  image: string,
  folder: string,
): readonly string[] {
  const lines = [
    "[server]",
    `control-socket = "${folder}/control.sock"`,
    ...exportLines(0, image),
    ...flags.flatMap((flag, index) => {
      if (flag === "-b") return [`buffers = ${flags[index + 1]}`];
      return KEYS.get(flag) ?? [];
    }),
  ];
  for (let slot = 1; slot < EXPORT_COUNT; slot++) {
    const path = `${folder}/other${slot}.img`;
    Deno.writeFileSync(path, new Uint8Array(0));
    Deno.truncateSync(path, OTHER_SIZE);
    lines.push(...exportLines(slot, path));
  }
  Deno.writeTextFileSync(`${folder}/service.toml`, lines.join("\n") + "\n");
  return ours("serve", "-c", `${folder}/service.toml`);
}

/** The command line of who looks at it each second, as a script's words. */
export function watchScript(folder: string): string {
  const words = ours("status", "--watch", "-n", "1", "--control-socket", `${folder}/control.sock`);
  return `sleep ${START_MS / 1000}; exec ${words.join(" ")} > ${folder}/watched`;
}

function exportLines(slot: number, path: string): readonly string[] {
  return ["[[export]]", "shelf = 0", `slot = ${slot}`, `path = "${path}"`, 'interfaces = "eth0"'];
}

function ours(...args: string[]): readonly string[] {
  const words = permittedCommand(args, []);
  // Below /dev Deno lets nobody write who may not do all.
  return words.map((word) => word === "--allow-ffi" ? "--allow-all" : word);
}
