/**
 * How results look on a terminal.
 *
 * @module
 */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** A colour or weight of text. */
export type Paint = "bold" | "dim" | "red" | "green" | "yellow";

/** Select Graphic Rendition (ECMA-48, section 8.3.117). */
const ESCAPE: Readonly<Record<Paint, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

/** Text in a colour where standard output is a terminal and NO_COLOR is not set. */
export function paint(style: Paint, text: string): string {
  return isColourful() ? `\x1b[${ESCAPE[style]}m${text}\x1b[0m` : text;
}

let colourful: boolean | undefined;

function isColourful(): boolean {
  return colourful ??= !Deno.noColor && Deno.stdout.isTerminal();
}

/** Rows in columns as wide as their widest cell; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => widths[at] = Math.max(widths[at] ?? 0, cell.length));
  }
  return rows.map((row, index) => {
    const line = row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ").trimEnd();
    return index === 0 ? paint("bold", line) : line;
  }).join("\n") + "\n";
}

/** Text in lines of at most `width` characters, broken at spaces. */
export function breakLines(text: string, width: number): readonly string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.filter((line) => line !== "");
}

/** `1.5 GiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || Number.isInteger(value) ? 0 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** `118 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatSize(bytesPerSecond)}/s`;
}

/** `85us`, `1.2ms`, `3.4s`. */
export function formatMicroseconds(us: number): string {
  if (us < 999.5) return `${us.toFixed(0)}us`;
  return us < 999_950 ? `${(us / 1000).toFixed(1)}ms` : `${(us / 1e6).toFixed(1)}s`;
}

/** `1:02:03`, or `2:03` below an hour. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (value: number): string => `${value}`.padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/**
 * Text that came from the wire, safe for a terminal: control characters and what is beyond ASCII as
 * `\x1b`, a backslash doubled.
 */
export function printable(bytes: Uint8Array | string): string {
  const codes = typeof bytes === "string" ? [...bytes].map((c) => c.codePointAt(0) ?? 0) : [
    ...bytes,
  ];
  return codes.map((code) => {
    if (code === 0x5c) return "\\\\";
    if (code >= 0x20 && code < 0x7f) return String.fromCharCode(code);
    return `\\x${code.toString(16).padStart(2, "0")}`;
  }).join("");
}
