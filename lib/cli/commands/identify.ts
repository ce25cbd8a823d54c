/**
 * `dblade identify DISK`: all that a disk says of itself.
 *
 * @module
 */
import { type Fact, identifySections, type Section } from "../../ata/identify_facts.ts";
import { type Feature, identifyFeatures, otherWords } from "../../ata/identify_report.ts";
import { hexWord, IdentifyWords } from "../../ata/identify_words.ts";
import { SECTOR_SIZE } from "../../wire/ata.ts";
import { formatMac } from "../../wire/mac.ts";
import { type OpenDisk, openDisk } from "../disk.ts";
import { Exit } from "../exit.ts";
import { print, printBytes } from "../output.ts";
import { formatSize, paint, printable } from "../text.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

const FORMS = ["raw", "words", "json"] as const;
const WORDS_IN_LINE = 8;

/** Prints it in the form that the command line asks for. */
export async function run(values: CommandValues): Promise<number> {
  const asked = FORMS.filter((form) => values.has(form));
  if (asked.length > 1) throw usage(`--${asked[0]} and --${asked[1]} are two forms: choose one`);
  using disk = await openDisk(values);
  const data = disk.identification.data.subarray(0, SECTOR_SIZE);
  const words = new IdentifyWords(data);
  if (asked[0] === "raw") printBytes(data);
  else if (asked[0] === "words") print(dumpWords(words));
  else if (asked[0] === "json") print(JSON.stringify(toJson(disk, words), undefined, 2) + "\n");
  else print(reportText(disk, words));
  return Exit.DONE;
}

/** The words, eight a line, each line with the number of its first. */
export function dumpWords(words: IdentifyWords): string {
  const digits = words.all().map(hexWord);
  const lines: string[] = [];
  for (let at = 0; at < digits.length; at += WORDS_IN_LINE) {
    lines.push(`${`${at}`.padStart(3)}: ${digits.slice(at, at + WORDS_IN_LINE).join(" ")}`);
  }
  return lines.join("\n") + "\n";
}

function reportText(disk: OpenDisk, words: IdentifyWords): string {
  const paths = disk.paths.map(({ device, interface: on }) => `${formatMac(device.mac)} on ${on}`);
  const others = otherWords(words).map(({ word, value, title }) =>
    row(`word ${word}`, `0x${hexWord(value)} (${title})`)
  );
  return [
    `${paint("bold", disk.name)} at ${paths.join(", ")}\n`,
    ...identifySections(words).map(sectionText),
    paint("bold", "Features") + "\n" + identifyFeatures(words).map(featureText).join(""),
    ...(others.length > 0 ? [paint("bold", "Other words") + "\n" + others.join("")] : []),
  ].join("\n");
}

function sectionText({ title, facts }: Section): string {
  return paint("bold", title) + "\n" +
    facts.map((fact) => row(fact.label, factText(fact))).join("");
}

function factText({ key, value, text }: Fact): string {
  if (key === "bytes" && typeof value === "number") return `${value} (${formatSize(value)})`;
  if (text !== undefined) return text;
  if (value === null) return "not told";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return printable(`${value}`);
}

function featureText({ word, bit, name, supported, enabled }: Feature): string {
  const state = enabled === undefined ? "" : enabled ? "on" : "off";
  const odd = supported ? "" : " (though it is not supported)";
  return row(`word ${word} bit ${bit}`, `${name}${state === "" ? "" : `: ${state}`}${odd}`);
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(36)} ${text}\n`;
}

function toJson(disk: OpenDisk, words: IdentifyWords): unknown {
  const sections = identifySections(words).map(({ key, facts }) => [
    key,
    Object.fromEntries(facts.map((fact) => [fact.key, fact.value])),
  ]);
  return {
    disk: disk.name,
    paths: disk.paths.map(({ device, interface: on }) => ({
      interface: on,
      mac: formatMac(device.mac),
    })),
    ...Object.fromEntries(sections),
    features: identifyFeatures(words).map((feature) => ({
      ...feature,
      enabled: feature.enabled ?? null,
    })),
    otherWords: otherWords(words),
    words: words.all(),
  };
}
