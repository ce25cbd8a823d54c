/**
 * Which interfaces there are, and whether one can be used.
 *
 * @module
 */
import { interfaceNames } from "../../ffi/interface_names.ts";
import { InterfaceQuery, type InterfaceState } from "../../ffi/net_interface.ts";
import { SystemError } from "../error.ts";

/** The state of the interface `name`; throws where there is none, or none for Ethernet frames. */
export function askInterface(name: string): InterfaceState {
  using query = InterfaceQuery.open();
  const state = query.ask(name);
  if (state === undefined) {
    throw cannotUse(name, 'there is no such interface; "ip link" lists them');
  }
  if (state.kind === "other") throw cannotUse(name, "it carries no Ethernet frames");
  return state;
}

/** Names of all Ethernet interfaces that are up; throws where there is none. */
export function ethernetUp(): readonly string[] {
  using query = InterfaceQuery.open();
  const names = interfaceNames().filter((name) => {
    const state = query.ask(name);
    return state?.kind === "ethernet" && state.up;
  });
  if (names.length > 0) return names;
  throw new SystemError(
    'No Ethernet interface is up; "ip link" lists them, --interface names one',
    "if_nameindex",
    0,
  );
}

/** Throws where nothing can pass the interface. */
export function requireUp(name: string): void {
  if (askInterface(name).up) return;
  throw cannotUse(name, `it is down or has no carrier; "ip link set ${name} up" brings it up`);
}

function cannotUse(name: string, why: string): SystemError {
  return new SystemError(`Cannot use "${name}": ${why}`, "ioctl", 0);
}
