/**
 * `dblade verify DISK FILE`: whether a disk holds what a file, a stream or another disk does.
 *
 * @module
 */
import { Checksum } from "../../transfer/checksum.ts";
import type { Source } from "../../transfer/place.ts";
import { planLength } from "../../transfer/plan.ts";
import { compare, type Differences } from "../../transfer/verifier.ts";
import { SECTOR_SIZE } from "../../wire/ata.ts";
import { Exit } from "../exit.ts";
import { Interrupt } from "../interrupt.ts";
import { print, printError } from "../output.ts";
import { withPatience } from "../patience.ts";
import { bytesOf, openDiskPlace, openSource } from "../places.ts";
import { ProgressBar } from "../progress.ts";
import { comparisonOf } from "../summary.ts";
import { formatSize } from "../text.ts";
import type { CommandValues } from "../values.ts";

/** Compares as the command line says. */
export async function run(values: CommandValues): Promise<number> {
  using resources = new DisposableStack();
  const offset = bytesOf(values, "offset") ?? 0;
  const asked = bytesOf(values, "length", 1);
  const disk = await openDiskPlace(values, values.operand("DISK"), resources);
  const most = planLength({ source: disk, sourceOffset: offset, length: asked }) ?? 0;
  const file = await openSource(values, values.operand("FILE"), resources);
  using interrupt = new Interrupt();
  const length = Math.min(most, file.size ?? Infinity);
  const bar = new ProgressBar(length, values.has("quiet"));
  const checksum = values.has("no-checksum") ? undefined : await Checksum.open();
  const startMs = performance.now();
  bar.show(0);
  const found = await compare({
    disk,
    offset,
    file,
    length,
    see: (bytes) => checksum?.update(bytes),
    progress: (done) => bar.show(done),
    signal: interrupt.signal,
  }).catch((error) => {
    throw withPatience(error);
  }).finally(() => bar.clear());
  if (found.isStopped) {
    printError(`Stopped: ${formatSize(found.compared)} were compared\n`);
    return Exit.INTERRUPTED;
  }
  const problems = [
    ...differencesOf(found, offset, disk.name, file.name),
    ...await sizeProblem({ file, most, asked, compared: found.compared, disk: disk.name }),
  ];
  const summary = comparisonOf({
    disk: disk.name,
    file: file.name,
    equal: problems.length === 0,
    bytes: found.compared,
    firstDifference: found.first === undefined ? undefined : offset + found.first,
    differingSectors: found.sectors,
    seconds: (performance.now() - startMs) / 1000,
    sha256: checksum?.hex(),
  });
  for (const problem of problems) printError(problem + "\n");
  if (values.has("json")) print(JSON.stringify(summary.json, undefined, 2) + "\n");
  else if (!values.has("quiet")) printError(summary.line);
  return problems.length > 0 ? Exit.NO : Exit.DONE;
}

function differencesOf(
  { first, sectors, compared }: Differences,
  offset: number,
  disk: string,
  file: string,
): readonly string[] {
  if (first === undefined) return [];
  const at = offset + first;
  const all = Math.ceil(compared / SECTOR_SIZE);
  return [
    `${disk} differs from ${file}: first in sector ${Math.floor(at / SECTOR_SIZE)} at its byte ` +
    `${at % SECTOR_SIZE} (byte ${first} of ${file}); ${sectors} of ${all} sectors differ`,
  ];
}

/** What is there of one and not of the other. */
async function sizeProblem(
  { file, most, asked, compared, disk }: {
    file: Source;
    most: number;
    asked: number | undefined;
    compared: number;
    disk: string;
  },
): Promise<readonly string[]> {
  if (asked !== undefined) {
    return compared < asked
      ? [`${file.name} ends after ${compared} bytes, before what was asked for`]
      : [];
  }
  const hasMore = file.size === undefined
    ? compared === most && await file.read(new Uint8Array(1), compared) > 0
    : file.size > most;
  return hasMore ? [`${file.name} has more than the ${most} bytes of ${disk} there`] : [];
}
