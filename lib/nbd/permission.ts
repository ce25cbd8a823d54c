/**
 * The permissions of Deno that listening takes, asked for before, so that there is no question in
 * the middle, and the command line that gives them.
 *
 * @module
 */
import { addressText, bracketed, type ListenAddress } from "./address.ts";

/** One permission with its option. */
interface Need {
  readonly descriptor: Deno.PermissionDescriptor;
  readonly option: string;
}

function needsOf(address: ListenAddress): readonly Need[] {
  if (address.kind === "tcp") {
    const host = `${bracketed(address.host)}:${address.port}`;
    return [{ descriptor: { name: "net", host }, option: `--allow-net=${host}` }];
  }
  const { path } = address;
  return [
    // The socket is opened, made its owner's alone, and removed.
    { descriptor: { name: "net", host: `unix:${path}` }, option: `--allow-net=unix:${path}` },
    { descriptor: { name: "read", path }, option: `--allow-read=${path}` },
    { descriptor: { name: "write", path }, option: `--allow-write=${path}` },
  ];
}

/** Options of `deno run` without which `address` cannot be listened on; none where all is given. */
export function missingPermissions(address: ListenAddress): readonly string[] {
  const needs = needsOf(address).map(({ descriptor, option }) => ({
    option,
    state: stateOf(descriptor),
  }));
  const isComplete = needs.every(({ state }) => state !== "missing");
  // All, because they stand in one command line.
  return isComplete ? [] : needs.flatMap(({ state, option }) => state === "none" ? [] : [option]);
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

/** What to tell who lacks `options`. */
export function permissionMessage(address: ListenAddress, options: readonly string[]): string {
  const words = options.map((option) => /[^\w\-=.,:/[\]]/.test(option) ? `'${option}'` : option);
  return `Cannot listen on ${addressText(address)} without permission; start it with\n  ` +
    `deno run --allow-ffi ${words.join(" ")} main.ts nbd ...`;
}
