/**
 * `dblade config get|set|force|test|prefix DISK`: the config string of a target.
 *
 * @module
 */
import { readSmallFile } from "../../../ffi/small_file.ts";
import {
  areEqual,
  getConfig,
  setConfig,
  startsWith,
  testConfig,
} from "../../client/config_change.ts";
import { SystemError } from "../../error.ts";
import { CONFIG_BYTES_MAX, ConfigCommand } from "../../wire/config.ts";
import { openDisk, timeoutMs } from "../disk.ts";
import { Exit } from "../exit.ts";
import { print, printBytes, printError } from "../output.ts";
import { printable } from "../text.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

const FORMS = ["raw", "hex", "json"] as const;
/** Silence is an answer, so it is not waited for as long as for others. */
const TEST_PATIENCE_MS = 1000;
const STDIN = "-";
const NEWLINE = 0x0a;

/** `config get`. */
export async function runGet(values: CommandValues): Promise<number> {
  const asked = FORMS.filter((form) => values.has(form));
  if (asked.length > 1) throw usage(`--${asked[0]} and --${asked[1]} are two forms: choose one`);
  using disk = await openDisk(values);
  const config = await getConfig(disk.path);
  if (asked[0] === "raw") printBytes(config);
  else if (asked[0] === "hex") print(config.toHex().replaceAll(/.{1,64}/g, "$&\n"));
  else if (asked[0] === "json") print(toJson({ disk: disk.name, ...described(config) }));
  else print(`${printable(config)}\n`);
  return Exit.DONE;
}

/** `config set`. */
export function runSet(values: CommandValues): Promise<number> {
  return change(values, ConfigCommand.SET);
}

/** `config force`. */
export function runForce(values: CommandValues): Promise<number> {
  return change(values, ConfigCommand.FORCE);
}

/** `config test`. */
export function runTest(values: CommandValues): Promise<number> {
  return compare(values, ConfigCommand.TEST, areEqual);
}

/** `config prefix`. */
export function runPrefix(values: CommandValues): Promise<number> {
  return compare(values, ConfigCommand.PREFIX, startsWith);
}

async function change(values: CommandValues, configCommand: number): Promise<number> {
  const string = stringOf(values);
  const file = isStdin(values) ? "standard input" : values.text("file");
  if (isStdin(values) && string.length === 0) {
    throw usage('Standard input is empty; "" instead of "-" clears the string');
  }
  using disk = await openDisk(values);
  await setConfig(disk.path, configCommand, string, printable);
  // Most programs end what they print with one, which a client may not expect in a name.
  if (file !== undefined && string.at(-1) === NEWLINE) {
    printError(`The string ends with a newline, as it came from ${file}\n`);
  }
  return Exit.DONE;
}

async function compare(
  values: CommandValues,
  configCommand: number,
  isTrue: (present: Uint8Array, string: Uint8Array) => boolean,
): Promise<number> {
  const string = stringOf(values);
  using disk = await openDisk(values, { patienceMs: timeoutMs(values) ?? TEST_PATIENCE_MS });
  const { matches, present } = await testConfig(disk.path, configCommand, string);
  if (values.has("json")) print(toJson({ disk: disk.name, matches, ...described(present) }));
  else print(matches ? "yes\n" : "no\n");
  if (!matches && isTrue(present, string)) {
    printError(`dblade: ${disk.name} is silent, though its string is "${printable(present)}"\n`);
  }
  return matches ? Exit.DONE : Exit.NO;
}

/** The string that the command line names; throws UsageError. */
function stringOf(values: CommandValues): Uint8Array {
  const [text, file] = [values.optionalOperand("STRING"), values.text("file")];
  if (text !== undefined && file !== undefined) {
    throw usage("The string is given twice, as STRING and with --file");
  }
  if (text === undefined && file === undefined) {
    throw usage('Missing STRING: an argument, "-" for standard input, or --file FILE');
  }
  const bytes = isStdin(values) ? readStdin() : bytesOf(text, file);
  if (bytes.length <= CONFIG_BYTES_MAX) return bytes;
  const size = isStdin(values) ? `more than ${CONFIG_BYTES_MAX}` : `${bytes.length}`;
  throw usage(`The string has ${size} bytes; a config string has at most ${CONFIG_BYTES_MAX}`);
}

function isStdin(values: CommandValues): boolean {
  return values.optionalOperand("STRING") === STDIN || values.text("file") === STDIN;
}

function bytesOf(text: string | undefined, file: string | undefined): Uint8Array {
  return file === undefined ? new TextEncoder().encode(text) : readFile(file);
}

function readFile(path: string): Uint8Array {
  const bytes = readSmallFile(path);
  if (bytes !== undefined) return bytes;
  throw new SystemError(`Cannot read "${path}": there is no such file`, "open", 0);
}

/** Standard input up to its end; not much behind what a string may have. */
function readStdin(): Uint8Array {
  const bytes = new Uint8Array(CONFIG_BYTES_MAX + 1);
  let size = 0;
  while (size < bytes.length) {
    const count = Deno.stdin.readSync(bytes.subarray(size));
    if (count === null) break;
    size += count;
  }
  return bytes.subarray(0, size);
}

function described(config: Uint8Array): Record<string, unknown> {
  return { size: config.length, config: printable(config), hex: config.toHex() };
}

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2) + "\n";
}
