/**
 * How an export is served, and what is odd about it, as lines of the log.
 *
 * @module
 */
import type { ServedPort } from "../engine/port.ts";
import { log } from "../log.ts";
import { sectorCountOf } from "../target/settings.ts";
import { ATA_HEADER_SIZE, SECTOR_SIZE } from "../wire/ata.ts";
import { ETHER_HEADER_SIZE } from "../wire/frame.ts";
import { formatMac } from "../wire/mac.ts";
import { listMacs, type ServedExport } from "./served_export.ts";

/** How an image is reached, for people. */
const WAYS = {
  memory: "in memory",
  cache: "through the page cache",
  direct: "by direct I/O",
} as const;

/** Tells how an export is served, and what is odd about it. */
export function describe(served: ServedExport, engineName: string): void {
  const { name, config, backing, ports, target } = served;
  const durable = config.sync ? ", durable before each reply" : "";
  const places = ports.map(describePort).join(" and ") || "no interface yet";
  log.info(
    `${name} is "${config.path}" ${
      WAYS[backing.way]
    }${durable}, on ${places}, engine ${engineName}`,
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
