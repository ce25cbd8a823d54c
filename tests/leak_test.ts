/**
 * Nothing that ffi/ opens stays open: not after disposal, not after an open that fails half-way,
 * and a second disposal closes nothing that is another's by then.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { BlockFile, type BlockFileOptions } from "../ffi/block_file.ts";
import { Mapping } from "../ffi/mapping.ts";
import { NameClaim } from "../ffi/name_claim.ts";
import { InterfaceQuery } from "../ffi/net_interface.ts";
import { PacketRing } from "../ffi/packet_ring.ts";
import { type FilterInstruction, PacketSocket } from "../ffi/packet_socket.ts";
import { SendBatch } from "../ffi/send_batch.ts";
import { readSmallFile, replaceFile } from "../ffi/small_file.ts";
import type { Engine } from "../lib/engine/engine.ts";
import { Uring } from "../ffi/uring.ts";
import { openEngine as openPart } from "../lib/engine/open.ts";
import { Slots } from "../lib/engine/slots.ts";
import { SystemError } from "../lib/error.ts";
import { requestFilter } from "../lib/wire/filter.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import type { Target } from "../lib/target/target.ts";
import { makeTarget, MemoryDisk, type OpenEngine, serveOn } from "./engine_case.ts";
import { LoopDevice, TemporaryFolder, testLoop } from "./temporary.ts";
import { testBestUring } from "./uring_case.ts";

const TURNS = 50;
/** Closing a packet socket takes the kernel 12 ms, and one leak a turn shows after fewer, too. */
const PACKET_TURNS = 20;
/** So many a service in one process may live to see. */
const STARTS = 1000;
const CAP_NET_RAW = 13n;
/** An address that no other test uses: foreign frames on lo stay away. */
const SHELF = 64999;
const SLOT = 253;
const NAME = `dblade-leak-test:${Deno.pid}`;

function openFiles(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

/** Runs `turn` so often that a leak shows in the number of open files. */
function assertNoLeak(turn: () => void, turns = TURNS): void {
  turn(); // what is opened once for all, such as the library, is no leak
  const before = openFiles();
  for (let index = 0; index < turns; index++) turn();
  assertEquals(openFiles(), before);
}

function openDisk(path: string, change: Partial<BlockFileOptions> = {}): BlockFile {
  const { readOnly = false, direct = false } = change;
  return BlockFile.open({ path, readOnly, direct, shared: false, offset: 0, length: 0 });
}

function openSocket(filter: readonly FilterInstruction[], index = 1): PacketSocket {
  return PacketSocket.open({
    name: "lo",
    index,
    etherType: 0x88a2,
    filter,
    receiveBufferSize: 0,
  });
}

function openRing(
  filter = requestFilter([{ shelf: SHELF, slot: SLOT }], 1),
  index = 1,
): PacketRing {
  return PacketRing.open({ name: "lo", index, etherType: 0x88a2, filter, mtu: 1500 });
}

const ENGINES: readonly [name: string, open: OpenEngine][] = [
  ["PlainEngine", (options, ports) => openPart("plain", options, ports).engine],
  ["RingEngine", (options, ports) => openPart("ring", options, ports).engine],
];

/** An engine on those interfaces that serves nothing. */
function openEmpty(open: OpenEngine, ...names: string[]): Engine {
  return open({ bufferCount: 2, busyPollUs: 0 }, names.map((name) => ({ name })));
}

/** The same with an export. */
function openEngine(open: OpenEngine, ...names: string[]): Engine {
  const engine = openEmpty(open, ...names);
  serveOn(engine, new MemoryDisk(1));
  engine.poll(0);
  return engine;
}

/** One whose exports and interfaces come and go. */
function changeEngine(open: OpenEngine): Engine {
  const engine = openEngine(open, "lo");
  const served = { target: makeOther(), backing: new MemoryDisk(1) };
  engine.add(served);
  for (const port of engine.ports) engine.attach(served, port);
  engine.poll(0);
  for (const port of engine.ports) engine.closePort(port);
  engine.remove(served);
  engine.openPort("lo");
  engine.poll(0);
  return engine;
}

/** A target of another address. */
function makeOther(): Target {
  return makeTarget([], false, SLOT - 1);
}

/** Why packet sockets cannot be opened here; undefined where they can. */
function noPacketSockets(): string | undefined {
  const status = Deno.readTextFileSync("/proc/self/status");
  const capabilities = BigInt(`0x${status.match(/CapEff:\s*([0-9a-f]+)/)?.[1] ?? "0"}`);
  return (capabilities >> CAP_NET_RAW & 1n) === 1n ? undefined : "needs CAP_NET_RAW";
}

const NO_PACKETS = noPacketSockets();

function testPackets(name: string, run: () => void): void {
  if (NO_PACKETS === undefined) Deno.test(name, run);
  else Deno.test.ignore(`${name} [skipped: ${NO_PACKETS}]`, run);
}

/** How often a test of {@linkcode Register} tries. */
function turnsOf(register: Register): number {
  return register === testPackets ? PACKET_TURNS : TURNS;
}

type Register = (name: string, run: () => void) => void;
type Open = () => Disposable | undefined;

const folder = new TemporaryFolder();
const disk = folder.file("disk", 65536);
Deno.mkdirSync(`${folder.path}/folder`);
globalThis.addEventListener("unload", () => folder[Symbol.dispose]());

const RESOURCES: readonly [name: string, register: Register, open: Open][] = [
  ["BlockFile", Deno.test, () => openDisk(disk)],
  ["BlockFile (read-only)", Deno.test, () => openDisk(disk, { readOnly: true })],
  ["Mapping", Deno.test, () => Mapping.open(4096)],
  ["NameClaim", Deno.test, () => NameClaim.open(NAME)],
  ["InterfaceQuery", Deno.test, () => InterfaceQuery.open()],
  ["Slots", Deno.test, () => Slots.open(2)],
  ["Uring", testBestUring, () => Uring.open(4)],
  ["SendBatch", Deno.test, () => SendBatch.open(4)],
  ["PacketSocket", testPackets, () => openSocket(requestFilter([{ shelf: SHELF, slot: SLOT }], 1))],
  ["PacketRing", testPackets, () => openRing()],
  ...ENGINES.flatMap(([name, open]): typeof RESOURCES => [
    [`Port of ${name}`, testPackets, () => openEmpty(open, "lo")],
    [`${name} that is changed`, testPackets, () => changeEngine(open)],
    [name, testPackets, () => openEngine(open, "lo")],
  ]),
];

for (const [name, register, open] of RESOURCES) {
  register(`${name} leaves no file open`, () => {
    assertNoLeak(() => open()?.[Symbol.dispose](), turnsOf(register));
  });

  register(`${name} closes nothing of another's when it is disposed of twice`, () => {
    const first = open();
    assert(first !== undefined);
    const before = openFiles();
    first[Symbol.dispose]();
    using _second = open(); // gets the numbers that the first one gave back
    assertEquals(openFiles(), before);
    first[Symbol.dispose]();
    assertEquals(openFiles(), before);
  });
}

const NO_RETURN: readonly FilterInstruction[] = [[0x28, 0, 0, 12]];
const FAILURES: readonly [what: string, register: Register, open: () => unknown][] = [
  ["BlockFile.open() of a missing file", Deno.test, () => openDisk("/nonexistent")],
  ["BlockFile.open() of a folder", Deno.test, () => openDisk("/tmp")],
  ["BlockFile.open() of what has no size", Deno.test, () => {
    using file = openDisk("/proc/version", { readOnly: true });
    file.size();
  }],
  ["BlockFile.open() with direct where there is none", Deno.test, () => {
    openDisk("/proc/version", { readOnly: true, direct: true });
  }],
  ["readSmallFile() of a folder", Deno.test, () => readSmallFile("/tmp")],
  ["replaceFile() of a folder", Deno.test, () => {
    replaceFile(folder.path, "folder", new Uint8Array(1));
  }],
  ["Mapping.open() of too much", Deno.test, () => Mapping.open(2 ** 52)],
  ["Mapping.share() of no file", Deno.test, () => Mapping.share(-1, 4096, 0n)],
  ["SendBatch.open() of too much", Deno.test, () => SendBatch.open(2 ** 45)],
  ["Uring.open() of nothing", testBestUring, () => Uring.open(0)],
  [
    "PacketSocket.open() on no interface",
    testPackets,
    () => openSocket(requestFilter([{ shelf: SHELF, slot: SLOT }], 1), 0x7ffffff0),
  ],
  ["PacketSocket.open() with a bad filter", testPackets, () => openSocket(NO_RETURN)],
  [
    "PacketRing.open() on no interface",
    testPackets,
    () => openRing(requestFilter([{ shelf: SHELF, slot: SLOT }], 1), 0x7ffffff0),
  ],
  ["PacketRing.open() with a bad filter", testPackets, () => openRing(NO_RETURN)],
  ...ENGINES.flatMap(([name, open]): typeof FAILURES => [
    [`${name}.open() without the interface`, Deno.test, () => openEmpty(open, "absent0")],
    [
      `${name}.open() without the last interface`,
      testPackets,
      () => openEmpty(open, "lo", "absent0"),
    ],
  ]),
];
for (const [what, register, open] of FAILURES) {
  register(`${what} fails and leaves no file open`, () => {
    assertNoLeak(() => assertThrows(open, SystemError), turnsOf(register));
  });
}

Deno.test("BlockFile.open() of a locked file leaves no file open", () => {
  using _held = openDisk(disk);
  assertNoLeak(() => assertThrows(() => openDisk(disk), SystemError, "another target"));
});

Deno.test("NameClaim.open() of a held name leaves no file open", () => {
  using _held = NameClaim.open(NAME);
  assertNoLeak(() => assertEquals(NameClaim.open(NAME), undefined));
});

Deno.test("readSmallFile() and replaceFile() leave no file open", () => {
  assertNoLeak(() => {
    replaceFile(folder.path, "small", new Uint8Array(100));
    assertEquals(readSmallFile(`${folder.path}/small`)?.length, 100);
    assertEquals(readSmallFile(`${folder.path}/missing`), undefined);
  });
});

testLoop("a BlockFile of a device with too large sectors leaves no file open", () => {
  using device = new LoopDevice(disk, 4096);
  assertNoLeak(() => {
    using file = openDisk(device.path, { direct: true });
    assertThrows(() => file.refuseCoarse(), SystemError, "4096");
  });
});

/** Address space of the process in bytes. */
function addressSpace(): number {
  return Number.parseInt(Deno.readTextFileSync("/proc/self/statm")) * 4096;
}

const MAPPED: readonly [name: string, register: Register, open: Open, size: number][] = [
  ["Mapping", Deno.test, () => Mapping.open(2 ** 28), 2 ** 28],
  // a slot takes more than 64 KiB
  ["Slots", Deno.test, () => Slots.open(250), 250 * 2 ** 16],
  ["PacketRing", testPackets, () => openRing(), 2 * 2 ** 20],
  ["SendBatch", Deno.test, () => SendBatch.open(2 ** 16), 2 ** 16 * 80],
];
for (const [name, register, open, size] of MAPPED) {
  register(`${name} gives its address space back`, () => {
    open()?.[Symbol.dispose]();
    const before = addressSpace();
    const turns = turnsOf(register);
    for (let turn = 0; turn < turns; turn++) open()?.[Symbol.dispose]();
    const grown = addressSpace() - before;
    assert(grown < turns * size / 2, `${grown} bytes more after ${turns * size} were given back`);
  });
}

/** What a process holds: open files, mappings, address space in bytes. */
function held(): { files: number; mappings: number; space: number } {
  const mappings = Deno.readTextFileSync("/proc/self/maps").split("\n").length;
  return { files: openFiles(), mappings, space: addressSpace() };
}

for (const [name, open] of ENGINES) {
  e2e(`${STARTS} starts of ${name} on two interfaces leave nothing behind`, [], async () => {
    await using wire = await Wire.open();
    await wire.plug(9000, "eth1");
    const startAndStop = (turns: number): void => {
      inNamespace(wire.target, () => {
        for (let turn = 0; turn < turns; turn++) {
          openEngine(open, "eth0", "eth1")[Symbol.dispose]();
        }
      });
    };
    startAndStop(PACKET_TURNS); // what the runtime itself takes first
    const before = held();
    startAndStop(STARTS);
    const after = held();
    // The runtime may open one of its own meanwhile; a leak is one a turn at least.
    const opened = after.files - before.files;
    assert(opened < STARTS / 10, `${opened} files more after ${STARTS} starts`);
    // The collector maps and unmaps meanwhile; a leak is one mapping a turn at least.
    const grown = after.mappings - before.mappings;
    assert(grown < STARTS / 4, `${grown} mappings more`);
    const space = after.space - before.space;
    assert(space < STARTS * 2 ** 16, `${space} bytes of address space more`);
  });
}
