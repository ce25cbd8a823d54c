/**
 * What counting costs a request, in nanoseconds: `Traffic.arrived` and `answered` together, for one
 * client, for several in turn, and for a flood of MACs that were never heard before.
 *
 *     deno run tests/bench/traffic.ts
 *
 * @module
 */
import { ReplyTimes } from "../../lib/engine/reply_times.ts";
import { Traffic } from "../../lib/engine/traffic.ts";
import { requestOf } from "../traffic_case.ts";

const TURNS = 20_000;
/** The best of many short rounds counts: the rest is what else the machine did. */
const ROUNDS = 500;

/** Nanoseconds a request where `macs` ask in turn; a negative number: each asks once. */
function measure(macs: number): number {
  const traffic = new Traffic();
  const requests = [requestOf("read"), requestOf("write")];
  const clock = { nowMs: 0.5 };
  const replies = new ReplyTimes();
  let asked = 0;
  const turn = (): void => {
    for (let index = 0; index < TURNS; index++) {
      for (const request of requests) {
        request.source = 0x02_00_00_00_00_00 + (macs < 0 ? asked : asked % macs);
        asked++;
        clock.nowMs += 0.01;
        traffic.arrived(request, clock);
        clock.nowMs += 0.06;
        traffic.answered(request, replies);
        replies.settle(clock);
      }
    }
  };
  let bestMs = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    turn();
    bestMs = Math.min(bestMs, performance.now() - startMs);
  }
  return bestMs * 1e6 / TURNS / requests.length;
}

for (const macs of [1, 2, 16, 256, 300, -1]) {
  const who = macs < 0 ? "a new client each" : `${macs} client${macs > 1 ? "s" : ""} in turn`;
  const line = `${who}: ${measure(macs).toFixed(1)} ns\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(line));
}
