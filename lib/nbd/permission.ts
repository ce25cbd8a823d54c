/**
 * The permissions of Deno that listening takes, and the command line that gives them.
 *
 * @module
 */
import { missingOptions, type Need, unixNeeds } from "../socket/permission.ts";
import { addressText, bracketed, type ListenAddress } from "./address.ts";

/** What to tell who may not listen on `address`; undefined where all is given. */
export function permissionMessage(address: ListenAddress): string | undefined {
  const options = missingOptions(needsOf(address));
  return options === undefined
    ? undefined
    : `Cannot listen on ${addressText(address)} without permission; start it with\n  ` +
      `deno run --allow-ffi ${options} main.ts nbd ...`;
}

function needsOf(address: ListenAddress): readonly Need[] {
  if (address.kind === "unix") return unixNeeds(address.path);
  const host = `${bracketed(address.host)}:${address.port}`;
  return [{ descriptor: { name: "net", host }, option: `--allow-net=${host}` }];
}
