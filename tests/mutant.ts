/**
 * Faults planted in the sources: a copy of the program's rules with one text changed, loaded beside
 * the real ones.
 *
 * @module
 */
import { assert } from "@std/assert";
import { sources } from "./sources.ts";
import { TemporaryFolder } from "./temporary.ts";

/** One change of one file. */
export interface Fault {
  /** Path in the project, below lib/. */
  readonly file: string;
  /** What stands there, once. */
  readonly from: string;
  /** What is put in its place. */
  readonly to: string;
}

/** Loads `module`, a path below lib/, from a copy of lib/ that has the fault. */
export async function loadFaulty<Module>(fault: Fault, module: string): Promise<Module> {
  using folder = new TemporaryFolder();
  let places = 0;
  for (const { path, text } of sources("lib")) {
    const isMeant = path === fault.file;
    if (isMeant) places += text.split(fault.from).length - 1;
    const target = `${folder.path}/${path}`;
    Deno.mkdirSync(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(target, isMeant ? text.replace(fault.from, fault.to) : text);
  }
  assert(places === 1, `"${fault.from}" stands ${places} times in ${fault.file}`);
  return await import(`file://${folder.path}/${module}`);
}
