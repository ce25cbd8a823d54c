/**
 * What the table of commands is made of.
 *
 * @module
 */
import type { CommandValues } from "./values.ts";

/** What a shell offers for a value: of the machine, or the commands themselves. */
export type Completion = "file" | "folder" | "interface" | "command";

/** What is known of the values of an option or operand. */
export interface ValueSpec {
  /** All there are, where they are a few words; others are refused. */
  readonly choices?: readonly string[];
  /** What shells offer, where the value's name does not tell: FILE, PATH, DIR and IFACE do. */
  readonly completes?: Completion;
}

/** One option. */
export interface OptionSpec extends ValueSpec {
  /** Long name, without the dashes. */
  readonly name: string;
  /** One letter, where there is one. */
  readonly short?: string;
  /** Name of its value in the help; undefined: it takes none. */
  readonly value?: string;
  /** What it does, in one line. */
  readonly help: string;
}

/** One argument that is no option. */
export interface OperandSpec extends ValueSpec {
  /** Name in the help, in capitals. */
  readonly name: string;
  /** What it is, in one line. */
  readonly help: string;
  /** Whether it may be left out. */
  readonly optional?: true;
  /** Whether there may be more than one; only of the last. */
  readonly many?: true;
  /** Whether "" is a value of it. */
  readonly mayBeEmpty?: true;
}

/** A command line to learn from. */
export interface Example {
  /** What to type. */
  readonly line: string;
  /** What it does. */
  readonly does: string;
}

/** What the module of a command has. */
export interface CommandModule {
  /** Carries the command out; returns the exit status, see {@linkcode Exit} of exit.ts. */
  run(values: CommandValues): Promise<number>;
}

/** One command. */
export interface CommandSpec {
  /** One word, or two: `ping`, `config get`. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** Its arguments, in their order. */
  readonly operands: readonly OperandSpec[];
  /** Its options; every command has `--help` besides. */
  readonly options: readonly OptionSpec[];
  /** What else there is to know, a paragraph each. */
  readonly details?: readonly string[];
  /** Command lines to learn from. */
  readonly examples: readonly Example[];
  /** Loads what carries it out; the other commands stay where they are. */
  load(): Promise<CommandModule>;
}

/** Commands of one kind. */
export interface Section {
  /** What they are for, as a heading. */
  readonly title: string;
  /** The commands, in the order of the help. */
  readonly commands: readonly CommandSpec[];
}
