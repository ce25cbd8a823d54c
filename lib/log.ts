/**
 * The log: lines of text or JSON.
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
  /** What a person may want to know; a log in JSON has the fields beside the message. */
  info(message: string, fields?: Readonly<Record<string, unknown>>): void {
    if (fields === undefined) logger.info(literal(message));
    else logger.info(literal(message), { ...fields });
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

/** Hands every record of at least `level` to `write`, as a line in `format`. */
export function configureLog(
  level: LogLevel,
  format: LogFormat,
  write: (line: string) => void,
): void {
  const text = getTextFormatter({
    timestamp: "rfc3339",
    format: ({ timestamp, record, message }) => `${timestamp} ${record.level} ${message}`,
  });
  const formatter = format === "json" ? jsonLinesFormatter : text;
  configureSync({
    reset: true,
    sinks: { lines: (record) => write(formatter(record)) },
    loggers: [
      { category: "dblade", sinks: ["lines"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "error" },
    ],
  });
}
