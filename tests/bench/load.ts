/**
 * A load generator: keeps a window of reads or writes under way for a while and tells how many were
 * answered, and how fast. One thread, no disk: what it measures is the target.
 *
 * usage: load.ts INTERFACE SHELF SLOT r|w seq|rand WINDOW SECONDS SPAN_SECTORS
 *
 * @module
 */
import { Mapping } from "../../ffi/mapping.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import { PacketSocket } from "../../ffi/packet_socket.ts";
import { Opcode } from "../../lib/ata/command.ts";
import { Initiator } from "../../lib/client/initiator.ts";
import { ataRequest } from "../../lib/wire/requests.ts";
import { ATA_HEADER_SIZE, AtaFrame, SECTOR_SIZE } from "../../lib/wire/ata.ts";
import { responseFilter } from "../../lib/wire/filter.ts";
import { ETHER_TYPE, FRAME_SIZE_MIN } from "../../lib/wire/frame.ts";

const [name = "", shelf = "0", slot = "0", op = "r", order = "rand", ...numbers] = Deno.args;
const [windowSize = 16, seconds = 1, span = 2048] = numbers.map(Number);

const SLOT_SIZE = 16384;
const RETRANSMIT_MS = 500;
const WAIT_MS = 20;
const SAMPLES_MAX = 4_000_000;

/** One request that is under way again and again. */
interface Lane {
  readonly frame: AtaFrame;
  readonly pointer: Deno.PointerObject;
  sentMs: number;
}

async function main(): Promise<void> {
  using initiator = Initiator.open(name);
  const device = await initiator.find(Number(shelf), Number(slot));
  const mtuFit = Math.floor((initiator.link.mtu - ATA_HEADER_SIZE) / SECTOR_SIZE);
  const count = Math.min(mtuFit, device.sectorCount);
  const isWrite = op === "w";
  const size = isWrite ? ATA_HEADER_SIZE + count * SECTOR_SIZE : FRAME_SIZE_MIN;
  using memory = Mapping.open((windowSize + 1) * SLOT_SIZE);
  using query = InterfaceQuery.open();
  using socket = PacketSocket.open({
    name,
    index: query.ask(name)?.index ?? 0,
    etherType: ETHER_TYPE,
    filter: responseFilter(query.ask(name)?.index ?? 0),
    receiveBufferSize: 16 * 2 ** 20,
  });
  const data = isWrite ? { data: new Uint8Array(count * SECTOR_SIZE).fill(0x5a) } : {};
  const opcode = isWrite ? Opcode.WRITE_EXT : Opcode.READ_EXT;
  const route = { source: initiator.link.mac, destination: device.mac, ...device };
  const bytes = ataRequest(route, { opcode, count, ...data });
  const lanes = Array.from({ length: windowSize }, (_, index): Lane => {
    const frame = new AtaFrame(new DataView(memory.buffer, index * SLOT_SIZE, SLOT_SIZE));
    frame.bytes.set(bytes);
    return { frame, pointer: memory.pointerAt(index * SLOT_SIZE), sentMs: 0 };
  });
  const receivedAt = windowSize * SLOT_SIZE;
  const received = {
    frame: new AtaFrame(new DataView(memory.buffer, receivedAt, SLOT_SIZE)),
    pointer: memory.pointerAt(receivedAt),
    sentMs: 0,
  };
  const result = run(socket, lanes, received, size, Math.floor(span / count), count);
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result) + "\n"));
}

function run(
  socket: PacketSocket,
  lanes: readonly Lane[],
  received: Lane,
  size: number,
  places: number,
  count: number,
) {
  const latencies = new Float32Array(SAMPLES_MAX);
  let done = 0;
  let retransmitted = 0;
  let bad = 0;
  let place = 0;
  let sequence = 1;
  const isRandom = order === "rand";
  const send = (lane: Lane, index: number): void => {
    place = isRandom ? Math.floor(Math.random() * places) : (place + 1) % places;
    lane.frame.lba = place * count;
    lane.frame.tag = ((sequence++ & 0xffffff) * 256 + index) >>> 0;
    lane.sentMs = performance.now();
    socket.send(lane.pointer, size);
  };
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  lanes.forEach(send);
  for (let nowMs = startMs; nowMs < endMs;) {
    const got = socket.receive(received.pointer, SLOT_SIZE, WAIT_MS);
    nowMs = performance.now();
    if (got <= 0) {
      for (const lane of lanes) {
        if (nowMs - lane.sentMs < RETRANSMIT_MS) continue;
        retransmitted++;
        lane.sentMs = nowMs;
        socket.send(lane.pointer, size);
      }
      continue;
    }
    const lane = lanes[received.frame.tag & 0xff];
    if (lane === undefined || lane.frame.tag !== received.frame.tag) continue;
    if ((received.frame.opcode & 0xa9) !== 0 || (received.frame.flags & 4) !== 0) bad++;
    if (done < SAMPLES_MAX) latencies[done] = (nowMs - lane.sentMs) * 1000;
    done++;
    send(lane, received.frame.tag & 0xff);
  }
  const sorted = latencies.subarray(0, Math.min(done, SAMPLES_MAX)).sort();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  const elapsed = (performance.now() - startMs) / 1000;
  return {
    requestsPerSecond: done / elapsed,
    megabytesPerSecond: (done * count * SECTOR_SIZE) / elapsed / 1e6,
    p50Us: at(0.5),
    p99Us: at(0.99),
    done,
    retransmitted,
    bad,
  };
}

await main();
Deno.exit(0);
