/**
 * From the command line to a command of the table and its values. Everything that can be found
 * wrong without looking at the system is found here or by the command, and named with its value.
 *
 * @module
 */
import type { CommandSpec } from "./command.ts";
import { didYouMean, nearest } from "../nearest.ts";
import { spellOut } from "./spelling.ts";
import { COMMAND_WORDS, commandsOf } from "./table.ts";
import { EXPORT, EXPORT_OPTIONS } from "./table/export.ts";
import { hinted, usage, withHint } from "./usage.ts";
import { CommandValues } from "./values.ts";

/** What the command line asks for. */
export type Invocation =
  | { readonly command: "help"; readonly topic: readonly string[] }
  | { readonly command: "version" }
  | {
    readonly command: "run";
    readonly spec: CommandSpec;
    readonly values: CommandValues;
    /** What to look up where it is wrong; undefined: `dblade --help`. */
    readonly topic: string | undefined;
  };

/** Words that other programs have for the same. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["ls", "discover"],
  ["list", "discover"],
  ["scan", "discover"],
  ["info", "identify"],
  ["show", "identify"],
  ["dump", "sniff"],
  ["test", "sancheck"],
  ["cp", "copy"],
  ["dd", "copy"],
  ["compare", "verify"],
  ["cfg", "config"],
  ["release", "reserve"],
]);

/** Reads the command line; throws {@linkcode UsageError} with the value and the remedy. */
export function parseInvocation(args: readonly string[]): Invocation {
  const words = commandFirst(args);
  const first = words[0] ?? "";
  if (!COMMAND_WORDS.includes(first)) {
    // Whoever asks for help gets it, whatever else is wrong.
    if (asksForHelp(words)) return { command: "help", topic: [] };
    return withHint(undefined, () => parseShortForm(words));
  }
  const specs = commandsOf(first);
  if (asksForHelp(words)) {
    return { command: "help", topic: specOf(words, specs)?.name.split(" ") ?? [first] };
  }
  const ordered = withHint(first, () => actionFirst(words, specs));
  const spec = specOf(ordered, specs);
  if (spec === undefined) throw hinted(first, unknownAction(first, ordered[1], specs));
  const rest = ordered.slice(spec.name.split(" ").length);
  // Whoever looks for a command does not want to hear about "help".
  const topic = first === "help" ? undefined : spec.name;
  return withHint(topic, () => runOf(spec, rest, topic));
}

/** The command that the first words name: an action of a group, or one that stands alone. */
function specOf(
  [first, second]: readonly string[],
  specs: readonly CommandSpec[],
): CommandSpec | undefined {
  return specs.find(({ name }) => name === `${first} ${second}`) ??
    specs.find(({ name }) => name === first);
}

/** Puts the action of a group, such as `get`, in front of options that stand before it. */
function actionFirst(
  words: readonly string[],
  specs: readonly CommandSpec[],
): readonly string[] {
  const [first = "", ...others] = words;
  const isGroup = specs.every(({ name }) => name.includes(" "));
  if (!isGroup || others[0]?.startsWith("-") !== true) return words;
  const spelled = spellOut(specs.flatMap(({ options }) => options), others);
  const end = spelled.indexOf("--");
  const [action, ...operands] = spelled.slice(end + 1);
  if (action === undefined) return words;
  return [first, action, ...spelled.slice(0, end), "--", ...operands];
}

/** Puts the command in front of options that stand before it and are none of an export's. */
function commandFirst(args: readonly string[]): readonly string[] {
  const at = args.findIndex((arg) => !arg.startsWith("-"));
  const before = args.slice(0, at);
  if (at <= 0 || !COMMAND_WORDS.includes(args[at] ?? "")) return args;
  if (args[at] !== EXPORT.name && before.some(isExportOption)) return args;
  const isGroup = commandsOf(args[at] ?? "").some(({ name }) => name.includes(" "));
  const words = isGroup && args[at + 1]?.startsWith("-") === false ? 2 : 1;
  return [...args.slice(at, at + words), ...before, ...args.slice(at + words)];
}

function isExportOption(arg: string): boolean {
  return !/^(--help|-h)$/.test(arg) &&
    EXPORT_OPTIONS.some(({ name, short }) =>
      arg.split("=")[0] === `--${name}` || (short !== undefined && arg.startsWith(`-${short}`))
    );
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const options = end < 0 ? words : words.slice(0, end);
  return options.includes("--help") || options.includes("-h");
}

/** `dblade SHELF SLOT INTERFACE FILE`. */
function parseShortForm(args: readonly string[]): Invocation {
  const first = args[0] ?? "";
  // A shelf is a number, so a word can only be a mistyped command; four may be an export's.
  const isWord = /^[a-z]/i.test(first);
  if (isWord && args.filter((arg) => !arg.startsWith("-")).length !== EXPORT.operands.length) {
    throw unknownCommand(first);
  }
  const command = args.find((arg) => COMMAND_WORDS.includes(arg));
  if (first.startsWith("-") && command !== undefined && !isExportOption(first)) {
    throw usage(`"${first}" is no option of an export; those of "${command}" stand behind it`);
  }
  return runOf(EXPORT, args, undefined);
}

function runOf(
  spec: CommandSpec,
  args: readonly string[],
  topic: string | undefined,
): Invocation {
  const values = new CommandValues(spec, args);
  if (values.has("help")) return { command: "help", topic: topic?.split(" ") ?? [] };
  if (values.has("version")) return { command: "version" };
  return { command: "run", spec, values, topic };
}

function unknownCommand(word: string): Error {
  if (/^e[0-9]+\.[0-9]+$/.test(word)) {
    return usage(`"${word}" is a disk: say what to do with it, such as "dblade identify ${word}"`);
  }
  const near = SYNONYMS.get(word) ?? nearest(word.toLowerCase(), COMMAND_WORDS);
  return usage(`Unknown command "${word}"${didYouMean(near)}`);
}

function unknownAction(
  first: string,
  word: string | undefined,
  specs: readonly CommandSpec[],
): Error {
  const actions = specs.map(({ name }) => name.slice(first.length + 1));
  const list = `"${first}" is followed by one of ${actions.join(", ")}`;
  if (word === undefined || word.startsWith("-")) return usage(list);
  const near = nearest(word, actions);
  return usage(`${list}, not by "${word}"${didYouMean(near)}`);
}
