/**
 * `dblade nbd DISK --listen ADDRESS`: serves a disk on the wire to NBD clients until SIGINT or
 * SIGTERM.
 *
 * @module
 */
import { configureLog, log, LOG_FORMATS, LOG_LEVELS } from "../../log.ts";
import { addressText, addressUri, type ListenAddress, parseAddress } from "../../nbd/address.ts";
import { checkPermissions } from "../../nbd/listen.ts";
import { NbdService } from "../../nbd/service.ts";
import { closeDebugger } from "../debugger.ts";
import { openDisk, timeoutMs } from "../disk.ts";
import { Exit } from "../exit.ts";
import { printLog, printStart } from "../output.ts";
import { formatSize } from "../text.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

const TIMEOUT_MS = 180_000;

/** Serves the disk that the command line names. */
export async function run(values: CommandValues): Promise<number> {
  const address = listenAddress(values.text("listen"));
  const level = values.choice("log-level", LOG_LEVELS) ?? "info";
  configureLog(level, values.choice("log-format", LOG_FORMATS) ?? "text", printLog);
  checkPermissions(address);
  const signals = new Signals();
  try {
    await serve(values, address, signals.stop);
  } finally {
    signals.forget();
  }
  return Exit.DONE;
}

async function serve(
  values: CommandValues,
  address: ListenAddress,
  stop: Promise<void>,
): Promise<void> {
  const { name, interfaces, device, macs } = await find(values);
  const service = await NbdService.open({
    interfaces,
    device,
    targets: { macs, isOnly: values.text("mac") !== undefined },
    address,
    timeoutMs: timeoutMs(values) ?? TIMEOUT_MS,
    readOnly: values.has("read-only"),
  });
  const { disk } = service;
  const facts = `${formatSize(disk.sizeBytes)}, ${disk.interface}`;
  const also = disk.readOnly ? ", read-only" : "";
  printStart(`${name} (${facts}${also}) is served on ${addressText(address)}`);
  log.info(`Clients call it ${addressUri(address)}`);
  if (!disk.canFlush) log.warn(`${name} cannot flush: nothing tells when its writes are durable`);
  await stop;
  await service.stop();
}

/** The disk's name, what answers for it, and where, the best first. */
async function find(values: CommandValues) {
  using found = await openDisk(values);
  const { device, interface: best } = found.path;
  const all = found.paths.map((path) => path.interface);
  const macs = found.paths.map((path) => path.device.mac);
  return { name: found.name, device, macs, interfaces: [...new Set([best, ...all])] };
}

function listenAddress(text: string | undefined): ListenAddress {
  if (text === undefined) {
    throw usage("--listen is missing; it says where clients come to: --listen unix:/run/e0.0.sock");
  }
  const address = parseAddress(text);
  if (typeof address === "string") throw usage(`--listen: ${address}`);
  return address;
}

/** Signals that ask for the end, and one that would open Deno's debugger. */
class Signals {
  /** Fulfilled by SIGINT or SIGTERM. */
  readonly stop: Promise<void>;
  readonly #listeners: readonly (readonly [Deno.Signal, () => void])[];

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stop = promise;
    const end = (): void => resolve();
    this.#listeners = [["SIGINT", end], ["SIGTERM", end], ["SIGUSR1", closeDebugger]];
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
  }

  /** Leaves them to Deno again. */
  forget(): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }
}
