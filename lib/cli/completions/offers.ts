/**
 * What shells offer where, from the table: the same for every shell.
 *
 * @module
 */
import type { OptionSpec, Section, ValueSpec } from "../command.ts";
import { optionsOf } from "../help.ts";
import { EXPORT } from "../table/export.ts";

/** A word and what it means. */
export interface Word {
  /** What is typed. */
  readonly word: string;
  /** What it does, in one line. */
  readonly help: string;
}

/** What may be typed behind the words of a command, or of a group such as `config`. */
export interface Place {
  /** The words; empty: nothing but the program's name. */
  readonly name: string;
  /** Commands, or a group's actions. */
  readonly actions: readonly Word[];
  /** Its options. */
  readonly options: readonly OptionSpec[];
  /** What is offered for each operand: see {@linkcode offerOf}. */
  readonly operands: readonly Offered[];
  /** Whether the last operand may be there more than once. */
  readonly many: boolean;
}

/** An operand, and what is offered for it. */
export interface Offered {
  /** Its name in the help. */
  readonly name: string;
  /** What is offered. */
  readonly offer: string;
}

/** What the names of values say of them. */
const BY_NAME: Readonly<Record<string, string>> = {
  FILE: "file",
  PATH: "file",
  DIR: "folder",
  FOLDER: "folder",
  IFACE: "interface",
  INTERFACE: "interface",
};

/** The command that a line without one means. */
export const DEFAULT_COMMAND: string = EXPORT.name;

/** What is offered for a value: `none`, `file`, `folder`, `interface`, `command`, `words,a,b`. */
export function offerOf(name: string, { choices, completes }: ValueSpec): string {
  if (choices !== undefined) return ["words", ...choices].join();
  const told = name.split(/[^A-Z]+/).map((word) => BY_NAME[word]).find((kind) => kind);
  return completes ?? told ?? "none";
}

/** All places of the commands in `sections`, beginning with that of no command. */
export function placesOf(sections: readonly Section[]): readonly Place[] {
  const specs = sections.flatMap(({ commands }) => commands);
  const words = [...new Set(specs.map(({ name }) => name.split(" ")[0] ?? ""))];
  const actionsOf = (word: string): readonly Word[] =>
    specs.filter(({ name }) => name.startsWith(`${word} `)).map(({ name, summary }) => ({
      word: name.slice(word.length + 1),
      help: summary,
    }));
  const isCommand = (word: string): boolean => specs.some(({ name }) => name === word);
  const commands = words.map((word): Word => ({
    word,
    help: specs.find(({ name }) => name === word)?.summary ??
      actionsOf(word).map((action) => action.word).join(", "),
  }));
  const empty = { options: [], operands: [], many: false };
  return [
    { ...empty, name: "", actions: commands, options: optionsOf(EXPORT) },
    ...words.filter((word) => !isCommand(word)).map((word): Place => ({
      ...empty,
      name: word,
      actions: actionsOf(word),
    })),
    ...specs.map((spec): Place => ({
      name: spec.name,
      actions: actionsOf(spec.name),
      options: optionsOf(spec),
      operands: spec.operands.map((one) => ({ name: one.name, offer: offerOf(one.name, one) })),
      many: spec.operands.at(-1)?.many !== undefined,
    })),
  ];
}

/** The ways to type an option: `-b` and `--buffers`. */
export function spellings({ name, short }: OptionSpec): readonly string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];
}

/** What each option with a value takes: `--engine=words,auto,ring`. */
export function takesOf(options: readonly OptionSpec[]): readonly string[] {
  return options.flatMap((option) => {
    if (option.value === undefined) return [];
    const offer = offerOf(option.value, option);
    return spellings(option).map((spelling) => `${spelling}=${offer}`);
  });
}
