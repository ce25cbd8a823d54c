/**
 * Every way in which dblade answers otherwise than vblade. docs/protocol.md has the same list in
 * "Where vblade answers otherwise".
 *
 * @module
 */
import { ATA_EXCEPTIONS } from "./ata_exceptions.ts";
import type { Exception } from "./exception.ts";
import { HEADER_EXCEPTIONS } from "./header_exceptions.ts";
import { LIST_EXCEPTIONS } from "./list_exceptions.ts";

const ALL = { ...HEADER_EXCEPTIONS, ...ATA_EXCEPTIONS, ...LIST_EXCEPTIONS };

/** Their names. */
export type ExceptionName = keyof typeof ALL;

/** All of them, by name. */
export const EXCEPTIONS: Readonly<Record<ExceptionName, Exception>> = ALL;

/** All names, in the order of docs/protocol.md. */
export const EXCEPTION_NAMES = Object.keys(ALL) as readonly ExceptionName[];

/** Those that may show anywhere. */
export const GENERAL_NAMES = EXCEPTION_NAMES.filter((name) => EXCEPTIONS[name].isGeneral === true);
