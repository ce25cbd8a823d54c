/**
 * What every engine must do with many exports: each has its own frames, and what is done to one is
 * nothing to the others.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { pattern } from "./e2e/image.ts";
import { inNamespace } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import { MemoryDisk, type OpenEngine } from "./engine_case.ts";
import { ManyBench, NAMES, sorted } from "./engine_many.ts";

/** More than an engine has requests. */
const CROWD = 1200;
/** As many are on the second interface, too. */
const ON_BOTH = 30;

function range(count: number, first = 0): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function diskOf(seed: number): MemoryDisk {
  return new MemoryDisk(64, pattern(64 * 512, seed));
}

/** Registers the suite for one engine. */
export function engineManyCases(name: string, open: OpenEngine): void {
  addressCases(name, open);
  crowdCases(name, open);
  changeCases(name, open);
}

function addressCases(name: string, open: OpenEngine): void {
  e2e(`${name}: a frame reaches its own export and no other`, [], async () => {
    await using bench = await ManyBench.open(open);
    const disks = range(20).map((number) => diskOf(number + 1));
    disks.forEach((disk, number) => bench.serve(number, disk));
    bench.settle();
    for (const number of range(20)) bench.read(NAMES[number % 2] ?? "eth0", number, number);
    const heard = [...bench.work("eth0"), ...bench.heard("eth1")];
    assertEquals(sorted(heard), range(20));
    for (const { number, tag, data } of heard) {
      assertEquals(number, tag);
      assertEquals(data, disks[number]?.bytes.slice(number * 512, (number + 1) * 512));
    }
    assertEquals(disks.map(({ done }) => done), disks.map(() => ["read"]));
    bench.write("eth0", 3, 5, pattern(512, 99));
    bench.work();
    const changed = disks.filter(({ bytes }, number) =>
      bytes[5 * 512] !== diskOf(number + 1).bytes[5 * 512]
    );
    assertEquals(changed, [disks[3]]);
  });

  e2e(`${name}: an export is silent where it is not attached`, [], async () => {
    await using bench = await ManyBench.open(open);
    bench.serve(0, diskOf(1), { on: ["eth0"] });
    bench.serve(1, diskOf(2), { on: ["eth1"] });
    bench.settle();
    for (const at of NAMES) {
      bench.read(at, 0, 10);
      bench.read(at, 1, 11);
      bench.askAll(at, 12);
    }
    const heard = bench.work("eth0").map(({ number, tag }) => [number, tag]);
    assertEquals(heard, [[0, 10], [0, 12]]);
    assertEquals(bench.heard("eth1").map(({ number, tag }) => [number, tag]), [[1, 11], [1, 12]]);
  });
}

function crowdCases(name: string, open: OpenEngine): void {
  e2e(`${name}: a query to all is answered by each, once`, [], async () => {
    await using bench = await ManyBench.open(open);
    const disk = diskOf(1);
    for (const number of range(CROWD)) {
      bench.serve(number, disk, { on: number < ON_BOTH ? NAMES : ["eth0"] });
    }
    bench.settle();
    bench.askAll("eth0", 77);
    const heard = bench.work();
    assertEquals(sorted(heard, "number"), range(CROWD));
    assertEquals(heard.every(({ tag }) => tag === 77), true);
    bench.askAll("eth1", 78);
    bench.work("eth0");
    assertEquals(sorted(bench.heard("eth1"), "number"), range(ON_BOTH));
  });

  e2e(`${name}: what comes behind a frame that all ignore is answered`, [], async () => {
    await using bench = await ManyBench.open(open);
    const disk = diskOf(1);
    // One of these numbers leaves just one request.
    for (const number of range(1085)) bench.serve(number, disk, { on: ["eth0"] });
    for (const number of range(5, 1085)) {
      bench.serve(number, disk, { on: ["eth0"] });
      bench.settle();
      bench.bother("eth0", 77);
      for (const tag of range(10, 1)) bench.read("eth0", tag, tag);
      assertEquals(sorted(bench.work()), range(10, 1), `with ${number + 1} exports`);
    }
  });

  e2e(`${name}: those who have nothing to say keep nobody waiting who has`, [], async () => {
    await using bench = await ManyBench.open(open);
    const disk = diskOf(1);
    const crowd = range(CROWD).map((number) => bench.serve(number, disk, { on: ["eth0"] }));
    bench.settle();
    const say = (numbers: readonly number[]): readonly number[] => {
      for (const number of numbers) crowd[number]?.target.advertise(bench.port("eth0"));
      for (const { target } of crowd) target.advertisementBudget = 1;
      for (const served of crowd) bench.engine.wake(served);
      bench.engine.poll(0); // it has no other chance before it waits
      return sorted(bench.heard(), "number");
    };
    assertEquals(say([1]), [1]);
    assertEquals(say([CROWD - 1]), [CROWD - 1]);
    assertEquals(say([CROWD / 2]), [CROWD / 2]);
    assertEquals(say(range(CROWD)), range(CROWD));
  });
}

function changeCases(name: string, open: OpenEngine): void {
  e2e(`${name}: exports come and go while others are served`, [], async () => {
    await using bench = await ManyBench.open(open);
    const { engine } = bench;
    const [one, two] = [diskOf(1), diskOf(2)];
    bench.serve(0, one);
    const leaving = bench.serve(1, two);
    bench.settle();
    engine.detach(leaving, bench.port("eth0"));
    bench.settle();
    for (const at of NAMES) for (const number of [0, 1]) bench.read(at, number, number);
    assertEquals(sorted(bench.work("eth0")), [0]);
    assertEquals(sorted(bench.heard("eth1")), [0, 1]);
    // It is on eth1 still.
    assertThrows(() => engine.remove(leaving), Error);
    engine.detach(leaving, bench.port("eth1"));
    assertEquals(engine.unfinished(leaving), 0);
    engine.remove(leaving);
    assertThrows(() => engine.wake(leaving), Error);
    const next = diskOf(3);
    bench.serve(1, next);
    assertThrows(() => bench.serve(1, two), Error, "one address");
    bench.settle();
    bench.read("eth0", 1, 4);
    bench.read("eth1", 0, 5);
    const [heard, ...more] = bench.work("eth0");
    assertEquals([heard?.tag, heard?.data, more], [4, next.bytes.slice(4 * 512, 5 * 512), []]);
    assertEquals(sorted(bench.heard("eth1")), [5]);
    assertEquals(two.done, ["read"]);
  });

  e2e(`${name}: an interface that is closed is nothing to the other one`, [], async () => {
    await using bench = await ManyBench.open(open);
    const { engine, wire } = bench;
    const exports = range(3).map((number) => bench.serve(number, diskOf(number)));
    bench.settle();
    bench.read("eth1", 0, 1); // nobody will look at it
    engine.closePort(bench.port("eth1"));
    assertEquals(engine.ports.map((port) => port.name), ["eth0"]);
    bench.read("eth0", 1, 2);
    assertEquals(sorted(bench.work("eth0")), [2]);
    assertEquals(bench.heard("eth1"), []);
    const port = inNamespace(wire.target, () => engine.openPort("eth1"));
    for (const served of exports.slice(1)) engine.attach(served, port);
    bench.settle();
    bench.askAll("eth1", 3);
    bench.read("eth0", 0, 4);
    assertEquals(sorted(bench.work("eth0")), [4]);
    assertEquals(sorted(bench.heard("eth1"), "number"), [1, 2]);
  });
}
