/**
 * One export from start to stop: opens what it needs, makes sure that it is alone, serves until it
 * is told to end.
 *
 * @module
 */
import { ENODEV } from "../../ffi/errno.ts";
import { hostName } from "../../ffi/host_name.ts";
import { releaseCode } from "../../ffi/program_code.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import type { SingleConfig } from "../config.ts";
import type { Engine } from "../engine/engine.ts";
import { prepareEngine } from "../engine/open.ts";
import type { ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { sectorCountOf } from "../target/settings.ts";
import { Target } from "../target/target.ts";
import { ATA_HEADER_SIZE, SECTOR_SIZE } from "../wire/ata.ts";
import { requestFilter } from "../wire/filter.ts";
import { ETHER_HEADER_SIZE } from "../wire/frame.ts";
import { formatMac } from "../wire/mac.ts";
import { firmwareVersion, VERSION } from "../version.ts";
import { addressOf, Alone, claimAddress } from "./alone.ts";
import { BackingFile } from "./backing_file.ts";
import { DataPath, type Wishes } from "./data_path.ts";
import { StateFile } from "./state_file.ts";
import { EMPTY_STATE } from "./state_text.ts";

const MODEL = "dblade";
/** What a client may expect of trimmed sectors. */
const TRIM = { none: "none", hole: "zeros", discard: "undefined" } as const;

/**
 * Serves one export until `wishes` says to stop.
 *
 * @param config what to export
 * @param wishes looked at after each batch of frames
 * @param started called once the export is on the wire, with the line to show
 */
export async function serve(
  config: SingleConfig,
  wishes: Wishes,
  started: (line: string) => void,
): Promise<void> {
  refuseSwapped(config);
  using stack = new DisposableStack();
  const state = config.stateFolder === undefined
    ? undefined
    : StateFile.open(config.stateFolder, config.shelf, config.slot, config.masks);
  const backing = stack.use(BackingFile.open(config, state));
  const prepared = stack.use(prepareEngine(config.engine, {
    names: config.interfaces,
    filter: (index) => (sizeMax) => requestFilter([config], index, sizeMax),
    bufferCount: config.buffers,
    busyPollUs: config.busyPollUs,
  }));
  if (!prepared.widens) backing.file.refuseCoarse();
  const ports = prepared.ports;
  const target = makeTarget(config, backing, ports, state);
  if (state !== undefined) state.source = () => target.settings.pending;
  stack.use(claimAddress(config, ports));
  const engine = stack.use(prepared.start({ target, backing }));
  let isSettled = false;
  const settle = (port: ServedPort): void => {
    if (!isSettled) target.disk.trim = TRIM[backing.file.probeTrim()];
    isSettled = true;
    target.advertise(port);
  };
  const alone = new Alone(config, { ports, engine }, settle);
  alone.begin();
  if (state !== undefined) stack.use(state.claim());
  const mode = config.readOnly ? "O_RDONLY" : "O_RDWR";
  const name = addressOf(config);
  started(`pid ${Deno.pid}: ${name}, ${target.disk.sectors} sectors ${mode}`);
  describe(config, { ports, backing, engine, target });
  for (const line of prepared.missing) log.warn(line);
  releaseCode();
  await new DataPath({ name, engine, ports, target, backing, alone }).run(wishes);
}

/** An interface in the place of the file is the likeliest mistake of a command line. */
function refuseSwapped({ interfaces, path }: SingleConfig): void {
  using query = InterfaceQuery.open();
  const names = interfaces.join(",");
  if (query.ask(path) === undefined || query.ask(names) !== undefined) return;
  throw new SystemError(
    `Cannot export "${path}" on "${names}": "${path}" is an interface and "${names}" is none; ` +
      "the interface comes before the file",
    "ioctl",
    ENODEV,
  );
}

function makeTarget(
  config: SingleConfig,
  backing: BackingFile,
  ports: readonly ServedPort[],
  state: StateFile | undefined,
): Target {
  const { physical, alignment } = backing.file.sectors;
  const sectorsPerPhysical = physical / SECTOR_SIZE;
  const firstSector = config.offsetSectors + (physical - alignment) / SECTOR_SIZE;
  return new Target({
    shelf: config.shelf,
    slot: config.slot,
    sectors: backing.sectors(),
    disk: {
      identity: {
        serial: config.serial ?? `${config.shelf}.${config.slot}:${hostName()}`.slice(0, 20),
        firmware: VERSION,
        model: config.model ?? MODEL,
        physicalSize: physical,
        physicalOffset: firstSector % sectorsPerPhysical,
      },
      offset: config.offsetSectors * SECTOR_SIZE,
      readOnly: config.readOnly,
      durable: config.sync,
      alignment: backing.alignment,
    },
    facts: { bufferCount: config.buffers, firmwareVersion: firmwareVersion(VERSION) },
    state: state?.read() ?? { ...EMPTY_STATE, masks: config.masks ?? [] },
    ports,
  });
}

/** How an image is reached, for people. */
const WAYS = {
  memory: "in memory",
  cache: "through the page cache",
  direct: "by direct I/O",
} as const;

interface Served {
  readonly ports: readonly ServedPort[];
  readonly backing: BackingFile;
  readonly engine: Engine;
  readonly target: Target;
}

function describe(config: SingleConfig, { ports, backing, engine, target }: Served): void {
  const name = addressOf(config);
  const durable = config.sync ? ", durable before each reply" : "";
  log.info(
    `${name} is "${config.path}" ${WAYS[backing.way]}${durable}, on ` +
      `${ports.map(describePort).join(" and ")}, engine ${engine.name}`,
  );
  const { masks, reservations } = target.settings.current;
  if (masks.length > 0) log.info(`${name} serves only ${listMacs(masks)}`);
  if (reservations.length > 0) log.info(`${name} is reserved for ${listMacs(reservations)}`);
  if (config.shelf === 4095) log.warn("The Linux driver refuses shelf 4095: other clients only");
  if (!backing.file.isLocked || !backing.file.isClaimed) {
    log.warn(
      `"${config.path}" is in use by others, such as another target or a mount: --shared trusts ` +
        "you that this is safe",
    );
  }
  for (const { mtu, name } of ports) {
    if (mtu < ATA_HEADER_SIZE + SECTOR_SIZE - ETHER_HEADER_SIZE) {
      log.warn(`"${name}" has an MTU of ${mtu}, which carries no sector: raise it to 1500 or more`);
    }
  }
}

function describePort(port: ServedPort): string {
  const count = sectorCountOf(port);
  const sectors = `${count} sector${count > 1 ? "s" : ""} a frame`;
  return `"${port.name}" (${formatMac(port.mac)}, MTU ${port.mtu}, ${sectors})`;
}

/** The first few, and how many more. */
function listMacs(macs: readonly number[]): string {
  const shown = macs.slice(0, 4).map(formatMac).join(", ");
  return macs.length > 4 ? `${shown} and ${macs.length - 4} more` : shown;
}
