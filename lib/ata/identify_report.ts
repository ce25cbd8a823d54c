/**
 * The features that IDENTIFY DEVICE tells of, bit by bit, and the words that tell of nothing known.
 *
 * @module
 */
import { FACT_WORDS, FEATURE_WORDS, wordTitle } from "./identify_bits.ts";
import { type IdentifyWords } from "./identify_words.ts";

/** One feature that is supported or switched on. */
export interface Feature {
  /** The word that has it. */
  readonly word: number;
  /** Its bit in the word. */
  readonly bit: number;
  /** What it is; "reserved" where nothing is known of it. */
  readonly name: string;
  /** Whether the disk has it. */
  readonly supported: boolean;
  /** Whether it is switched on; undefined where no word says so. */
  readonly enabled: boolean | undefined;
}

/** A word that is not zero and of which nothing else is told. */
export interface OtherWord {
  /** Its number. */
  readonly word: number;
  /** Its value. */
  readonly value: number;
  /** What it is for, or "reserved", "vendor specific". */
  readonly title: string;
}

/** The features that are supported or switched on, in the order of their words. */
export function identifyFeatures(words: IdentifyWords): readonly Feature[] {
  return FEATURE_WORDS.flatMap(({ supported, enabled, otherBits = 0, bits }) => {
    const has = words.told(supported) & ~otherBits;
    const on = enabled === undefined ? 0 : words.told(enabled) & ~otherBits;
    return Array.from({ length: 16 }, (_, bit): Feature => ({
      word: supported,
      bit,
      name: bits[bit] ?? "reserved",
      supported: (has >> bit & 1) === 1,
      enabled: enabled === undefined ? undefined : (on >> bit & 1) === 1,
    })).filter((feature) => feature.supported || feature.enabled === true);
  });
}

/** The words that are not zero and that neither facts nor features tell of. */
export function otherWords(words: IdentifyWords): readonly OtherWord[] {
  const isTold = (word: number): boolean =>
    FACT_WORDS.some(([first, last]) => word >= first && word <= last) ||
    FEATURE_WORDS.some(({ supported, enabled }) => word === supported || word === enabled);
  return words.all()
    .map((value, word): OtherWord => ({ word, value, title: wordTitle(word) }))
    .filter(({ word, value }) => value !== 0 && !isTold(word));
}
