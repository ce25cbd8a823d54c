/**
 * Many requests at a time: what an engine does that has several of them in its hands.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Request } from "../lib/target/request.ts";
import { FakeExport, type FakeOptions, type Sent } from "./fake_export.ts";

/** An export and the requests that came in, each in a slot of its own. */
export class OrderCase {
  readonly fake: FakeExport;
  #arrived = 0;

  constructor(options: FakeOptions = {}) {
    this.fake = new FakeExport({ slots: 12, ...options });
  }

  arrive(frame: Uint8Array, port = this.fake.port): Request {
    return this.fake.arrive(frame, this.#arrived++, port);
  }

  /** Ends a request that runs and that one asked for. Returns whose turn that makes it, by slot. */
  finish(request: Request): number[] {
    assertEquals(this.answer(request).length, 1);
    return this.resumed().map(({ slot }) => slot);
  }

  /** Ends a request that runs. Returns all replies. */
  answer(request: Request): Sent[] {
    assertEquals(this.fake.finish(request), "reply");
    return this.fake.send(request);
  }

  /** Those whose turn it is now. */
  resumed(): Request[] {
    const requests: Request[] = [];
    for (let one = this.fake.next(); one !== null; one = this.fake.next()) requests.push(one);
    return requests;
  }
}
