/**
 * Who speaks to whom: shelf and slot with their wildcards, MACs on both sides, EtherTypes.
 *
 * @module
 */
import * as f from "../frames.ts";
import type { ExceptionName } from "./exceptions.ts";
import { type Group, readSector, scarring, type Step, step, writeSector } from "./script.ts";

type Make = (header: f.HeaderFields) => Uint8Array<ArrayBuffer>;

/** What may be asked of every target at once. */
const QUESTIONS: Readonly<Record<string, Make>> = {
  "config read": (h) => f.configFrame({ ...h, ccmd: 0 }),
  "config test": (h) => f.configFrame({ ...h, ccmd: 1, string: "" }),
  "mask read": (h) => f.maskFrame({ ...h, mcmd: 0 }),
  "reserve read": (h) => f.reserveFrame({ ...h, rcmd: 0 }),
};
/** What may not. */
const REQUESTS: Readonly<Record<string, Make>> = {
  READ: readSector,
  IDENTIFY: (h) => f.ataFrame({ ...h, opcode: 0xec, count: 1 }),
  "mask edit": (h) => f.maskFrame({ ...h, mcmd: 1 }),
  "reserve set": (h) => f.reserveFrame({ ...h, rcmd: 1 }),
  "unknown command": (h) => f.anyFrame(9, h),
};
const EVERY_KIND = Object.entries({ ...QUESTIONS, ...REQUESTS });

const { SHELF, SLOT, ANY_SHELF, ANY_SLOT } = f;
const ADDRESSES: readonly (readonly [shelf: number, slot: number])[] = [
  [SHELF, SLOT],
  [ANY_SHELF, ANY_SLOT],
  [SHELF, ANY_SLOT],
  [ANY_SHELF, SLOT],
  [SHELF + 1, SLOT],
  [SHELF, SLOT + 1],
  [0, 0],
  [0x0201, SLOT],
  [0x00ff, ANY_SLOT],
  [0xff00, SLOT],
  [ANY_SHELF, SLOT + 1],
  [SHELF + 1, ANY_SLOT],
];

function shownBy(shelf: number, slot: number, isQuestion: boolean): readonly ExceptionName[] {
  const isOurs = (shelf === SHELF || shelf === ANY_SHELF) && (slot === SLOT || slot === ANY_SLOT);
  const isWild = shelf === ANY_SHELF || slot === ANY_SLOT;
  return isOurs && isWild && !isQuestion ? ["wildcard"] : [];
}

const ADDRESSED = ADDRESSES.flatMap(([shelf, slot]) =>
  EVERY_KIND.map(([name, make]) =>
    step(
      `${name} to ${shelf}.${slot}`,
      make({ shelf, slot }),
      ...shownBy(shelf, slot, name in QUESTIONS),
    )
  )
);

const WILDCARDS = [{ shelf: ANY_SHELF, slot: ANY_SLOT }, { slot: ANY_SLOT }, { shelf: ANY_SHELF }];

const BY_WILDCARD: readonly Step[] = WILDCARDS.flatMap((header, index) => [
  scarring(
    step(`WRITE by wildcard ${index}`, writeSector(100 + index, index, header), "wildcard"),
    "vblade",
    100 + index,
  ),
  step(
    `config force by wildcard ${index}`,
    f.configFrame({ ...header, ccmd: 4, string: `all ${index}` }),
  ),
  step(`reserve force by wildcard ${index}`, f.reserveFrame({ ...header, rcmd: 2 }), "wildcard"),
]);

const STRANGE_MACS: readonly (readonly [name: string, mac: number])[] = [
  ["another station", 0x02_00_00_00_aa_02],
  ["a group", 0x01_00_5e_00_00_01],
  ["the MAC 0", 0],
];

const DESTINATIONS = [
  ...EVERY_KIND.map(([name, make]) =>
    step(`${name} to all stations`, make({ dst: f.BROADCAST_MAC }))
  ),
  ...STRANGE_MACS.flatMap(([place, dst], index) => [
    ...EVERY_KIND.map(([name, make]) =>
      step(`${name} to ${place}`, make({ dst }), "foreign-destination")
    ),
    scarring(
      step(`WRITE to ${place}`, writeSector(110 + index, index, { dst }), "foreign-destination"),
      "vblade",
      110 + index,
    ),
  ]),
  step("WRITE to all stations", writeSector(120, 4, { dst: f.BROADCAST_MAC })),
];

const STRANGE_SOURCES: readonly (readonly [name: string, mac: number])[] = [
  ["a group", 0x01_00_5e_00_00_01],
  ["all stations", f.BROADCAST_MAC],
  ["the MAC 0", 0],
];

const SOURCES = [
  ...EVERY_KIND.map(([name, make]) => step(`${name} from another`, make({ src: f.OTHER_MAC }))),
  ...STRANGE_SOURCES.flatMap(([place, src], index) => [
    ...EVERY_KIND.map(([name, make]) =>
      step(`${name} from ${place}`, make({ src }), "source-not-a-station")
    ),
    scarring(
      step(`WRITE from ${place}`, writeSector(130 + index, index, { src }), "source-not-a-station"),
      "vblade",
      130 + index,
    ),
  ]),
];

const ETHER_TYPES = [0x88a1, 0x88a3, 0xa288, 0x0800, 0x0024].flatMap((etherType) =>
  EVERY_KIND.slice(0, 5).map(([name, make]) =>
    step(`${name} as EtherType ${etherType.toString(16)}`, make({ etherType }))
  )
);

/** All of them. */
export const ADDRESS_GROUPS: readonly Group[] = [
  { name: "shelf and slot", steps: [...ADDRESSED, ...BY_WILDCARD], advertises: true },
  { name: "MACs and EtherTypes", steps: [...DESTINATIONS, ...SOURCES, ...ETHER_TYPES] },
];
