/**
 * Verdicts are carried out while many requests are under way: what waits for the disk holds nothing
 * else up, and one sync serves many.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type AsyncDisk, type Frames, PENDING, Work } from "../lib/engine/work.ts";
import { FrameViews, Request, type Verdict } from "../lib/target/request.ts";
import { Opcode } from "../lib/ata/command.ts";
import { FakeExport } from "./fake_export.ts";
import { ataFrame, sectorsOf } from "./frames.ts";

const EIO = 5;

/** A disk whose work ends when a test says so. */
class SlowDisk implements AsyncDisk {
  ended: Request | null = null;
  result = 0;
  syncResult = PENDING;
  readonly log: string[] = [];
  /** What ended, in that order. */
  readonly #done: [Request | null, number][] = [];

  attempts(verdict: Verdict): boolean {
    return verdict === "save";
  }
  attempt(): number {
    return 0;
  }
  begin(request: Request, verdict: Verdict): number {
    this.log.push(`${verdict} ${request.slot}`);
    return PENDING;
  }
  beginSync(): number {
    this.log.push("sync");
    return PENDING;
  }
  end(request: Request | null, result = 0): void {
    this.#done.push([request, result]);
  }
  take(): boolean {
    const next = this.#done.shift();
    if (next === undefined) return false;
    [this.ended, this.result] = next;
    return true;
  }
}

/** Frames that note where they went. */
class NotedFrames implements Frames {
  readonly sent: string[] = [];
  readonly freed: number[] = [];
  readonly #spare: Request;

  constructor(spare: Request) {
    this.#spare = spare;
  }
  accept(): void {}

  keep(): void {}
  flush(): void {}
  send(request: Request): void {
    this.sent.push(`${request.slot} ${request.ata.opcode.toString(16)}`);
  }
  free(request: Request): void {
    if (request !== this.#spare) this.freed.push(request.slot);
  }
  borrow(): Request {
    return this.#spare;
  }
}

/** A target whose frames go through {@linkcode Work}. */
class WorkExport extends FakeExport {
  readonly slow = new SlowDisk();
  readonly frames = new NotedFrames(
    new Request(99, new FrameViews(new DataView(new ArrayBuffer(2048)))),
  );
  readonly work = new Work(this.target, this.slow, this.frames);

  protected override handle(request: Request): Verdict {
    this.work.arrive(request);
    return request.verdict;
  }

  /** Ends the work on a request, or a sync, and lets all go on. */
  end(request: Request | null, result = 0): void {
    this.slow.end(request, result);
    this.work.advance();
  }

  /** A frame comes in and all goes on. */
  come(slot: number, opcode: number, lba: number): Request {
    const isWrite = opcode === Opcode.WRITE_EXT;
    const data = isWrite ? sectorsOf(1, slot + 1) : [];
    const frame = ataFrame({ opcode, lba, count: opcode === Opcode.FLUSH ? 0 : 1, data });
    const request = this.arrive(frame, slot);
    this.work.advance();
    return request;
  }
}

Deno.test("a request that waits for the disk holds no other one up", () => {
  const served = new WorkExport();
  const write = served.come(0, Opcode.WRITE_EXT, 5);
  const read = served.come(1, Opcode.READ_EXT, 9);
  assertEquals([served.slow.log, served.frames.sent], [["write 0", "read 1"], []]);
  served.end(read);
  assertEquals([served.frames.sent, served.frames.freed], [["1 40"], [1]]);
  served.end(write);
  assertEquals([served.frames.sent, served.frames.freed], [["1 40", "0 40"], [1, 0]]);
});

Deno.test("one sync serves all durable writes that were done when it began", () => {
  const served = new WorkExport({ durable: true });
  const [one, two, three] = [0, 1, 2].map((slot) => served.come(slot, Opcode.WRITE_EXT, slot));
  if (one === undefined || two === undefined || three === undefined) return;
  served.slow.end(one);
  served.end(two);
  assertEquals(served.slow.log.slice(3), ["sync"]);
  served.end(three); // comes too late for it
  assertEquals([served.slow.log.slice(3), served.frames.sent], [["sync"], []]);
  served.end(null);
  assertEquals([served.slow.log.slice(3), served.frames.sent], [["sync", "sync"], [
    "0 40",
    "1 40",
  ]]);
  served.end(null);
  assertEquals(served.frames.sent.slice(2), ["2 40"]);
});

Deno.test("a failed sync faults the export, and is not tried again", () => {
  const served = new WorkExport({ durable: true });
  const write = served.come(0, Opcode.WRITE_EXT, 0);
  const late = served.come(1, Opcode.WRITE_EXT, 1);
  served.end(write);
  served.end(late);
  served.end(null, -EIO);
  assertEquals(served.frames.sent, ["0 61", "1 61"]);
  served.come(2, Opcode.FLUSH, 0);
  assertEquals([served.slow.log, served.frames.sent.slice(2)], [["write 0", "write 1", "sync"], [
    "2 61",
  ]]);
});
