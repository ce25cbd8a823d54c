/**
 * Where a server listens: `unix:PATH` or `tcp:HOST:PORT`.
 *
 * @module
 */

/** A path in the file system, or a host and a port. */
export type ListenAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** NBD's own port. */
const PORT = 10809;
/** Longest path of a socket in bytes (struct sockaddr_un, unix(7)). */
const PATH_SIZE_MAX = 107;
const PORT_MAX = 65535;

/** Reads an address; returns what is wrong with it where it is none. */
export function parseAddress(text: string): ListenAddress | string {
  const [, kind = "", rest = ""] = /^(\w+):(.*)$/s.exec(text) ?? [];
  if (kind === "unix") return parsePath(rest);
  if (kind === "tcp") return parseHost(rest);
  return `"${text}" is neither unix:PATH nor tcp:HOST:PORT`;
}

function parsePath(path: string): ListenAddress | string {
  if (path === "" || path.includes("\0")) return "unix: needs the path of a socket";
  const size = new TextEncoder().encode(path).length;
  if (size > PATH_SIZE_MAX) {
    return `the path of a socket has at most ${PATH_SIZE_MAX} bytes, this one has ${size}`;
  }
  return { kind: "unix", path };
}

function parseHost(text: string): ListenAddress | string {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (parts === null) {
    return `"tcp:${text}" is not tcp:HOST:PORT, such as tcp:127.0.0.1:10809 or tcp:[::1]:10809`;
  }
  const [, six, four = "", port] = parts;
  const number = port === undefined ? PORT : Number(port);
  if (number < 1 || number > PORT_MAX) return `the port is ${number}, not 1 to ${PORT_MAX}`;
  return { kind: "tcp", host: six ?? four, port: number };
}

/** The address as it is written. */
export function addressText(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return `tcp:${bracketed(address.host)}:${address.port}`;
}

/** How clients call it (NBD uri.md). */
export function addressUri(address: ListenAddress): string {
  if (address.kind === "tcp") return `nbd://${bracketed(address.host)}:${address.port}`;
  const path = address.path.split("/").map(encodeURIComponent).join("/");
  return `nbd+unix:///?socket=${path}`;
}

/** An IPv6 address in brackets, as a port follows. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
