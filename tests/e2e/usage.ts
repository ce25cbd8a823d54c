/**
 * What a process takes of the machine: proc(5).
 *
 * @module
 */

/** Ticks of a second, in which Linux tells CPU time (USER_HZ). */
export const TICKS_PER_SECOND = 100;

/** CPU time that a process has used, in ticks: fields 14 and 15 of /proc/PID/stat. */
export function cpuTicks(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // Behind the name of the program, in which there may be spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** Memory that a process shares with no other one, in bytes. */
export function privateSize(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const sizes = [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)];
  if (sizes.length !== 2) throw new Error(`/proc/${pid}/smaps_rollup has another format`);
  return sizes.reduce((sum, [, size]) => sum + Number(size) * 1024, 0);
}
