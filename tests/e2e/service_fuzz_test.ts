/**
 * Frames and requests that nobody in his right mind sends, to the wire and the control socket of a
 * service at once: afterwards all of it is still served, and who shares nothing notices nothing.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ETHER_HEADER_SIZE, Frame, SHELF_ANY, SLOT_ANY } from "../../lib/wire/frame.ts";
import { BROADCAST_MAC } from "../../lib/wire/mac.ts";
import { fuzzFrame } from "../fuzz_frames.ts";
import { SHELF, TARGET_MAC } from "../frames.ts";
import { Random } from "../random.ts";
import type { ClientEnd } from "./client_end.ts";
import { pattern } from "./image.ts";
import { e2e } from "./requires.ts";
import { askOnce, ServiceLan } from "./service_lan.ts";
import { LANE_SECTORS, ServiceLoad } from "./service_load.ts";
import { pause, ServiceFolder, ServiceProcess } from "./service_process.ts";

const IMAGE_SIZE = 2 ** 20;
/** Slots of the shelf that the frames are for, and of another one that is left alone. */
const SLOTS = [0, 1, 2, 3, 4, 5];
const SPARED = [0, 1];
const SPARED_SHELF = 9;
const MTU = 1500;
const [FRAMES, FRAMES_AT_ONCE] = [30_000, 50];
const CONVERSATIONS = 400;
const HANG_UPS = [
  Deno.errors.BrokenPipe,
  Deno.errors.ConnectionReset,
  Deno.errors.NotConnected,
];
const LINES = [
  "",
  "{",
  "[]",
  "null",
  `{"command":"status"}`,
  `{"command":"status","command":"remove"}`,
  `{"id":1e400,"command":"status"}`,
  `{"command":"acl","export":"e258.3","list":"mask","edit":"ls"}`,
  `{"command":"acl","export":"e258.3","list":"mask","edit":"add","macs":["ff:ff:ff:ff:ff:ff"]}`,
  `{"command":"set","export":"e258.4","keys":{"path":"/"}}`,
  `{"command":"set","export":"e258.4","keys":{"__proto__":{"slot":1}}}`,
  `{"command":"set","export":"e258.4","keys":{"shelf":-1}}`,
  `{"command":"set","export":"__proto__","keys":{}}`,
  `{"command":"add","keys":{"shelf":258,"slot":3,"path":"/dev/null"}}`,
  `{"command":"add","keys":{"shelf":1,"slot":1,"path":"/proc/self/mem"}}`,
  `{"command":"add","keys":{"shelf":1,"slot":1,"path":"/dev/zero"}}`,
  `{"command":"remove","export":"e1.1"}`,
  `{"command":"announce"}`,
  `{"command":"reload"}`,
  `{"command":"state-show","export":"../../etc/passwd"}`,
  `{"command":"state-clear","export":"e258.77"}`,
  `{"command":"stop","id":1}`,
];

/** A frame for one of the exports, or some, or all. */
function aimed(random: Random, mac: number): Uint8Array {
  const bytes = fuzzFrame(random).slice(0, MTU + ETHER_HEADER_SIZE);
  if (bytes.length < 24) return bytes;
  const frame = new Frame(new DataView(bytes.buffer));
  if (frame.destination === TARGET_MAC) frame.destination = random.oneIn(4) ? BROADCAST_MAC : mac;
  if (frame.shelf === SHELF) frame.slot = random.oneIn(8) ? SLOT_ANY : random.pick(SLOTS);
  return bytes;
}

async function fuzzWire(end: ClientEnd, mac: number, random: Random): Promise<void> {
  for (let sent = 0; sent < FRAMES; sent++) {
    const bytes = aimed(random, mac);
    if (bytes.length >= ETHER_HEADER_SIZE) end.send(bytes);
    if (sent % FRAMES_AT_ONCE > 0) continue;
    end.heard(() => undefined);
    await pause(1);
  }
}

/** More than fits a socket only from somebody who takes the replies meanwhile. */
function noise(random: Random, isPatient: boolean): Uint8Array<ArrayBuffer> {
  const isLong = isPatient && random.oneIn(10);
  const size = isLong ? 2 ** 20 + random.below(2 ** 18) : random.below(300);
  return Uint8Array.from(
    { length: size },
    () => random.oneIn(isLong ? 5000 : 20) ? 10 : 11 + random.below(245),
  );
}

/** What somebody says in one conversation; some lines are cut, spoilt or noise. */
function words(random: Random, isPatient: boolean): Uint8Array<ArrayBuffer> {
  if (random.oneIn(4)) return noise(random, isPatient);
  const lines = Array.from({ length: 1 + random.below(4) }, () => random.pick(LINES));
  const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
  if (random.oneIn(4)) bytes[random.below(bytes.length)] = random.below(256);
  return random.oneIn(4) ? bytes.slice(0, random.below(bytes.length)) : bytes;
}

async function listen(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  while (await connection.read(buffer) !== null);
}

/** One conversation: with somebody who takes all replies, or who leaves at once. */
async function converse(path: string, random: Random): Promise<void> {
  const isPatient = random.oneIn(2);
  const bytes = words(random, isPatient);
  const connection = await Deno.connect({ transport: "unix", path });
  const listening = isPatient ? listen(connection) : Promise.resolve();
  listening.catch(() => {}); // it is waited for where nothing else fails before
  try {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    if (isPatient) await connection.closeWrite();
    await listening;
  } catch (error) {
    // It may hang up on those who are one too many.
    if (!HANG_UPS.some((kind) => error instanceof kind)) throw error;
  } finally {
    connection.close();
  }
}

async function fuzzControl(path: string, random: Random): Promise<void> {
  for (let count = 0; count < CONVERSATIONS; count += 50) {
    await Promise.all(Array.from({ length: 50 }, () => converse(path, random)));
  }
}

function makeFolder(): ServiceFolder {
  const folder = new ServiceFolder();
  const exports = [SLOTS.map((slot) => [SHELF, slot]), SPARED.map((slot) => [SPARED_SHELF, slot])]
    .flat().map(([shelf = 0, slot = 0]) => {
      return { shelf, slot, path: folder.image(`d${shelf}-${slot}.img`, IMAGE_SIZE) };
    });
  folder.write({ server: { workers: 2, "state-dir": folder.state }, exports });
  return folder;
}

/** Empties the lists of all exports. */
async function clearLists(service: ServiceProcess): Promise<void> {
  for (const slot of SLOTS) {
    for (const list of ["mask", "reserve"] as const) {
      await service.control.access(`e${SHELF}.${slot}`, list, "clear", []);
    }
  }
}

/** Goes on letting in whom the frames shut out, so that they are more than ignored. */
async function letIn(service: ServiceProcess, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clearLists(service);
    await pause(20);
  }
}

/** Waits until no frame is left that waits to be looked at, and could change a list once more. */
async function settle(service: ServiceProcess): Promise<void> {
  for (let before = -1, now = -2; before !== now;) {
    before = now;
    await pause(300);
    const { interfaces } = await service.control.status();
    now = interfaces.reduce((sum, { counts }) => sum + (counts["received"] ?? 0), 0);
  }
}

/** Each export, whatever was done to its lists, serves a client that is let in again. */
async function assertAllServe(lan: ServiceLan, service: ServiceProcess): Promise<void> {
  await settle(service);
  await clearLists(service);
  const all = [...SLOTS.map((slot) => `e${SHELF}.${slot}`), ...SPARED.map((slot) => `e9.${slot}`)];
  for (const name of ["eth0", "eth1"]) {
    assertEquals(await askOnce(lan.end(name), SHELF_ANY, SLOT_ANY, all.length), all);
    const client = lan.client(name);
    for (const slot of SLOTS) {
      const device = await client.find(SHELF, slot);
      await client.write(device, 64, pattern(32 * 512, slot));
      assertEquals(await client.read(device, 64, 32), pattern(32 * 512, slot));
      await client.flush(device);
    }
  }
}

e2e("a service outlives nonsense on the wire and the control socket", [], async (test) => {
  const seed = Number(Deno.env.get("DBLADE_SEED") ?? Math.floor(Math.random() * 2 ** 32));
  await test.step(`with DBLADE_SEED=${seed}`, () => outlive(new Random(seed)));
});

async function outlive(random: Random): Promise<void> {
  await using lan = await ServiceLan.make(2);
  using folder = makeFolder();
  await using service = await ServiceProcess.start(lan.host, folder);
  const load = new ServiceLoad();
  const client = lan.client("eth1", { waitMs: 200, waitMaxMs: 400, patienceMs: 20_000 });
  for (const slot of SPARED) {
    load.add(client, await client.find(SPARED_SHELF, slot), LANE_SECTORS);
  }
  const { mac } = await client.find(SHELF, 0);
  const others = lan.client("eth0");
  const { mac: first } = await others.find(SHELF, 0);
  const stop = new AbortController();
  const letting = letIn(service, stop.signal);
  await Promise.all([
    fuzzWire(lan.end("eth0"), first, random),
    fuzzWire(lan.end("eth1"), mac, random),
    fuzzControl(folder.socket, random),
  ]);
  stop.abort();
  await letting;
  const { exports } = await service.control.status();
  const aimedAt = exports.filter(({ shelf }) => shelf === SHELF);
  const answered = aimedAt.map(({ counts }) => counts["answered"] ?? 0);
  assert(Math.min(...answered) > FRAMES / 40, `only ${answered} were answered`);
  await load.stop();
  assertEquals(load.faults, []);
  await assertAllServe(lan, service);
  await service.stop();
  assert(!/\bbug\b/i.test(service.process.stderr), service.process.stderr);
}
