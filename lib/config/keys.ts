/**
 * The one table of what the file of a service may say: reading it, its checks and its reference
 * (docs/service-config.md) are made from it.
 *
 * @module
 */
import {
  BUFFERS_DEFAULT,
  BUFFERS_MAX,
  BUFFERS_MIN,
  BUSY_POLL_DEFAULT_US,
  BUSY_POLL_MAX_US,
  CONTROL_SOCKET_DEFAULT,
  SECTORS_MAX,
  SHELF_MAX,
  SLOT_MAX,
} from "../config.ts";
import { MTU_MAX } from "../engine/arena.ts";
import { ENGINES } from "../engine/open.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log.ts";
import { MASKS_MAX } from "../wire/mask.ts";

/** Most threads. */
export const WORKERS_MAX = 64;
/** Least MTU that carries a sector: header of 36 bytes and 512 of data. */
const MTU_LEAST = 548;
/** Fewest and most received frames that may be let wait. */
const RING_SLOTS_MIN = 16;
const RING_SLOTS_MAX = 65536;
/** Longest path of a socket in bytes (unix(7)). */
const SOCKET_PATH_MAX = 107;

/** What a key takes. */
export type KeyType =
  | { readonly type: "switch" }
  | { readonly type: "integer"; readonly least: number; readonly most: number }
  /** A number of sectors, or text such as "10G" for as many bytes. */
  | { readonly type: "sectors"; readonly least: number; readonly most: number }
  /** Printable ASCII. */
  | { readonly type: "text"; readonly lengthMax: number }
  | { readonly type: "word"; readonly choices: readonly string[] }
  /** A whole path, from the root on. */
  | { readonly type: "path"; readonly lengthMax: number }
  /** One name of a folder. */
  | { readonly type: "name" }
  /** Names of interfaces, or patterns, in a list, or one alone. */
  | { readonly type: "interfaces" }
  /** MACs, and names of `[acls]` where `withLists`, in a list, or one alone; or "all". */
  | {
    readonly type: "stations";
    readonly withLists: boolean;
    readonly mayBeAll: boolean;
    readonly most?: number;
  };

/** One key. */
export type KeySpec = KeyType & {
  /** Its name. */
  readonly name: string;
  /** What it does, in one line. */
  readonly help: string;
  /** What counts where it is not there, for people. */
  readonly fallback: string;
  /** Whether each export needs its own: it is no key of `[defaults]`. */
  readonly isOwn?: true;
};

const PATH_MAX = 4095;

/** The keys of `[server]`. */
export const SERVER_KEYS: readonly KeySpec[] = [
  {
    name: "state-dir",
    type: "path",
    lengthMax: PATH_MAX,
    help: "folder that keeps what clients set: config strings, mask lists, reservations",
    fallback: "none: they end with the service",
  },
  {
    name: "control-socket",
    type: "path",
    lengthMax: SOCKET_PATH_MAX,
    help: "the socket by which it is asked and changed while it runs",
    fallback: CONTROL_SOCKET_DEFAULT,
  },
  {
    name: "workers",
    type: "integer",
    least: 1,
    most: WORKERS_MAX,
    help: "threads over which the exports are spread",
    fallback: "1",
  },
  {
    name: "engine",
    type: "word",
    choices: ENGINES,
    help: "how frames and sectors are moved; auto is the fastest that works here",
    fallback: "auto",
  },
  {
    name: "busy-poll",
    type: "integer",
    least: 0,
    most: BUSY_POLL_MAX_US,
    help: "microseconds to look for the next frame before waiting",
    fallback: `${BUSY_POLL_DEFAULT_US}`,
  },
  {
    name: "log",
    type: "word",
    choices: LOG_LEVELS,
    help: "least level of what is logged",
    fallback: "info",
  },
  {
    name: "log-format",
    type: "word",
    choices: LOG_FORMATS,
    help: "form of the log",
    fallback: "text",
  },
  {
    name: "user",
    type: "text",
    lengthMax: 32,
    help: "whom to run as, once the socket for frames may be opened",
    fallback: "who starts it",
  },
];

/** The keys of `[interfaces.NAME]`. */
export const INTERFACE_KEYS: readonly KeySpec[] = [
  {
    name: "mtu",
    type: "integer",
    least: MTU_LEAST,
    most: MTU_MAX,
    help: "largest payload of a frame in bytes to use, although the interface may carry more",
    fallback: "the interface's own",
  },
  {
    name: "ring-slots",
    type: "integer",
    least: RING_SLOTS_MIN,
    most: RING_SLOTS_MAX,
    help: "received frames that may wait to be looked at",
    fallback: "1024",
  },
];

/** The keys of `[[export]]`; those that are not `isOwn` are the keys of `[defaults]`, too. */
export const EXPORT_KEYS: readonly KeySpec[] = [
  {
    name: "shelf",
    type: "integer",
    least: 0,
    most: SHELF_MAX,
    help: "upper half of the disk's address",
    fallback: "must be given",
    isOwn: true,
  },
  {
    name: "slot",
    type: "integer",
    least: 0,
    most: SLOT_MAX,
    help: "lower half of the disk's address",
    fallback: "must be given",
    isOwn: true,
  },
  {
    name: "path",
    type: "path",
    lengthMax: PATH_MAX,
    help: "the file or block device; this, uuid or id must be given",
    fallback: "none",
    isOwn: true,
  },
  {
    name: "uuid",
    type: "name",
    help: "the block device with this UUID in /dev/disk/by-uuid, instead of path",
    fallback: "none",
    isOwn: true,
  },
  {
    name: "id",
    type: "name",
    help: "the block device with this name in /dev/disk/by-id, instead of path",
    fallback: "none",
    isOwn: true,
  },
  {
    name: "offset",
    type: "sectors",
    least: 0,
    most: SECTORS_MAX,
    help: "first sector of the file to export",
    fallback: "0",
    isOwn: true,
  },
  {
    name: "length",
    type: "sectors",
    least: 1,
    most: SECTORS_MAX,
    help: "number of sectors to export",
    fallback: "all behind the first",
    isOwn: true,
  },
  {
    name: "serial",
    type: "text",
    lengthMax: 20,
    help: "serial number that clients see",
    fallback: "made of address and host name",
    isOwn: true,
  },
  {
    name: "model",
    type: "text",
    lengthMax: 40,
    help: "model that clients see",
    fallback: "dblade",
  },
  {
    name: "interfaces",
    type: "interfaces",
    help: "interfaces to export on: names, or patterns with *, ? and [...]",
    fallback: "all Ethernet interfaces that are up",
  },
  {
    name: "read-only",
    type: "switch",
    help: "refuse every write",
    fallback: "false",
  },
  {
    name: "direct",
    type: "switch",
    help: "bypass the page cache (O_DIRECT)",
    fallback: "false",
  },
  {
    name: "sync",
    type: "switch",
    help: "make every write durable before its reply",
    fallback: "false",
  },
  {
    name: "buffers",
    type: "integer",
    least: BUFFERS_MIN,
    most: BUFFERS_MAX,
    help: "requests a client may have under way",
    fallback: `${BUFFERS_DEFAULT}`,
  },
  {
    name: "accept",
    type: "stations",
    withLists: true,
    mayBeAll: true,
    help: "whom alone to serve, which no client can change",
    fallback: '["all"]',
  },
  {
    name: "deny",
    type: "stations",
    withLists: true,
    mayBeAll: false,
    help: "whom never to serve, whatever accept says",
    fallback: "[]",
  },
  {
    name: "broadcast",
    type: "switch",
    help: "advertise to all, even where accept names who is served",
    fallback: "false",
  },
  {
    name: "mask",
    type: "stations",
    withLists: false,
    mayBeAll: true,
    most: MASKS_MAX,
    help: "the mask list to start with, which clients can change",
    fallback: 'what is stored, or ["all"]',
  },
  {
    name: "shared",
    type: "switch",
    help: "export the file even where another process or export uses it",
    fallback: "false",
  },
  {
    name: "force",
    type: "switch",
    help: "go on where another target answers for the address",
    fallback: "false",
  },
];

/** The keys of `[defaults]`. */
export const DEFAULT_KEYS: readonly KeySpec[] = EXPORT_KEYS.filter(({ isOwn }) => !isOwn);

/** A table of the file. */
export interface TableSpec {
  /** Its first name. */
  readonly name: string;
  /** How its header is written. */
  readonly heading: string;
  /** What it says. */
  readonly help: string;
  /** Its keys; none: they are names that the file chooses. */
  readonly keys: readonly KeySpec[];
}

/** All tables. */
export const TABLES: readonly TableSpec[] = [
  { name: "server", heading: "[server]", help: "The service as a whole.", keys: SERVER_KEYS },
  {
    name: "defaults",
    heading: "[defaults]",
    help: "What holds for every export that does not say otherwise.",
    keys: DEFAULT_KEYS,
  },
  {
    name: "acls",
    heading: "[acls]",
    help:
      "Lists of stations by names of your own, for accept and deny. A list has MACs and names " +
      "of other lists.",
    keys: [],
  },
  {
    name: "interfaces",
    heading: "[interfaces.NAME]",
    help: "An interface that is not like the others.",
    keys: INTERFACE_KEYS,
  },
  {
    name: "export",
    heading: "[[export]]",
    help: "A disk; one such table each.",
    keys: EXPORT_KEYS,
  },
];
