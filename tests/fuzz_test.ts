/**
 * Whatever comes in, the target does not throw, answers within the rules, and changes the disk only
 * where a valid request says so. FUZZ_SEED and FUZZ_FRAMES repeat or prolong a run.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Request, Verdict } from "../lib/target/request.ts";
import { FakeExport, type FakeOptions } from "./fake_export.ts";
import { fuzz } from "./fuzz_check.ts";

const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 123);
const FRAMES = Number(Deno.env.get("FUZZ_FRAMES") ?? 200_000);

Deno.test(`fuzz: ${FRAMES} frames of seed ${SEED}`, () => {
  const problem = fuzz({ seed: SEED, frames: FRAMES });
  assert(problem === null, problem ?? "");
});

Deno.test("fuzz: the same seed is the same run", () => {
  const digest = (): string => {
    let sum = 0;
    class Summing extends FakeExport {
      protected override handle(request: Request): Verdict {
        sum = (Math.imul(sum, 31) + request.size + request.frame.tag) >>> 0;
        return super.handle(request);
      }
    }
    fuzz({ seed: 7, frames: 2000, make: (options) => new Summing(options) });
    return sum.toString(16);
  };
  assertEquals(digest(), digest());
});

/** Serves what lies past the end. */
class Unbounded extends FakeExport {
  protected override handle(request: Request): Verdict {
    const disk = this.target.disk;
    const sectors = disk.sectors;
    disk.sectors = 2 ** 44;
    const verdict = super.handle(request);
    disk.sectors = sectors;
    return verdict;
  }
}

/** Spoils each reply that is ready at once. */
abstract class Spoiled extends FakeExport {
  protected override handle(request: Request): Verdict {
    const verdict = super.handle(request);
    if (verdict === "reply") this.spoil(request);
    return verdict;
  }
  protected abstract spoil(request: Request): void;
}

class Unpadded extends Spoiled {
  protected override spoil(request: Request): void {
    if (request.replySize === 60) request.replySize = 36;
  }
}

class Leaking extends Spoiled {
  protected override spoil(request: Request): void {
    request.frame.bytes.fill(0xa5, 54, 60);
  }
}

class Forgetful extends Spoiled {
  protected override spoil(request: Request): void {
    request.frame.tag = 0;
  }
}

class Cut extends Spoiled {
  protected override spoil(request: Request): void {
    if (request.replySize > 60) request.replySize--;
  }
}

class Overflowing extends Spoiled {
  protected override spoil(request: Request): void {
    const { buffer, byteOffset, byteLength } = request.frame.view;
    new Uint8Array(buffer)[byteOffset + byteLength] = 0;
  }
}

class Throwing extends Spoiled {
  protected override spoil(request: Request): void {
    request.frame.view.getUint8(request.frame.view.byteLength);
  }
}

/** Answers who is not on the mask list. */
class Unmasked extends FakeExport {
  protected override handle(request: Request): Verdict {
    Object.defineProperty(this.target.settings, "admits", {
      configurable: true,
      value: () => true,
    });
    return super.handle(request);
  }
}

/** Writes one sector too far. */
class Shifted extends FakeExport {
  protected override act(request: Request, verdict: Verdict): number {
    if (verdict === "write") request.offset += 512;
    return super.act(request, verdict);
  }
}

/** Answers writes and forgets them. */
class Lossy extends FakeExport {
  protected override act(request: Request, verdict: Verdict): number {
    const before = this.disk.slice(request.offset, request.offset + request.length);
    const result = super.act(request, verdict);
    if (verdict === "write") this.disk.set(before, request.offset);
    return result;
  }
}

/** Changes a byte that no request names. */
class Scratched extends FakeExport {
  protected override act(request: Request, verdict: Verdict): number {
    if (verdict === "flush") this.disk[1_048_575] = 0xee;
    return super.act(request, verdict);
  }
}

/** Takes failed work for done. */
class Careless extends FakeExport {
  protected override complete(request: Request): Verdict {
    return super.complete(request, 0);
  }
}

/** Tries a failed sync again. */
class Retrying extends FakeExport {
  protected override act(request: Request, verdict: Verdict): number {
    const result = super.act(request, verdict);
    return verdict === "flush" && result < 0 ? super.act(request, verdict) : result;
  }
}

/** Each planted fault and what has to be said of it. */
const PLANTED: readonly (readonly [
  Faulty: new (options: FakeOptions) => FakeExport,
  found: RegExp,
])[] = [
  [Unbounded, /instead of \[\]/],
  [Unpadded, /it has 36 bytes/],
  [Leaking, /byte 54 of its padding is 165/],
  [Forgetful, /its header is .*"tag":0/],
  [Cut, /it has \d+ bytes for/],
  [Overflowing, /a byte beside slot 0 was written/],
  [Throwing, /it threw RangeError/],
  [Unmasked, /instead of silence|done was/],
  [Shifted, /done was \[write/],
  [Lossy, /is not that of "write/],
  [Scratched, /differs from the disk|nothing said so/],
  [Careless, /stale memory|the outcome is 40/],
  [Retrying, /flush, flush\] instead of/],
];

for (const [Faulty, found] of PLANTED) {
  Deno.test(`fuzz finds a planted fault: ${Faulty.name}`, () => {
    const problem = fuzz({ seed: 123, frames: 20_000, make: (options) => new Faulty(options) });
    assertMatch(problem ?? "nothing was found", found);
  });
}
