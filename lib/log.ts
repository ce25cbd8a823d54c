/**
 * The log: lines on standard error, as text or as JSON. Standard output is left to what a command
 * was asked for.
 *
 * @module
 */
import { configureSync, getLogger, getTextFormatter, jsonLinesFormatter } from "@logtape/logtape";

/** Levels from the most to the least talkative. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];
/** How a line looks. */
export const LOG_FORMATS = ["text", "json"] as const;
/** One of {@linkcode LOG_FORMATS}. */
export type LogFormat = (typeof LOG_FORMATS)[number];

const logger = getLogger("dblade");

/** The program's one log. Silent until {@linkcode configureLog} has been called. */
export const log = {
  /** What helps to find a fault. */
  debug(message: string): void {
    logger.debug(literal(message));
  },
  /** What a person may want to know. */
  info(message: string): void {
    logger.info(literal(message));
  },
  /** What a person should look at. */
  warn(message: string): void {
    logger.warn(literal(message));
  },
  /** What went wrong. */
  error(message: string): void {
    logger.error(literal(message));
  },
};

/** Braces are placeholders to the logger; a path may have some. */
function literal(message: string): string {
  return message.replaceAll("{", "{{").replaceAll("}", "}}");
}

const encoder = new TextEncoder();

/** Sends every record of at least `level` to standard error in `format`. */
export function configureLog(level: LogLevel, format: LogFormat): void {
  const text = getTextFormatter({
    timestamp: "rfc3339",
    format: ({ timestamp, record, message }) => `${timestamp} ${record.level} ${message}`,
  });
  const formatter = format === "json" ? jsonLinesFormatter : text;
  configureSync({
    reset: true,
    sinks: { stderr: (record) => writeLine(formatter(record)) },
    loggers: [
      { category: "dblade", sinks: ["stderr"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "error" },
    ],
  });
}

function writeLine(line: string): void {
  try {
    Deno.stderr.writeSync(encoder.encode(line.endsWith("\n") ? line : line + "\n"));
  } catch {
    // A closed standard error must not stop the target: its disk matters more than its log.
  }
}
