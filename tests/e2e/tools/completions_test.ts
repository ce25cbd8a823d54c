/**
 * The completion scripts in the shells that they are for: what is offered at the end of a line.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { bashCompletions } from "../../../lib/cli/completions/bash.ts";
import { fishCompletions } from "../../../lib/cli/completions/fish.ts";
import { placesOf, spellings } from "../../../lib/cli/completions/offers.ts";
import { zshCompletions } from "../../../lib/cli/completions/zsh.ts";
import type { CommandSpec, Section } from "../../../lib/cli/command.ts";
import { INTERFACE } from "../../../lib/cli/options.ts";
import { SECTIONS } from "../../../lib/cli/table.ts";
import { TemporaryFolder } from "../../temporary.ts";
import { Wire } from "../namespace.ts";
import { e2e } from "../requires.ts";
import { runCommand, runProgram } from "../target_process.ts";

function spec(name: string, more: Partial<CommandSpec>): CommandSpec {
  const load = () => Promise.reject(new Error("this is no command"));
  const summary = "a [test]: it's $HOME, `x` and \\n";
  return { name, summary, operands: [], options: [], examples: [], load, ...more };
}

/** The table, and what may be in it one day: a group, a command that is a group, too, all kinds. */
const TABLE: readonly Section[] = [...SECTIONS, {
  title: "Tests",
  commands: [
    spec("zgroup get", { operands: [{ name: "DISK", help: "" }] }),
    spec("zgroup put", {
      operands: [{ name: "MODE", help: "", choices: ["soft", "hard"] }, { name: "FILE", help: "" }],
      options: [INTERFACE, { name: "long-option", short: "L", value: "DIR", help: "it's [x]: y" }],
    }),
    spec("zboth", { operands: [{ name: "IFACE", help: "", optional: true, many: true }] }),
    spec("zboth act", {}),
  ],
}];

/** A line, and all that is offered behind it: whole words, without a blank. */
type Case = readonly [line: string, ...offers: readonly string[]];

const CASES: readonly Case[] = [
  ["dblade disc", "discover"],
  ["dblade zg", "zgroup"],
  ["dblade zgroup ", "get", "put"],
  ["dblade zgroup p", "put"],
  ["dblade zgroup put ", "hard", "soft"],
  ["dblade zgroup put h", "hard"],
  ["dblade zgroup put hard FOLDER/b", "FOLDER/b.img"],
  ["dblade zgroup put --long-option FOLDER/s", "FOLDER/sub"],
  ["dblade zgroup put -L FOLDER/s", "FOLDER/sub"],
  ["dblade zgroup put --lo", "--long-option"],
  ["dblade zgroup put -L x h", "hard"],
  ["dblade zgroup put --long-option=x h", "hard"],
  ["dblade zgroup get "],
  ["dblade zgroup get --in"],
  ["dblade zboth a", "act"],
  ["dblade zgroup put -i l", "lo"],
  ["dblade zgroup put -i eth7,l", "eth7,lo"],
  ["dblade --engine r", "ring"],
  ["dblade --engine=pl", "--engine=plain"],
  ["dblade --read", "--read-only"],
  ["dblade --state FOLDER/", "FOLDER/sub"],
  ["dblade 0 0 ", "eth0", "lo"],
  ["dblade 0 0 l", "lo"],
  ["dblade -rb 64 0 0 l", "lo"],
  ["dblade -rb64 0 0 l", "lo"],
  ["dblade -m 02:00:5e:10:00:ff 0 0 l", "lo"],
  ["dblade 0 0 lo FOLDER/a", "FOLDER/a b.img"],
  ["dblade export 0 0 lo FOLDER/b", "FOLDER/b.img"],
  ["dblade export -- 0 0 lo FOLDER/b", "FOLDER/b.img"],
  ["dblade export 0 "],
  ["dblade help zgr", "zgroup"],
  ["dblade help zgroup g", "get"],
  ["dblade discover eth0 l", "lo"],
  ["dblade completions f", "fish"],
  ["dblade discover --js", "--json"],
  ["dblade nonsense --zz"],
];

/** The cases with a folder that has files in it, for each place of the table one more. */
function casesIn(folder: string): readonly Case[] {
  Deno.mkdirSync(`${folder}/sub`);
  for (const name of ["b.img", "a b.img"]) Deno.writeTextFileSync(`${folder}/${name}`, "");
  const fixed = CASES.map((words) => words.map((word) => word.replace("FOLDER", folder)));
  const places = placesOf(TABLE).flatMap(({ name, actions, options }): string[][] => {
    const line = `dblade ${name}`.trim();
    const longs = options.flatMap(spellings).filter((word) => word.startsWith("--"));
    return [
      ...(actions.length > 0 ? [[`${line} `, ...actions.map(({ word }) => word)]] : []),
      ...(longs.length > 0 ? [[`${line} --`, ...longs]] : []),
    ];
  });
  return [...fixed, ...places].map(([line = "", ...offers]): Case => [line, ...offers]);
}

const SEPARATOR = "----";

/** Runs a shell's script, in which a line of dashes ends what is printed for each case. */
async function seenBy(
  shell: readonly string[],
  folder: string,
  script: string,
): Promise<readonly string[]> {
  Deno.writeTextFileSync(`${folder}/driver`, script);
  // There the interfaces are eth0 and lo, whatever this machine has.
  await using wire = await Wire.open();
  const enter = ["ip", "netns", "exec", wire.target];
  const command = [...enter, ...shell, `${folder}/driver`];
  const { stdout, stderr, code } = await runCommand(command, folder);
  assertEquals([code, stderr], [0, ""]);
  return stdout.split(`${SEPARATOR}\n`).slice(0, -1);
}

/** The same where a line is a word that is offered. */
async function offersOf(
  shell: readonly string[],
  folder: string,
  script: string,
): Promise<readonly (readonly string[])[]> {
  const parts = await seenBy(shell, folder, script);
  return parts.map((part) => part.split("\n").filter((line) => line !== "").toSorted());
}

for (
  const [shell, make] of [
    ["bash", bashCompletions],
    ["zsh", zshCompletions],
    ["fish", fishCompletions],
  ] as const
) {
  e2e(`dblade completions ${shell} prints what ${shell} takes for a script`, [shell], async () => {
    using folder = new TemporaryFolder();
    const { code, stdout, stderr } = await runProgram(["completions", shell]);
    assertEquals([code, stderr, stdout], [0, "", make(SECTIONS)]);
    assertMatch(stdout, /^# {3}dblade completions/m);
    Deno.writeTextFileSync(`${folder.path}/script`, stdout);
    const checked = await runCommand([shell, "-n", `${folder.path}/script`]);
    assertEquals([checked.code, checked.stderr], [0, ""]);
  });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

e2e("the completions for bash offer what the table has", ["bash"], async () => {
  using folder = new TemporaryFolder();
  using files = new TemporaryFolder();
  const cases = casesIn(files.path);
  const lines = cases.map(([line]) => {
    // As readline splits words, by default.
    const words = line.split(" ").flatMap((word) =>
      word === "" ? [""] : word.split(/([=:]+)/).filter((part) => part !== "")
    );
    return `COMP_WORDS=(${words.map(quote).join(" ")}) COMP_CWORD=${words.length - 1}
      _dblade; printf '%s\\n' "\${COMPREPLY[@]}" ${SEPARATOR}`;
  });
  const script = `${bashCompletions(TABLE)}\n${lines.join("\n")}\n`;
  const offers = await offersOf(["bash", "--norc", "-u"], folder.path, script);
  cases.forEach(([line, ...expected], index) => {
    // bash replaces what is behind the = alone.
    const words = expected.map((word) => word.replace(/^--[\w-]+=/, ""));
    assertEquals(offers[index], words.toSorted(), line);
  });
});

e2e(
  "the completions for bash offer whole options where it splits at blanks only",
  ["bash"],
  async () => {
    using folder = new TemporaryFolder();
    const script = `${bashCompletions(TABLE)}
    COMP_WORDBREAKS=' ' COMP_WORDS=(dblade --engine=r) COMP_CWORD=1
    _dblade; printf '%s\\n' "\${COMPREPLY[@]}" ${SEPARATOR}`;
    assertEquals(await offersOf(["bash", "--norc"], folder.path, script), [["--engine=ring"]]);
  },
);

e2e("the completions for fish offer what the table has", ["fish"], async () => {
  using folder = new TemporaryFolder();
  using files = new TemporaryFolder();
  const cases = casesIn(files.path);
  const lines = cases.map(([line]) =>
    `complete -C ${quote(line)} | string replace -r '\\t.*' ''; echo ${SEPARATOR}`
  );
  const script = `${fishCompletions(TABLE)}\n${lines.join("\n")}\n`;
  const offers = await offersOf(["fish", "--no-config"], folder.path, script);
  cases.forEach(([line, ...expected], index) => {
    const words = offers[index]?.map((word) => word.replace(/\/$/, ""));
    assertEquals(words, expected.toSorted(), line);
  });
});

/** Types each line into a zsh of its own on a terminal, and Tab behind it. */
function zshDriver(script: string, lines: readonly string[]): string {
  const keys = lines.map((line) =>
    `zpty -w -n z ${quote(line)}$'\\t\\x14'; zpty -r z seen '*<</*/>>*'; print -r -- "$seen"
     print -r -- ${SEPARATOR}`
  );
  return `zmodload zsh/zpty
zpty z 'TERM=dumb COLUMNS=400 zsh -f -i'
zpty -w z 'PS1="" PS2=""; stty cols 400 rows 500 -echo; autoload -Uz compinit; compinit -D -u'
zpty -w z 'show() { zle -I; print -r -- "<</$BUFFER/>>"; BUFFER="" }'
zpty -w z 'zle -N show; bindkey "^T" show'
zpty -w z 'LISTMAX=10000; unsetopt beep; source ${script}; print READ""Y'
zpty -r z seen '*READY*'
${keys.join("\n")}
zpty -d z
`;
}

e2e("the completions for zsh offer what the table has", ["zsh"], async () => {
  using folder = new TemporaryFolder();
  using files = new TemporaryFolder();
  const cases = casesIn(files.path);
  Deno.writeTextFileSync(`${folder.path}/_dblade`, zshCompletions(TABLE));
  const driver = zshDriver(`${folder.path}/_dblade`, cases.map(([line]) => line));
  const seen = await seenBy(["timeout", "120", "zsh", "-f"], folder.path, driver);
  assertEquals(seen.length, cases.length);
  cases.forEach(([line, ...expected], index) => {
    const text = seen[index] ?? "";
    const buffer = /<<\/(.*)\/>>/.exec(text)?.[1] ?? "";
    const [only, ...others] = expected;
    const what = `${line}: ${text}`;
    if (only === undefined) assertEquals(buffer.trimEnd(), line.trimEnd(), what);
    // Behind two dashes alone zsh only lists what there is, though it be one.
    else if (others.length === 0 && !line.endsWith(" --")) {
      const begun = line.slice(0, line.lastIndexOf(" ") + 1);
      const typed = buffer.replaceAll("\\ ", " ").replace(/[ /=]$/, "");
      assertEquals(typed, begun + only, what);
    } else {
      for (const word of expected) assert(text.includes(word), `${word} of ${what}`);
    }
  });
});

e2e("the completions for zsh work from a folder of functions", ["zsh"], async () => {
  using folder = new TemporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/_dblade`, zshCompletions(TABLE));
  const script = `fpath=(${folder.path} $fpath); autoload -Uz compinit; compinit -D -u
    print $_comps[dblade]`;
  const { stdout } = await runCommand(["zsh", "-f", "-c", script]);
  assertEquals(stdout.trim(), "_dblade");
});
