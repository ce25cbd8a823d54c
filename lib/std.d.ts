// Types of the std modules, which come by way of npm without any (docs/design.md, "Dependencies").

declare module "@std/cli/parse-args" {
  /** What the parser is told about the options. */
  export interface ParseOptions {
    /** Options that take a value, kept as text. "_" keeps the positional arguments as text too. */
    string?: readonly string[];
    /** Options that take no value. */
    boolean?: readonly string[];
    /** Options that may be given more than once: their values come as an array. */
    collect?: readonly string[];
    /** Other names of an option. */
    alias?: Readonly<Record<string, string | readonly string[]>>;
    /** Called with every argument that is in none of the lists; false leaves it out. */
    unknown?: (argument: string, key?: string, value?: unknown) => boolean;
  }
  /** The values by option name; the positional arguments under "_". */
  export type Parsed = Record<string, unknown> & { _: string[] };
  export function parseArgs(args: readonly string[], options?: ParseOptions): Parsed;
}

declare module "@std/toml/parse" {
  /** The values by key; throws SyntaxError. It takes keys that are there twice without a word. */
  export function parse(text: string): Record<string, unknown>;
}

declare module "@std/assert" {
  export class AssertionError extends Error {}
  export function assert(condition: unknown, message?: string): asserts condition;
  export function assertEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertMatch(actual: string, expected: RegExp, message?: string): void;
  export function assertStringIncludes(actual: string, expected: string, message?: string): void;
  export function assertThrows<E extends Error = Error>(
    run: () => unknown,
    // deno-lint-ignore no-explicit-any -- a constructor's parameters cannot be named more narrowly
    errorClass?: new (...args: any[]) => E,
    messageIncludes?: string,
  ): E;
  export function assertRejects<E extends Error = Error>(
    run: () => PromiseLike<unknown>,
    // deno-lint-ignore no-explicit-any -- a constructor's parameters cannot be named more narrowly
    errorClass?: new (...args: any[]) => E,
    messageIncludes?: string,
  ): Promise<E>;
  export function fail(message?: string): never;
}
