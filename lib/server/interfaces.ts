/**
 * Which interfaces an export is served on: named ones, those that match a pattern, or all that
 * carry Ethernet.
 *
 * @module
 */
import { interfaceNames } from "../../ffi/interface_names.ts";
import { InterfaceQuery, type InterfaceState } from "../../ffi/net_interface.ts";
import { isPattern, matchesGlob } from "../glob.ts";

/**
 * Whether an export with that list is served on the interface `name` as it stands. An empty list
 * means all Ethernet interfaces that are up; the loopback interface must be named as it is.
 */
export function isWanted(
  patterns: readonly string[],
  name: string,
  state: InterfaceState,
): boolean {
  if (patterns.includes(name)) return state.kind !== "other";
  if (state.kind !== "ethernet") return false;
  if (patterns.length === 0) return state.up;
  return patterns.some((pattern) => matchesGlob(pattern, name));
}

/** Names of all interfaces that exports with these lists may be served on. */
export function candidates(lists: readonly (readonly string[])[]): ReadonlySet<string> {
  const names = new Set(interfaceNames());
  for (const list of lists) {
    for (const name of list) if (!isPattern(name)) names.add(name);
  }
  return names;
}

/** Whether the list names the port's interface by another name of it. */
export function hasAlias(interfaces: readonly string[], port: { readonly index: number }): boolean {
  if (interfaces.length === 0) return false;
  using query = InterfaceQuery.open();
  return interfaces.some((name) => query.ask(name)?.index === port.index);
}
