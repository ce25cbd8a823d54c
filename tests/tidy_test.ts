/**
 * The rules that the code keeps by itself: sizes, the one way of imports, where the kernel is
 * reached, what stands at the top level.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { listFolder, readText, type Source, sources } from "./sources.ts";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const LINE_LENGTH_MAX = 100;
const TOP_LEVEL = [
  ".ci",
  ".git",
  ".github",
  ".gitignore",
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "deno.json",
  "deno.lock",
  "dist",
  "docs",
  "ffi",
  "lib",
  "main.ts",
  "node_modules",
  "tests",
];
/** What each layer may import, besides itself and the leaves. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["cli"],
  cli: [
    "config",
    "control",
    "server",
    "engine",
    "client",
    "sancheck",
    "sniff",
    "bench",
    "transfer",
    "nbd",
    "socket",
    "target",
    "ata",
    "wire",
    "ffi",
  ],
  config: ["engine", "wire", "ffi"],
  // Its clients and those of nbd come by the same kind of socket.
  control: ["socket"],
  server: ["config", "control", "engine", "target", "ata", "wire", "ffi"],
  // Of control only types: what is told of an export's clients.
  engine: ["control", "target", "ata", "wire", "ffi"],
  target: ["ata", "wire"],
  ata: ["wire"],
  wire: [],
  client: ["ata", "wire", "ffi"],
  sniff: ["client", "ata", "wire", "ffi"],
  bench: ["client", "ata", "wire", "ffi"],
  sancheck: ["client", "ata", "wire", "ffi"],
  transfer: ["client", "ata", "wire", "ffi"],
  nbd: ["client", "socket", "ata", "wire"],
  // Only a umask makes a socket its owner's alone from the first moment.
  socket: ["ffi"],
  ffi: [],
  leaf: [],
};
const LEAVES = ["assert", "error", "glob", "histogram", "log", "nearest", "rate_limit", "version"];

const program: readonly Source[] = [
  { path: "main.ts", text: readText("main.ts") },
  ...sources("ffi", "lib"),
].filter(({ path }) => !path.endsWith(".d.ts"));
const all: readonly Source[] = [...program, ...sources("tests")];

/** Layer of a file: its folder in lib, or what the table calls it. */
function layerOf(path: string): string {
  const [top = "", folder = ""] = path.split("/");
  if (top !== "lib") return top;
  const name = folder.replace(/\.ts$/, "");
  return LEAVES.includes(name) ? "leaf" : name;
}

/** The files of the project that a file imports, as paths inside it. */
function importsOf({ path, text }: Source): readonly string[] {
  const paths = [...text.matchAll(/from "(\.[^"]+)"/g)].map(([, relative = ""]) => relative);
  return paths.map((relative) => new URL(relative, `file:///${path}`).pathname.slice(1));
}

/** Functions and methods with their number of lines: their indent tells the end. */
function functionsOf({ text }: Source): readonly { name: string; lines: number }[] {
  const lines = text.split("\n");
  return lines.flatMap((line, start) => {
    const head =
      /^( *)(?:export |async |static |override |get |set )*(?:function )?([#\w[\].]+)[<(]/
        .exec(line);
    const isControl = /^ *(?:if|for|while|switch|return|await|throw|else|using|expect)\b/.test(
      line,
    );
    if (head === null || isControl || /[;,]$/.test(line)) return [];
    const end = lines.findIndex((other, at) => at > start && other.startsWith(`${head[1]}}`));
    return end < 0 ? [] : [{ name: head[2] ?? "", lines: end - start + 1 }];
  });
}

Deno.test("no file is too long", () => {
  const long = all.filter(({ text }) => text.split("\n").length > FILE_LINES_MAX);
  assertEquals(long.map(({ path }) => path), []);
});

Deno.test("no line is too long", () => {
  const long = all.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) =>
      [...line].length > LINE_LENGTH_MAX && !line.includes("://") ? [`${path}:${index + 1}`] : []
    )
  );
  assertEquals(long, []);
});

Deno.test("no function is too long", () => {
  const found = all.flatMap((source) =>
    functionsOf(source).map((found) => ({ ...found, path: source.path }))
  );
  // The rule is only as good as its reading of the sources.
  const names = found.map(({ path, name }) => `${path} ${name}`);
  for (
    const known of ["lib/target/target.ts handle", "lib/wire/mac.ts parseMac", "ffi/libc.ts check"]
  ) {
    assertEquals(names.includes(known), true, known);
  }
  assertEquals(found.filter(({ lines }) => lines > FUNCTION_LINES_MAX), []);
});

Deno.test("imports go one way", () => {
  const wrong = program.flatMap((source) => {
    const layer = layerOf(source.path);
    const allowed = [layer, "leaf", ...(MAY_IMPORT[layer] ?? [])];
    return importsOf(source)
      .filter((path) => path !== "deno.json" && !allowed.includes(layerOf(path)))
      .map((path) => `${source.path} imports ${path}`);
  });
  assertEquals(wrong, []);
});

Deno.test("only ffi/ reaches the kernel, and it knows nothing of AoE", () => {
  const reach = /Deno\.(dlopen|Unsafe)/;
  const wrong = program.filter(({ path, text }) => !path.startsWith("ffi/") && reach.test(text));
  assertEquals(wrong.map(({ path }) => path), []);
  const knows = program.filter(({ path, text }) => path.startsWith("ffi/") && /AoE|aoe/.test(text));
  // Where it says that it knows nothing of AoE is no knowledge.
  assertEquals(knows.map(({ path }) => path), []);
});

Deno.test("the target decides without waiting, reading or writing", () => {
  const acts = /\basync\b|\bawait\b|\bDeno\b|\bsetTimeout\b|\bperformance\b/;
  const pure = program.filter(({ path }) => /^lib\/(wire|ata|target)\//.test(path));
  const wrong = pure.filter(({ text }) => acts.test(text.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "")));
  assertEquals(wrong.map(({ path }) => path), []);
});

Deno.test("every file says what it is", () => {
  const mute = all.filter(({ text }) => !/^\/\*\*[^]*?@module\n \*\//.test(text));
  assertEquals(mute.map(({ path }) => path), []);
});

Deno.test("types are not talked out of their checks", () => {
  const casts = / as (?!const\b)[A-Za-z{]|: any\b|<any>|@ts-/;
  const blank = (comment: string): string => comment.replaceAll(/[^\n]/g, "");
  const wrong = program.flatMap(({ path, text }) =>
    text.replaceAll(/\/\*[^]*?\*\/|`[^`]*`/g, blank).split("\n").flatMap((line, index) => {
      const code = line.replace(/\/\/.*|"[^"]*"/g, "");
      return casts.test(code) && !/^import |^ {2}type /.test(code) ? [`${path}:${index + 1}`] : [];
    })
  );
  assertEquals(wrong, []);
});

Deno.test("the top level holds what it should", () => {
  const names = listFolder("").map(({ name }) => name).filter((name) => !name.endsWith(".img"));
  assertEquals(names.filter((name) => !TOP_LEVEL.includes(name)), []);
});

Deno.test("nothing that runs comes from a registry that may be out of reach", () => {
  for (const path of ["deno.json", "deno.lock"]) {
    assertEquals(readText(path).includes("jsr:"), false, path);
  }
});
