/**
 * The parts of engines that know many exports: who is where, who may have something to do, whose a
 * request is, what is waited for, and what all disks share.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ECANCELED, ETIME } from "../ffi/errno.ts";
import { EventFd } from "../ffi/event_fd.ts";
import { Uring } from "../ffi/uring.ts";
import { FramePlaces } from "../lib/engine/frame_places.ts";
import { KernelQueue } from "../lib/engine/kernel_queue.ts";
import { newPortCounts } from "../lib/engine/port_counts.ts";
import type { ServedPort } from "../lib/engine/port.ts";
import { ReplyTimes } from "../lib/engine/reply_times.ts";
import { RequestPool } from "../lib/engine/request_pool.ts";
import { Resident, Residents } from "../lib/engine/residents.ts";
import { SyncDisk } from "../lib/engine/sync_disk.ts";
import { type FrameHost, Unit } from "../lib/engine/unit.ts";
import { Units } from "../lib/engine/units.ts";
import { OTHER, WatchList } from "../lib/engine/watch_list.ts";
import type { Request } from "../lib/target/request.ts";
import { makeTarget, MemoryDisk, SHELF } from "./engine_case.ts";

function fakePort(index: number): ServedPort {
  const [name, mac, mtu] = [`eth${index}`, 0x02_00_00_00_00_01 + index, 1500];
  const state = { name, index, mac, mtu, loopback: false, up: true };
  const calls = { refilter: () => {}, refresh: () => [], tally: () => {} };
  return { ...state, ...calls, counts: newPortCounts(), troubled: false, lastErrno: 0 };
}

const [ETH0, ETH1] = [fakePort(0), fakePort(1)];

function exportAt(slot: number) {
  return { target: makeTarget([], false, slot), backing: new MemoryDisk(8) };
}

const keyOf = (slot: number): number => SHELF << 8 | slot;

/** Memory for few requests; what is sent, freed and flushed is noted. */
class Host implements FrameHost, Disposable {
  nowMs = 0;
  readonly replies = new ReplyTimes();
  readonly units = new Units();
  readonly places: FramePlaces;
  readonly pool: RequestPool;
  readonly said: number[] = [];
  borrowCount = 0;

  constructor(count: number) {
    this.places = new FramePlaces(count, () => {});
    this.pool = new RequestPool(count, this.places, this.units);
  }

  unit(slot: number): Unit {
    const served = exportAt(slot);
    const disk = new SyncDisk(served.backing, this.places);
    const unit = new Unit(served, this.units.freeIndex, this, disk, undefined);
    this.units.add(unit);
    this.units.attach(served, ETH0);
    return unit;
  }

  /** It has something to say. */
  advertise(unit: Unit): void {
    unit.served.target.advertisementBudget = 1;
    unit.served.target.advertise(ETH0);
    this.units.activate(unit);
  }

  keep(): void {}
  flush(): void {}
  send(request: Request): void {
    this.said.push(request.frame.slot);
  }
  free(request: Request): void {
    this.pool.end(request);
  }
  borrow(unit: Unit): Request | null {
    this.borrowCount++;
    return this.pool.take(unit);
  }
  [Symbol.dispose](): void {
    this.places[Symbol.dispose]();
  }
}

Deno.test("an export is found where it is served, and nowhere else", () => {
  const residents = new Residents();
  const [one, two] = [new Resident(exportAt(1)), new Resident(exportAt(2))];
  residents.add(one);
  residents.add(two);
  assertThrows(() => residents.add(new Resident(exportAt(1))), Error, "one address");
  residents.attach(one.served, ETH0);
  residents.attach(two.served, ETH0);
  residents.attach(two.served, ETH1);
  assert(residents.find(keyOf(1), ETH0) === one);
  assertEquals(residents.find(keyOf(1), ETH1), undefined);
  assert(residents.find(keyOf(2), ETH1) === two);
  assertEquals(residents.find(keyOf(3), ETH0), undefined);
  assertEquals(residents.addresses(ETH0).map(({ slot }) => slot), [1, 2]);
  assertEquals(residents.addresses(ETH1), [{ shelf: SHELF, slot: 2 }]);
  assertThrows(() => residents.remove(one), Error, "still served");
  residents.detach(one.served, ETH0);
  residents.remove(one);
  assertEquals([residents.find(keyOf(1), ETH0), residents.all.length], [undefined, 1]);
  assertThrows(() => residents.of(one.served), Error, "not the engine's");
});

Deno.test("a filter is asked for once after each change of what is served on its port", () => {
  const residents = new Residents();
  const one = new Resident(exportAt(1));
  residents.add(one);
  assertEquals(residents.takeChanged(), undefined);
  residents.attach(one.served, ETH0);
  assertEquals([residents.takeChanged(), residents.takeChanged()], [ETH0, undefined]);
  // it is there already
  residents.attach(one.served, ETH0);
  assertEquals([one.ports.length, residents.takeChanged()], [1, undefined]);
  // it is not there
  residents.detach(one.served, ETH1);
  assertEquals(residents.takeChanged(), undefined);
  residents.detach(one.served, ETH0);
  assertEquals(residents.takeChanged(), ETH0);
  residents.attach(one.served, ETH0);
  residents.attach(one.served, ETH1);
  // which is closed: it needs no filter
  residents.clear(ETH0);
  assertEquals([one.isOn(ETH0), one.isOn(ETH1)], [false, true]);
  assertEquals([residents.takeChanged(), residents.takeChanged()], [ETH1, undefined]);
});

Deno.test("indices of exports that are gone are used again, and name the new ones", () => {
  using host = new Host(8);
  const units = [1, 2, 3].map((slot) => host.unit(slot));
  assertEquals(units.map(({ index }) => index), [0, 1, 2]);
  const gone = units[1]!; // there are three
  host.units.activate(gone);
  host.units.detach(gone.served, ETH0);
  host.units.remove(gone);
  assertEquals(host.units.at(1), undefined);
  host.advertise(units[2]!); // there are three
  assertEquals([host.units.advance(), host.said], [1, [3]]);
  assertEquals(gone.isActive, true); // it was not looked at any more
  const next = host.unit(4);
  assertEquals([next.index, host.units.freeIndex], [1, 3]);
  assert(host.units.at(1) === next);
});

Deno.test("only exports that may have something to do are looked at", () => {
  using host = new Host(8);
  const [one, two] = [host.unit(1), host.unit(2)];
  assertEquals(host.units.advance(), 0);
  one.served.target.advertisementBudget = 1;
  one.served.target.advertise(ETH0); // nobody was told
  assertEquals(host.units.advance(), 0);
  host.advertise(two);
  host.units.activate(two); // twice
  assertEquals([host.units.advance(), host.borrowCount], [1, 2]);
  assertEquals([host.units.advance(), host.borrowCount], [0, 3]);
  assertEquals([host.said, two.isActive], [[2], false]);
  host.units.activate(two); // has nothing to say, and stands before one that has
  host.units.activate(one);
  assertEquals([host.units.advance(), host.said], [1, [2, 1]]);
});

Deno.test("who found no request is looked at again, until there is one", () => {
  using host = new Host(3);
  const [one, two] = [host.unit(1), host.unit(2)];
  const taken = [1, 2, 3].map(() => host.pool.take(one));
  host.advertise(two);
  assertEquals([host.units.advance(), host.units.advance(), two.isStarved], [0, 0, true]);
  assertEquals(two.isActive, true);
  for (const request of taken) if (request !== null) host.pool.end(request);
  assertEquals(host.units.advance(), 0); // replies may lie there still
  host.pool.reclaim();
  assertEquals([host.units.advance(), host.said], [1, [2]]);
  assertEquals([host.units.advance(), two.isActive, two.count], [0, false, 0]);
});

Deno.test("a request is its owner's from when it is taken until the next one takes it", () => {
  using host = new Host(64);
  const [one, two] = [host.unit(1), host.unit(2)];
  const first = host.pool.take(one);
  assert(first !== null);
  assert(host.pool.owner(first.slot) === one);
  assert(host.pool.at(first.slot) === first);
  assertEquals([host.pool.room, host.pool.isEmpty], [62, false]);
  host.pool.end(first);
  assertEquals(host.pool.room, 62);
  host.pool.reclaim();
  assertEquals(host.pool.room, 63);
  assert(host.pool.take(two) === first); // the same few are used again and again
  assert(host.pool.owner(first.slot) === two);
});

Deno.test("who has many requests leaves the last quarter to the others", () => {
  using host = new Host(64);
  const [many, few] = [host.unit(1), host.unit(2)];
  const take = (owner: Unit, count: number): void => {
    for (let left = count; left > 0; left--) {
      assert(host.pool.take(owner) !== null);
      owner.count++;
    }
  };
  take(many, 47);
  assertEquals([host.pool.room, host.pool.grants(many), host.pool.grants(few)], [16, true, true]);
  take(many, 1);
  assertEquals([host.pool.grants(many), host.pool.grants(few)], [false, true]);
  take(few, 15);
  // The last one is for what targets have to say.
  assertEquals([host.pool.room, host.pool.grants(few), host.pool.isEmpty], [0, false, false]);
  assertEquals([host.pool.take(few) === null, host.pool.take(few)], [false, null]);
});

Deno.test("who is alone may have all requests but the last", () => {
  using host = new Host(64);
  const only = host.unit(1);
  for (let count = 1; count < 64; count++) {
    assertEquals(host.pool.grants(only), true, `the ${count}th`);
    host.pool.take(only);
    only.count++;
  }
  assertEquals([host.pool.grants(only), host.pool.isEmpty], [false, false]);
});

for (const isWith of [true, false]) {
  const name = isWith ? "with" : "without";
  Deno.test(`what is watched ends a wait each time, ${name} io_uring`, () => {
    using uring = isWith ? Uring.open(64) : undefined;
    using bells = new DisposableStack();
    const list = new WatchList(uring);
    const [one, two] = [bells.use(EventFd.open()), bells.use(EventFd.open())];
    const rung: string[] = [];
    list.add(one.fd, () => (one.clear(), rung.push("one")));
    list.add(two.fd, () => (two.clear(), rung.push("two")));
    const wait = (): number => {
      const result = list.wait(20, []);
      while (uring?.take()) list.note(uring.userData, uring.result);
      return result;
    };
    // One that hands watches to the kernel may end sooner.
    assertEquals([Math.min(wait(), wait()), list.isCalled, rung], [-ETIME, false, []]);
    for (const round of [1, 2, 3]) {
      one.signal();
      assertEquals([wait(), list.isCalled], [0, true], `round ${round}`);
      list.isCalled = false;
    }
    assertEquals(rung, ["one", "one", "one"]);
    two.signal();
    assertEquals([wait(), rung.slice(3)], [0, ["two"]]);
    assertEquals([Math.min(wait(), wait()), rung.length], [-ETIME, 4]);
  });
}

Deno.test("watches of ports have marks of their own, which nobody has afterwards", () => {
  const list = new WatchList(undefined);
  const noted: number[] = [];
  // It is asked for nothing else here.
  const port = { noteReady: (result: number) => noted.push(result) } as unknown as Parameters<
    WatchList["join"]
  >[0];
  const marks = [list.join(port), list.join(port)];
  assertEquals(marks, [OTHER, OTHER + 1]);
  list.note(OTHER, 1);
  list.leave(OTHER);
  list.note(OTHER, -ECANCELED);
  list.note(OTHER + 1, 2);
  assertEquals([noted, list.isCalled], [[1, 2], false]);
});

Deno.test("a write is not done here while others read, or another disk is used", () => {
  using host = new Host(2);
  const unused = (): never => {
    throw new Error("nothing is submitted");
  };
  const calls = { read: unused, write: unused, punchHole: unused, syncData: unused };
  const uring = { ...calls, room: 0, enter: () => host.said.push(0) };
  using queue = new KernelQueue(uring, host.places, host.pool.all);
  const at = (nowMs: number): KernelQueue => Object.assign(queue, { nowMs });
  assertEquals([at(1000).delaysOthers("one"), at(1001).delaysOthers("one")], [false, false]);
  at(1002).noteRead("one");
  assertEquals([at(1102).delaysOthers("one"), at(1103).delaysOthers("one")], [true, false]);
  assertEquals([at(1200).delaysOthers("two"), at(1301).delaysOthers("two")], [true, false]);
  queue.makeRoom();
  assertEquals(host.said, [0]);
  assertEquals(queue.bounce(512), undefined);
  assert(queue.bounce(4096) === queue.bounce(4096));
  assert(queue.bounce(1024) !== queue.bounce(4096));
});
