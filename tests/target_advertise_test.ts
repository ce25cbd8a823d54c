/**
 * What a target says unasked (docs/protocol.md, "Command 1"): when, to whom, and what; and the
 * sector count, by which a client chooses the size of its requests.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { FakeExport, fakePort } from "./fake_export.ts";
import * as f from "./frames.ts";
import { configOf, headerOf, outcomeOf } from "./replies.ts";

/** Receivers of what left unasked; forgets it. */
function receivers(fake: FakeExport): number[] {
  const macs = fake.unasked.map(({ frame }) => headerOf(frame).dst);
  fake.unasked = [];
  return macs;
}

function advertised(fake: FakeExport): Uint8Array | null {
  fake.target.advertise(fake.port);
  fake.sendUnasked();
  return fake.unasked[0]?.frame ?? null;
}

Deno.test("an advertisement is a config response with tag 0 to every station", () => {
  const fake = new FakeExport({ config: "abc" });
  const frame = advertised(fake);
  assertEquals(headerOf(frame), {
    dst: f.BROADCAST_MAC,
    src: f.TARGET_MAC,
    etherType: 0x88a2,
    version: 1,
    flags: 8,
    error: 0,
    shelf: f.SHELF,
    slot: f.SLOT,
    command: 1,
    tag: 0,
  });
  const string = new TextEncoder().encode("abc");
  const facts = { buffers: 16, firmware: 0x4012, sectors: 2, versionAndCommand: 0x10 };
  assertEquals(configOf(frame), { ...facts, string });
});

Deno.test("an advertisement is padded with zeros to 60 bytes", () => {
  const fake = new FakeExport({ config: "abc" });
  const frame = advertised(fake) ?? new Uint8Array();
  assertEquals(frame.length, 60);
  assertEquals(f.hex(frame.slice(35)), "00".repeat(25));
});

Deno.test("nothing is advertised unless there is a reason", () => {
  const fake = new FakeExport();
  fake.sendUnasked();
  fake.exchange(f.configFrame({ ccmd: 0 }));
  fake.exchange(f.ataFrame({ opcode: 0x24, count: 1 }));
  assertEquals(fake.unasked, []);
});

Deno.test("with a mask list each listed MAC gets one, and nobody else", () => {
  const masks = [f.OTHER_MAC, f.CLIENT_MAC, f.THIRD_MAC];
  const fake = new FakeExport({ masks });
  advertised(fake);
  assertEquals(receivers(fake), masks);
});

Deno.test("a config set is advertised with the new string, after its reply", () => {
  for (const ccmd of [3, 4]) {
    const fake = new FakeExport();
    const reply = fake.exchange(f.configFrame({ ccmd, string: "abc" }));
    assertEquals(headerOf(reply).tag, f.TAG);
    assertEquals(fake.unasked.length, 1);
    const frame = fake.unasked[0]?.frame ?? null;
    assertEquals([headerOf(frame).dst, headerOf(frame).tag], [f.BROADCAST_MAC, 0]);
    assertEquals(new TextDecoder().decode(configOf(frame).string), "abc");
  }
});

Deno.test("a config set that was refused or not stored is not advertised", () => {
  const fake = new FakeExport({ config: "abc" });
  fake.failures.set("save", 28);
  assertEquals(outcomeOf(fake.exchange(f.configFrame({ ccmd: 3, string: "x" }))), "E4");
  assertEquals(outcomeOf(fake.exchange(f.configFrame({ ccmd: 4, string: "x" }))), "silence");
  assertEquals(fake.unasked, []);
});

Deno.test("a change of size is advertised on every interface", () => {
  const ports = [fakePort({}, "eth0"), fakePort({ mac: f.THIRD_MAC, mtu: 9000 }, "eth1")];
  const fake = new FakeExport({ ports });
  fake.target.resize(4096);
  fake.sendUnasked();
  assertEquals(fake.unasked.map(({ port }) => port.name), ["eth0", "eth1"]);
  assertEquals(fake.unasked.map(({ frame }) => headerOf(frame).src), [f.TARGET_MAC, f.THIRD_MAC]);
  assertEquals(fake.unasked.map(({ frame }) => configOf(frame).sectors), [2, 17]);
});

Deno.test("nothing is advertised where another target is still looked for", () => {
  const ports = [fakePort({}, "eth0"), fakePort({}, "eth1")];
  const fake = new FakeExport({ ports });
  if (ports[0] !== undefined) fake.target.probe(ports[0], 77);
  fake.target.resize(4096);
  fake.target.advertise(ports[0] ?? fake.port);
  fake.sendUnasked();
  assertEquals(fake.unasked.map(({ port }) => port.name), ["eth1"]);
});

Deno.test("advertise() speaks on that interface only, and once", () => {
  const ports = [fakePort({}, "eth0"), fakePort({}, "eth1")];
  const fake = new FakeExport({ ports });
  fake.target.advertise(ports[1] ?? fake.port);
  fake.target.advertise(ports[1] ?? fake.port);
  fake.sendUnasked();
  assertEquals(fake.unasked.map(({ port }) => port.name), ["eth1"]);
});

Deno.test("nothing is said on an interface that was left, and nothing waits for it", () => {
  const [first, second] = [fakePort({}, "eth0"), fakePort({}, "eth1")];
  const fake = new FakeExport({ ports: [first] });
  fake.target.join(second);
  fake.target.advertiseAll();
  fake.target.leave(first);
  fake.sendUnasked();
  assertEquals(fake.unasked.map(({ port }) => port.name), ["eth1"]);
  fake.target.resize(4096);
  fake.sendUnasked();
  assertEquals(fake.unasked.map(({ port }) => port.name), ["eth1", "eth1"]);
});

Deno.test("an advertisement that begins anew reaches every MAC again", () => {
  const masks = f.macList(3);
  const fake = new FakeExport({ masks });
  advertised(fake);
  advertised(fake);
  assertEquals(receivers(fake), [...masks, ...masks]);
});

Deno.test("a string that does not fit the MTU is not advertised", () => {
  const fake = new FakeExport({ config: "x".repeat(1024), mtu: 576 });
  assertEquals(advertised(fake), null);
});

Deno.test("the sector count is what fits the MTU, at least 1 and at most 255", () => {
  const cases: [mtu: number, sectors: number][] = [
    [1500, 2],
    [9000, 17],
    [65536, 127],
    [1059, 1],
    [1060, 2],
    [576, 1],
    [548, 1],
    // 0 would mean 2 to a client.
    [547, 1],
    [68, 1],
    [200000, 255],
  ];
  for (const [mtu, sectors] of cases) {
    const reply = new FakeExport({ mtu }).exchange(f.configFrame({ ccmd: 0 }));
    assertEquals(configOf(reply).sectors, sectors, `MTU ${mtu}`);
  }
});

Deno.test("the sector count is that of the interface the request came in by", () => {
  const fake = new FakeExport({ mtu: 9000 });
  const small = fakePort({ mtu: 1500 }, "eth1");
  assertEquals(configOf(fake.exchange(f.configFrame({ ccmd: 0 }), small)).sectors, 2);
  assertEquals(configOf(fake.exchange(f.configFrame({ ccmd: 0 }))).sectors, 17);
});

Deno.test("what is beyond the budget of advertisements waits for the next", () => {
  const masks = Array.from({ length: 255 }, (_, index) => f.CLIENT_MAC + 2 * index);
  const fake = new FakeExport({ masks });
  const sent: number[] = [];
  fake.target.advertise(fake.port);
  for (let look = 0; look < 5; look++) {
    fake.target.advertisementBudget = 100;
    fake.sendUnasked();
    sent.push(receivers(fake).length);
  }
  assertEquals(sent, [100, 100, 55, 0, 0]);
});
