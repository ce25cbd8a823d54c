/**
 * Goes to the control socket of a service.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import { streamOf } from "../socket/listener.ts";
import { missingOptions, unixNeeds } from "../socket/permission.ts";
import type { ByteStream } from "../socket/stream.ts";
import { NoServiceError } from "./no_service.ts";

/** Connects; throws what {@linkcode ControlClient} of client.ts says. */
export async function connectTo(path: string): Promise<ByteStream> {
  const options = missingOptions(unixNeeds(path));
  if (options !== undefined) {
    throw new SystemError(
      `Cannot go to the control socket "${path}" without permission; start it with\n  ` +
        `deno run --allow-ffi ${options} main.ts ...`,
      "connect",
      0,
    );
  }
  try {
    return streamOf(await Deno.connect({ transport: "unix", path }));
  } catch (error) {
    throw explained(path, error);
  }
}

/** The error that helps whoever asked. */
function explained(path: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : `${error}`;
  const remedy = "start it with: dblade serve -c FILE, or name its socket with --control-socket";
  if (error instanceof Deno.errors.NotFound) {
    return new NoServiceError(`No dblade serves there: there is no socket "${path}"; ${remedy}`);
  }
  if (error instanceof Deno.errors.ConnectionRefused) {
    const left = `the socket "${path}" is what one left that has ended`;
    return new NoServiceError(`No dblade serves there: ${left}; ${remedy}`);
  }
  const advice = error instanceof Deno.errors.PermissionDenied
    ? "; run this as root, or as the user that the service runs as"
    : "";
  return new SystemError(
    `Cannot go to the control socket "${path}": ${why}${advice}`,
    "connect",
    0,
  );
}
