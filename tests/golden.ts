/**
 * The golden frames in tests/golden: requests as real clients send them and the replies that the
 * specification asks for, typed by hand. Digits stand in groups, one a field; `00*28` repeats.
 *
 * @module
 */
import { assert } from "@std/assert";
import { FakeExport, type Kind } from "./fake_export.ts";

/** One request and its reply; null is silence. */
export interface Pair {
  name: string;
  /** Heading in docs/protocol.md. */
  section: string;
  request: string;
  reply: string | null;
}

/** Pairs that follow one another on one export. */
export interface Golden {
  title: string;
  state: { sectors: number; readOnly?: boolean; config?: string; fails?: Kind[] };
  pairs: Pair[];
}

const FOLDER = new URL("golden/", import.meta.url);
const EIO = 5;

/** All files, by name. */
export function loadGolden(): Golden[] {
  const names = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name).sort();
  return names.map((name): Golden => JSON.parse(Deno.readTextFileSync(new URL(name, FOLDER))));
}

/** The bytes that the groups of digits stand for. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.split(" ").map((group) => {
    const [unit = "", times = "1"] = group.split("*");
    return unit.repeat(Number(times));
  }).join("");
  assert(/^([0-9a-f]{2})*$/.test(digits), `these are no bytes: ${text}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** An export in the stated state, on a disk whose every byte is the number of its sector. */
export function exportOf(golden: Golden): FakeExport {
  const { fails = [], ...options } = golden.state;
  const fake = new FakeExport(options);
  fake.disk.forEach((_, at) => fake.disk[at] = Math.floor(at / 512));
  for (const kind of fails) fake.failures.set(kind, EIO);
  return fake;
}
