/**
 * One export from start to stop: opens what it needs, makes sure that it is alone, serves until it
 * is told to end.
 *
 * @module
 */
import { hostName } from "../../ffi/host_name.ts";
import type { ExportConfig } from "../config.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { Port } from "../engine/port.ts";
import { log } from "../log.ts";
import { sectorCountOf } from "../target/settings.ts";
import { Target } from "../target/target.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import { requestFilter } from "../wire/filter.ts";
import { formatMac } from "../wire/mac.ts";
import { firmwareVersion, VERSION } from "../version.ts";
import { addressOf, Alone, claimAddress } from "./alone.ts";
import { BackingFile } from "./backing_file.ts";
import { DataPath, type Stop } from "./data_path.ts";
import { EMPTY_STATE, StateFile } from "./state_file.ts";

const MODEL = "dblade";
/** What a client may expect of trimmed sectors. */
const TRIM = { none: "none", hole: "zeros", discard: "undefined" } as const;

/**
 * Serves one export until `stop` says so.
 *
 * @param config what to export
 * @param stop looked at after each batch of frames
 * @param started called once the export is on the wire, with the line to show
 */
export async function serve(
  config: ExportConfig,
  stop: Stop,
  started: (line: string) => void,
): Promise<void> {
  using stack = new DisposableStack();
  const state = config.stateFolder === undefined
    ? undefined
    : StateFile.open(config.stateFolder, config.shelf, config.slot, config.masks);
  const backing = stack.use(BackingFile.open(config, state));
  const port = stack.use(Port.open({
    name: config.interface,
    filter: requestFilter(config.shelf, config.slot),
    bufferCount: config.buffers,
  }));
  const target = makeTarget(config, backing, port, state);
  if (state !== undefined) state.source = () => target.settings.pending;
  stack.use(claimAddress(config, port));
  const engine = stack.use(openEngine(config.engine, { target, backing }, port));
  const alone = new Alone(config, port, target, engine);
  alone.makeSure();
  if (state !== undefined) stack.use(state.claim());
  const mode = config.readOnly ? "O_RDONLY" : "O_RDWR";
  const name = addressOf(config);
  started(`pid ${Deno.pid}: ${name}, ${target.disk.sectors} sectors ${mode}`);
  describe(config, port, backing, engine);
  if (port.up) target.advertise(port);
  const up = (): void => alone.makeSure();
  await new DataPath({ name, engine, port, target, backing, up }).run(stop);
}

function makeTarget(
  config: ExportConfig,
  backing: BackingFile,
  port: Port,
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
        serial: `${config.shelf}.${config.slot}:${hostName()}`.slice(0, 20),
        firmware: VERSION,
        model: MODEL,
        get trim() {
          return TRIM[backing.file.trimKind];
        },
        physicalSize: physical,
        physicalOffset: firstSector % sectorsPerPhysical,
      },
      offset: config.offsetSectors * SECTOR_SIZE,
      readOnly: config.readOnly,
      durable: config.sync,
    },
    facts: { bufferCount: config.buffers, firmwareVersion: firmwareVersion(VERSION) },
    state: state?.load() ?? { ...EMPTY_STATE, masks: config.masks },
    ports: [port],
  });
}

function describe(config: ExportConfig, port: Port, backing: BackingFile, engine: Engine): void {
  const name = addressOf(config);
  const cache = config.direct ? "direct I/O" : "the page cache";
  const durable = config.sync ? ", durable before each reply" : "";
  log.info(
    `${name} is "${config.path}" through ${cache}${durable}, on "${port.name}" ` +
      `(${formatMac(port.mac)}, MTU ${port.mtu}, ${sectorCountOf(port)} sectors a frame), ` +
      `engine ${engine.name}`,
  );
  if (config.shelf === 4095) log.warn("The Linux driver refuses shelf 4095: other clients only");
  if (!backing.file.isLocked) {
    log.warn(`Another process has "${config.path}" open: --shared trusts you that this is safe`);
  }
  if (port.mtu < 36 + SECTOR_SIZE - 14) {
    log.warn(`An MTU of ${port.mtu} carries no sector: raise it to 1500 or more`);
  }
}
