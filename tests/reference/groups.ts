/**
 * The whole script, in the order in which it is played.
 *
 * @module
 */
import { ADDRESS_GROUPS } from "./address_script.ts";
import { ATA_GROUPS } from "./ata_script.ts";
import { CONFIG_GROUPS } from "./config_script.ts";
import { HEADER_GROUPS } from "./header_script.ts";
import { MASK_GROUPS } from "./mask_script.ts";
import { OPTION_GROUPS } from "./option_script.ts";
import { RESERVE_GROUPS } from "./reserve_script.ts";
import type { Group } from "./script.ts";
import { SECTOR_GROUPS } from "./sector_script.ts";

/** All groups. */
export const GROUPS: readonly Group[] = [
  ...HEADER_GROUPS,
  ...ADDRESS_GROUPS,
  ...SECTOR_GROUPS,
  ...ATA_GROUPS,
  ...CONFIG_GROUPS,
  ...MASK_GROUPS,
  ...RESERVE_GROUPS,
  ...OPTION_GROUPS,
];
