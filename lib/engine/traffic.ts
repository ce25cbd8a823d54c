/**
 * Who asks an export for what, and how long the answers take: for those who look after it. Counting
 * makes no garbage, and an export that nobody asks for anything costs next to no memory.
 *
 * @module
 */
import type { InitiatorStatus, LatencyStatus } from "../control/service.ts";
import { Histogram } from "../histogram.ts";
import { isRefusal } from "../target/counts.ts";
import type { Request } from "../target/request.ts";
import { formatMac } from "../wire/mac.ts";
import { ClientTable, Value } from "./client_table.ts";
import type { ReplyTimes } from "./reply_times.ts";

/** Percentiles are right within one part in 32, and a histogram takes 3.5 KiB. */
const BITS = 4;

/** The time, which whoever has it sets; as an argument, a Number that is not whole is garbage. */
export interface Clock {
  /** In ms from any point; it goes on evenly. */
  readonly nowMs: number;
}

/** What came for one export and was answered, since it was first served. */
export class Traffic {
  readonly #clients = new ClientTable();
  /** Made when first needed. */
  #reads: Histogram | null = null;
  #writes: Histogram | null = null;

  /** A frame came just now that `Target.handle()` did not drop. */
  arrived(request: Request, clock: Clock): void {
    request.arrivedMs = clock.nowMs;
    const clients = this.#clients;
    const client = clients.hear(request);
    const { values } = clients;
    values[client + Value.HEARD_MS] = clock.nowMs;
    clients.setPort(client, request.port);
    const value = indexOf(request);
    values[client + value] = (values[client + value] ?? 0) + 1;
  }

  /**
   * Its reply lies in the frame and is about to be sent; `Target.sent()` was not told of it yet. To
   * be called for each of several who share the answer; advertisements are none.
   *
   * @param replies takes note of when it came
   */
  answered(request: Request, replies: ReplyTimes): void {
    const { kind } = request;
    if (kind === "read") this.#answered(request, this.#reads ??= new Histogram(BITS), replies);
    else if (kind === "write") {
      this.#answered(request, this.#writes ??= new Histogram(BITS), replies);
    }
  }

  #answered(request: Request, latencies: Histogram, replies: ReplyTimes): void {
    replies.note(request, latencies);
    if (isRefusal(request)) return;
    const clients = this.#clients;
    const client = clients.find(request);
    if (client < 0) return; // it gave way to others
    const { values } = clients;
    const index = client + (request.kind === "read" ? Value.READ_BYTES : Value.WRITTEN_BYTES);
    values[index] = (values[index] ?? 0) + request.length;
  }

  /** How long replies to READs and WRITEs took, refusals included. */
  latency(): { readonly reads: LatencyStatus; readonly writes: LatencyStatus } {
    return { reads: statusOf(this.#reads), writes: statusOf(this.#writes) };
  }

  /** The clients, the last heard first; `nowMs` is of the clock of {@linkcode Traffic.arrived}. */
  initiators(nowMs: number): InitiatorStatus[] {
    const clients = this.#clients;
    return clients.all().map((client) => {
      const valueOf = (index: number): number => clients.values[client + index] ?? 0;
      return {
        mac: formatMac(valueOf(Value.MAC)),
        interface: clients.portOf(client),
        reads: valueOf(Value.READS),
        writes: valueOf(Value.WRITES),
        others: valueOf(Value.OTHERS),
        readBytes: valueOf(Value.READ_BYTES),
        writtenBytes: valueOf(Value.WRITTEN_BYTES),
        lastSeenSecondsAgo: Math.max(0, nowMs - valueOf(Value.HEARD_MS)) / 1000,
      };
    });
  }
}

/** Which number of its client a request adds to. */
function indexOf({ kind }: Request): number {
  if (kind === "read") return Value.READS;
  return kind === "write" ? Value.WRITES : Value.OTHERS;
}

function statusOf(latencies: Histogram | null): LatencyStatus {
  if (latencies === null) return { count: 0, p50Us: 0, p90Us: 0, p99Us: 0, maxUs: 0 };
  return {
    count: latencies.count,
    p50Us: latencies.percentile(0.5),
    p90Us: latencies.percentile(0.9),
    p99Us: latencies.percentile(0.99),
    maxUs: latencies.max,
  };
}
