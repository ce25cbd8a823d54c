/**
 * An image in memory (tmpfs) is sent from where it lies: that stays right while it is written,
 * trimmed, cut short and made longer, and it costs the target no memory of its own.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Initiator } from "../../lib/client/initiator.ts";
import { DiskError } from "../../lib/client/target_error.ts";
import { Random } from "../random.ts";
import { Image, pattern } from "./image.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";

const MIB = 2 ** 20;

class Bench implements AsyncDisposable {
  readonly image: Image;
  readonly target: TargetProcess;
  readonly initiator: Initiator;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    { image, target, initiator }: Pick<Bench, "image" | "target" | "initiator">,
  ) {
    this.#stack = stack;
    this.image = image;
    this.target = target;
    this.initiator = initiator;
  }

  static async open(content: Uint8Array<ArrayBuffer>): Promise<Bench> {
    await using stack = new AsyncDisposableStack();
    const image = stack.use(new Image(0, "/dev/shm"));
    Deno.writeFileSync(image.path, content); // no holes
    const wire = stack.use(await Wire.open(9000));
    const options = ["--engine", "ring", "0", "0", "eth0", image.path];
    const target = stack.use(await TargetProcess.start(wire.target, ...options));
    const initiator = stack.use(inNamespace(wire.initiator, () => Initiator.open("eth0")));
    return new Bench(stack.move(), { image, target, initiator });
  }

  /** Kilobytes of that kind in /proc/PID/smaps_rollup or status. */
  kilobytes(file: "status" | "smaps_rollup", name: string): number {
    const text = Deno.readTextFileSync(`/proc/${this.target.pid}/${file}`);
    return Number(new RegExp(`^${name}:\\s+([0-9]+) kB$`, "m").exec(text)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** The target looks at the size of the image from time to time. */
async function eventually(run: () => Promise<void>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return run();
}

e2e("reads and writes of an image in memory, many at once, are right", [], async () => {
  const model = pattern(MIB, 1);
  await using bench = await Bench.open(model);
  const { initiator } = bench;
  const device = await initiator.find(0, 0);
  const random = new Random(7);
  for (let round = 0; round < 150; round++) {
    const work = Array.from({ length: 8 }, (_, lane) => {
      const at = 256 * lane + random.below(200); // lanes do not overlap: their order is not told
      const count = 1 + random.below(40);
      const [begin, end] = [at * 512, (at + count) * 512];
      const before = model.slice(begin, end);
      if (random.oneIn(2)) {
        return initiator.read(device, at, count).then((data) => assertEquals(data, before));
      }
      const data = pattern(count * 512, 1000 * round + lane);
      model.set(data, begin);
      const written = initiator.write(device, at, data);
      return written.then(() => initiator.read(device, at, count))
        .then((found) => assertEquals(found, data));
    });
    await Promise.all(work);
  }
  assertEquals(bench.image.read(), model);
});

e2e("an image in memory that is cut short answers errors until it is back", [], async () => {
  const content = pattern(2 * MIB, 2);
  await using bench = await Bench.open(content);
  const { initiator, image } = bench;
  const device = await initiator.find(0, 0);
  assertEquals(await initiator.read(device, 2048, 17), content.slice(MIB, MIB + 17 * 512));
  Deno.truncateSync(image.path, 64 * 1024);
  const { status } = await assertRejects(() => initiator.read(device, 2048, 17), DiskError);
  assertEquals(status, 0x41);
  assertEquals(await initiator.read(device, 0, 17), content.slice(0, 17 * 512));
  Deno.writeFileSync(image.path, content);
  const expected = content.slice(MIB, MIB + 17 * 512);
  await eventually(async () => assertEquals(await initiator.read(device, 2048, 17), expected));
});

e2e("an image in memory that is trimmed reads as zeros and takes no room again", [], async () => {
  const content = pattern(4 * MIB, 3);
  await using bench = await Bench.open(content);
  const { initiator, image } = bench;
  const device = await initiator.find(0, 0);
  assertEquals(await initiator.read(device, 1024, 8), content.slice(524288, 524288 + 4096));
  await initiator.trim(device, 1024, 4096);
  const blocks = Deno.statSync(image.path).blocks ?? 0;
  assert(blocks <= 4096 + 64, `${blocks} blocks are left`);
  assertEquals(await initiator.read(device, 1024, 1024), new Uint8Array(1024 * 512));
  assertEquals(Deno.statSync(image.path).blocks, blocks);
});

e2e("reading an image in memory that has holes takes no room", [], async () => {
  await using bench = await Bench.open(pattern(4096, 4));
  Deno.truncateSync(bench.image.path, 8 * MIB);
  const { initiator, image } = bench;
  const device = await initiator.find(0, 0);
  const blocks = Deno.statSync(image.path).blocks;
  const zeros = new Uint8Array(MIB);
  await eventually(async () => assertEquals(await initiator.read(device, 8192, 2048), zeros));
  assertEquals(Deno.statSync(image.path).blocks, blocks);
});

e2e("an image in memory is not counted as the target's when it rests", [], async () => {
  const content = pattern(64 * MIB, 5);
  await using bench = await Bench.open(content);
  const { initiator } = bench;
  const device = await initiator.find(0, 0);
  for (let sector = 0; sector < content.length / 512; sector += 2048) {
    await initiator.read(device, sector, 2048);
  }
  for (let tries = 0; tries < 50 && bench.kilobytes("status", "RssShmem") > 2048; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert(bench.kilobytes("status", "RssShmem") <= 2048, "the image still counts");
  const own = bench.kilobytes("smaps_rollup", "Private_Dirty"); // the rest is the program's code
  assert(own < 64 * 1024, `${own} KiB of private memory`);
});
