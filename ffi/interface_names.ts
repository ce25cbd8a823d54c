/**
 * The names of all network interfaces (if_nameindex(3)).
 *
 * @module
 */
import { IF_NAMEINDEX } from "./abi.ts";
import { errno, libc } from "./libc.ts";
import { systemError } from "./errno.ts";

/** The names, in the kernel's order; throws {@linkcode SystemError}. */
export function interfaceNames(): readonly string[] {
  const list = libc().if_nameindex();
  if (list === null) throw systemError("Cannot list the interfaces", "if_nameindex", errno());
  try {
    return readNames(new Deno.UnsafePointerView(list));
  } finally {
    libc().if_freenameindex(list);
  }
}

/** The list ends with an index of 0. */
function readNames(list: Deno.UnsafePointerView): readonly string[] {
  const names: string[] = [];
  for (let at = 0; list.getUint32(at) !== 0; at += IF_NAMEINDEX.SIZE) {
    const name = list.getPointer(at + IF_NAMEINDEX.NAME);
    if (name !== null) names.push(new Deno.UnsafePointerView(name).getCString());
  }
  return names;
}
