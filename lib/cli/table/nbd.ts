/**
 * The table's row of `dblade nbd`.
 *
 * @module
 */
import type { CommandSpec } from "../command.ts";
import { DISK, INTERFACE, MAC } from "../options.ts";

/** `dblade nbd`. */
export const NBD: CommandSpec = {
  name: "nbd",
  summary: "serve a disk on the wire to NBD clients such as qemu",
  operands: [DISK],
  options: [
    {
      name: "listen",
      short: "l",
      value: "ADDRESS",
      help: "where clients come to: unix:PATH or tcp:HOST:PORT",
    },
    { name: "read-only", short: "r", help: "refuse every write" },
    {
      name: "timeout",
      value: "SECONDS",
      help: "how long a request may go without an answer of the disk [180]",
    },
    INTERFACE,
    MAC,
    { name: "log-level", value: "LEVEL", help: "debug, info, warning or error [info]" },
    { name: "log-format", value: "FORMAT", help: "text or json [text]" },
  ],
  details: [
    "It needs no AoE driver, and serves as many clients at a time as there are up to 32, until " +
    "SIGINT or SIGTERM; then it ends what is under way and makes durable what was written. " +
    "Listening takes permissions of Deno besides --allow-ffi; without them it says which.",
  ],
  examples: [
    {
      line: "dblade nbd e0.0 --listen unix:/run/e0.0.sock",
      does: "for qemu: -drive file=nbd+unix:///?socket=/run/e0.0.sock,format=raw",
    },
    {
      line: "dblade nbd e0.0 --listen tcp:127.0.0.1:10809 -r",
      does: "read-only, for nbdcopy nbd://127.0.0.1 copy.img",
    },
  ],
  load: () => import("../commands/nbd.ts"),
};
