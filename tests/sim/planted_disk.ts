/**
 * Disks with a fault, to find out whether the simulator notices.
 *
 * @module
 */
import { FrameViews, type Request, type Verdict } from "../../lib/target/request.ts";
import { SimDisk } from "./disk.ts";

/** Says of a write that it is done when it has only begun. */
export class EagerDisk extends SimDisk {
  protected override work(
    request: Request,
    verdict: Verdict,
    end: (result: number) => void,
  ): number {
    if (verdict !== "write") return super.work(request, verdict, end);
    const { view } = request.frame;
    const copy = new DataView(
      view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength),
    );
    request.lieIn(new FrameViews(copy));
    const result = super.work(request, verdict, () => {});
    request.lieIn(new FrameViews(view));
    return Math.min(0, result);
  }
}

/** Tries a sync that failed again. */
export class RetryingDisk extends SimDisk {
  protected override sync(end: (result: number) => void): number {
    const result = super.sync((late) => {
      if (late === 0) return end(0);
      const again = this.sync(end);
      if (again === 0) end(0);
    });
    return result < 0 ? this.sync(end) : result;
  }
}

/** Takes what is in the cache for durable. */
export class LazyDisk extends SimDisk {
  protected override sync(): number {
    return 0;
  }
}

/** Takes work that failed, or was done in part, for done. */
export class CarelessDisk extends SimDisk {
  protected override work(
    request: Request,
    verdict: Verdict,
    end: (result: number) => void,
  ): number {
    if (verdict === "save") return super.work(request, verdict, end);
    return Math.max(0, super.work(request, verdict, () => end(0)));
  }
}

/** Says of settings that they are stored, and forgets them. */
export class ForgetfulDisk extends SimDisk {
  protected override work(
    request: Request,
    verdict: Verdict,
    end: (result: number) => void,
  ): number {
    return verdict === "save" ? 0 : super.work(request, verdict, end);
  }
}
