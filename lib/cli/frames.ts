/**
 * Shows the frames that pass, as the options of a command say.
 *
 * @module
 */
import { OutputStream } from "../../ffi/output_stream.ts";
import { STDOUT } from "../../ffi/standard_stream.ts";
import { sniff, type SniffTotals } from "../sniff/sniff.ts";
import { Sniffer } from "../sniff/sniffer.ts";
import type { Line } from "../sniff/describe.ts";
import type { DiskAddress } from "../wire/address.ts";
import { Exit } from "./exit.ts";
import { Interrupt } from "./interrupt.ts";
import { printError } from "./output.ts";
import { paint } from "./text.ts";
import { usage } from "./usage.ts";
import type { CommandValues } from "./values.ts";

const COUNT_MAX = 2 ** 40;
const SECONDS_MAX = 2 ** 31;

/** Where to look, and at what. */
export interface SniffPlace {
  /** Only what concerns this address; undefined: all. */
  readonly disk: DiskAddress | undefined;
  /** Names of interfaces; undefined: every Ethernet interface that is up. */
  readonly interfaces: readonly string[] | undefined;
}

/** Throws UsageError where the options do not go together. */
function checkOptions(values: CommandValues): void {
  const path = values.text("pcap");
  if (path === "-" && (values.has("json") || values.has("hex"))) {
    throw usage("--pcap - takes standard output; --json and --hex have no place left");
  }
  if (values.has("quiet") && path === undefined) {
    throw usage("--quiet shows nothing without --pcap");
  }
}

/**
 * Prints what passes until a signal comes or there was enough; then a summary. The options are
 * SNIFF_OPTIONS of table/sniff.ts; where to look is asked for once they are known to be right.
 */
export async function showFrames(
  values: CommandValues,
  find: () => SniffPlace | Promise<SniffPlace>,
): Promise<number> {
  checkOptions(values);
  const path = values.text("pcap");
  const isQuiet = values.has("quiet") || path === "-";
  const count = values.integer("count", 1, COUNT_MAX) ?? Infinity;
  const durationMs = (values.seconds("seconds", 0.001, SECONDS_MAX) ?? Infinity) * 1000;
  const { disk, interfaces } = await find();
  using stack = new DisposableStack();
  const interrupt = stack.use(new Interrupt());
  const notice = (message: string): void => printError(`dblade: ${message}\n`);
  const promiscuous = !values.has("no-promiscuous");
  const sniffer = stack.use(Sniffer.open({ interfaces, disk, promiscuous, notice }));
  const stdout = stack.use(OutputStream.standard(STDOUT, "standard output"));
  const file = path === undefined || path === "-" ? undefined : OutputStream.create(path);
  if (file !== undefined) stack.use(file);
  printError(`Looking at ${sniffer.names}\n`);
  const totals = await sniff(sniffer, {
    lines: isQuiet ? undefined : stdout,
    json: values.has("json"),
    hex: values.has("hex"),
    paint: colour,
    pcap: path === "-" ? stdout : file,
    count,
    durationMs,
    isStopped: () => interrupt.came,
  });
  printError(summary(totals, isQuiet));
  return Exit.DONE;
}

function colour({ text, tone }: Line): string {
  return tone === "plain" ? text : paint(tone === "trouble" ? "red" : "yellow", text);
}

function summary(totals: SniffTotals, isQuiet: boolean): string {
  const { frames, dropped, copies, refusals, malformed } = totals;
  const lost = `${dropped} lost because they were not taken in time`;
  const counted = `${frames} frames, ${lost}`;
  if (isQuiet) return `${counted}\n`;
  return `${counted}; ${copies} sent again, ${refusals} refusals, ${malformed} malformed\n`;
}
