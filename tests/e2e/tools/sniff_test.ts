/**
 * `dblade sniff` beside real clients and targets: what passes is seen, in both directions, and
 * written so that the usual tools read it.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Mapping } from "../../../ffi/mapping.ts";
import { InterfaceQuery } from "../../../ffi/net_interface.ts";
import { PacketSocket } from "../../../ffi/packet_socket.ts";
import { Initiator } from "../../../lib/client/initiator.ts";
import { ataFrame, configFrame } from "../../frames.ts";
import { readPcap } from "../../pcap.ts";
import { Image } from "../image.ts";
import { command, inNamespace, Wire } from "../namespace.ts";
import { assertComplaint, SYSTEM, USAGE } from "../refusal.ts";
import { e2e } from "../requires.ts";
import {
  type Ended,
  programCommand,
  runCommand,
  runProgram,
  TargetProcess,
} from "../target_process.ts";

const PATIENCE = { waitMs: 2000, waitMaxMs: 2000, patienceMs: 20_000 };
/** A sniffer that does not end must not hang the test. */
const LIMIT = ["timeout", "--signal=KILL", "60"];

/** A sniffer in the initiator's namespace. */
class SnifferProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #stderr: ReadableStreamDefaultReader<string>;
  readonly #stdout: Promise<Uint8Array>;
  #complaints = "";

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#stderr = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
    this.#stdout = process.stdout.bytes();
  }

  /** Starts one; returns when it looks. */
  static async start(namespace: string, ...args: readonly string[]): Promise<SnifferProcess> {
    const enter = ["netns", "exec", namespace];
    const process = new Deno.Command("ip", {
      args: [...enter, ...programCommand(["sniff", ...args])],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const sniffer = new SnifferProcess(process);
    while (!sniffer.#complaints.includes("Looking at")) {
      if (!await sniffer.#read()) throw new Error(`it ended: ${sniffer.#complaints}`);
    }
    return sniffer;
  }

  async #read(): Promise<boolean> {
    const { value } = await this.#stderr.read();
    this.#complaints += value ?? "";
    return value !== undefined;
  }

  /** Ends it by a signal, or waits for its own end. */
  async end(signal?: Deno.Signal): Promise<Ended & { bytes: Uint8Array }> {
    if (signal !== undefined) this.#process.kill(signal);
    while (await this.#read());
    const { code } = await this.#process.status;
    const bytes = await this.#stdout;
    return { code, stdout: new TextDecoder().decode(bytes), stderr: this.#complaints, bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await this.#process.status;
    await this.#stdout;
    await this.#stderr.cancel();
  }
}

/** What of an object of --json the tests look at. */
interface Reported {
  readonly time: string;
  readonly interface: string;
  readonly direction: string;
  readonly response?: boolean;
  readonly name?: string;
  readonly roundTripUs?: number;
  readonly sendCount?: number;
  readonly disk?: string;
  readonly tag?: number;
  readonly vlans?: readonly number[];
  readonly faults?: readonly string[];
}

function reportedBy({ stdout }: Ended): readonly Reported[] {
  return stdout.trim().split("\n").filter((line) => line !== "").map((line): Reported =>
    JSON.parse(line)
  );
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

const TARGETS: readonly (readonly [string, (path: string) => readonly string[]])[] = [
  ["dblade", (path) => programCommand(["0", "0", "eth0", path])],
  ["vblade", (path) => ["vblade", "0", "0", "eth0", path]],
];
for (const [name, target] of TARGETS) {
  e2e(`sniff shows both directions between our initiator and ${name}`, ["vblade"], async () => {
    await using wire = await Wire.open();
    using image = new Image(2 ** 20);
    await using _target = await TargetProcess.startCommand(wire.target, target(image.path));
    await using sniffer = await SnifferProcess.start(wire.initiator, "e0.0", "eth0", "--json");
    await using other = await SnifferProcess.start(wire.initiator, "e0.1", "eth0", "--json");
    using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
    const device = await initiator.find(0, 0);
    await initiator.write(device, 8, new Uint8Array(1024));
    await initiator.read(device, 8, 2);
    await pause(1000);
    const seen = reportedBy(await sniffer.end("SIGINT"));
    for (const command of ["WRITE EXT", "READ EXT"]) {
      const asked = seen.find((one) => one.name === command && one.response === false);
      const answered = seen.find((one) => one.name === command && one.response === true);
      assertEquals([asked?.direction, answered?.direction], ["out", "in"], command);
      assertEquals(asked?.tag, answered?.tag);
      const { roundTripUs = 0 } = answered ?? {};
      assert(roundTripUs > 0 && roundTripUs < 1e7, `${roundTripUs} us`);
    }
    const disks = new Set(reportedBy(await other.end("SIGTERM")).map(({ disk }) => disk));
    assertEquals([...disks].filter((disk) => disk === "e0.0"), [], "e0.1 alone was asked for");
  });
}

e2e(
  "sniff shows aoeping's requests, and a copy of one that is not answered",
  ["aoeping"],
  async () => {
    await using wire = await Wire.open();
    using image = new Image(2 ** 20);
    await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
    await using sniffer = await SnifferProcess.start(wire.target, "eth0");
    await command(
      "ip",
      "netns",
      "exec",
      wire.initiator,
      ...LIMIT,
      "aoeping",
      "-i",
      "0",
      "0",
      "eth0",
    );
    inNamespace(wire.initiator, () => {
      const frame = ataFrame({ opcode: 0x20, count: 1, shelf: 7, tag: 0x77 });
      send([frame, frame]);
    });
    await pause(1000);
    const { code, stdout, stderr } = await sniffer.end("SIGINT");
    assertEquals(code, 0);
    assertMatch(stdout, /^\d\d:\d\d:\d\d\.\d{6} eth0 .* > ff:.* e0\.0 config query/m);
    assertMatch(stdout, /e0\.0 reply config query: "" buffers \d+ firmware 0x\w+ sectors 2 \d/);
    assertMatch(stdout, /e0\.0 reply IDENTIFY: ok 512 bytes 2048 sectors "dblade" serial "0\.0:/);
    assertMatch(stdout, /e7\.3 READ lba 0 count 1 tag 0x77, sent 2 times$/m);
    assertMatch(stderr, /^\d+ frames, 0 lost .*; 1 sent again, 0 refusals, 0 malformed$/m);
  },
);

/** Sends frames by eth0 of the namespace that this thread is in. */
function send(frames: readonly Uint8Array[], name: string = "eth0"): void {
  using query = InterfaceQuery.open();
  const index = query.ask(name)?.index ?? 0;
  const options = { name, index, etherType: 0x88a2, receiveBufferSize: 0 };
  using socket = PacketSocket.open({ ...options, filter: [[6, 0, 0, 0]] }); // takes nothing in
  using memory = Mapping.open(4096);
  for (const frame of frames) {
    new Uint8Array(memory.buffer).set(frame);
    assertEquals(socket.send(memory.pointerAt(0), frame.length), 0);
  }
}

/** A frame with a tag of the VLAN 5 in it. */
function tagged(frame: Uint8Array): Uint8Array {
  return new Uint8Array([...frame.subarray(0, 12), 0x81, 0, 0, 5, ...frame.subarray(12)]);
}

e2e("sniff shows a frame of a VLAN, and --pcap keeps its tag", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(512);
  const path = `${image.folder}/a.pcap`;
  const frame = tagged(configFrame({ ccmd: 3, string: "a", tag: 5 }));
  const args = ["eth0", "--json", "--pcap", path, "--count", "1"];
  for (const namespace of [wire.target, wire.initiator]) {
    await using sniffer = await SnifferProcess.start(namespace, ...args);
    inNamespace(wire.initiator, () => send([frame]));
    const ended = await sniffer.end();
    assertEquals(reportedBy(ended).map(({ vlans, tag }) => [vlans, tag]), [[[5], 5]]);
    const [record] = readPcap(Deno.readFileSync(path));
    assertEquals([record?.bytes, record?.size], [frame, frame.length]);
  }
});

e2e("sniff shows each frame on the loopback interface once", [], async () => {
  await using wire = await Wire.open();
  await using sniffer = await SnifferProcess.start(wire.initiator, "lo", "--json");
  const frames = [1, 2, 3].map((tag) => ataFrame({ opcode: 0xec, dst: 0, src: 0, tag }));
  inNamespace(wire.initiator, () => send(frames, "lo"));
  await pause(1000);
  const seen = reportedBy(await sniffer.end("SIGTERM"));
  assertEquals(seen.map(({ tag }) => tag), [1, 2, 3]);
});

e2e("sniff ends after --count frames of several interfaces, in their order", [], async () => {
  await using wire = await Wire.open();
  await wire.plug(1500, "eth1");
  const args = ["-i", "eth0,eth1", "--json", "--count", "3"];
  await using sniffer = await SnifferProcess.start(wire.initiator, ...args);
  inNamespace(wire.target, () => {
    for (let tag = 1; tag <= 5; tag++) {
      send([ataFrame({ opcode: 0xec, tag })], tag % 2 === 0 ? "eth1" : "eth0");
    }
  });
  const ended = await sniffer.end();
  const seen = reportedBy(ended);
  assertEquals(seen.map((one) => one.tag), [1, 2, 3]);
  assertEquals(seen.map((one) => one.interface), ["eth0", "eth1", "eth0"]);
  assertEquals(ended.code, 0);
});

e2e("what sniff writes is read by tcpdump", ["tcpdump"], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  const path = `${image.folder}/a.pcap`;
  await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  await using sniffer = await SnifferProcess.start(wire.initiator, "eth0", "-q", "--pcap", path);
  await using piped = await SnifferProcess.start(wire.initiator, "eth0", "--pcap", "-");
  await exchange(wire);
  const { stdout } = await sniffer.end("SIGINT");
  assertEquals(stdout, "");
  const { bytes } = await piped.end("SIGINT");
  const records = readPcap(Deno.readFileSync(path));
  assert(records.length >= 4);
  assertEquals(readPcap(bytes), records, "the same by the pipe");
  const told = await command("tcpdump", "-nn", "-e", "-tt", "-r", path);
  assertEquals(told.trim().split("\n").length, records.length);
  assertStringIncludes(told, "0x88a2");
});

/** Finds the disk, and reads two sectors. */
async function exchange(wire: Wire): Promise<void> {
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", PATIENCE));
  await initiator.read(await initiator.find(0, 0), 0, 2);
  await pause(1000);
}

e2e("what sniff writes is dissected by tshark", ["tshark"], async () => {
  await using wire = await Wire.open();
  using image = new Image(2 ** 20);
  const path = `${image.folder}/a.pcap`;
  await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  await using sniffer = await SnifferProcess.start(wire.initiator, "eth0", "-q", "--pcap", path);
  await exchange(wire);
  await sniffer.end("SIGINT");
  const fields = ["_ws.col.Protocol", "aoe.major", "aoe.minor", "aoe.cmd"];
  const words = fields.flatMap((field) => ["-e", field]);
  const told = await command("tshark", "-n", "-r", path, "-T", "fields", ...words);
  const rows = told.trim().split("\n").map((line) => line.split("\t"));
  assertEquals(rows.length, readPcap(Deno.readFileSync(path)).length);
  assert(rows.every(([protocol]) => protocol === "AoE"), told);
  assert(
    rows.some(([, shelf, slot, cmd]) => `${shelf} ${slot} ${Number(cmd)}` === "0x0000 0x00 0"),
    told,
  );
});

e2e("sniff ends when its reader has gone", [], async () => {
  await using wire = await Wire.open();
  const words = programCommand(["sniff", "eth0", "--seconds", "30"]).join(" ");
  const script = `(${words}; echo "status $?" >&2) | head -1`;
  const args = ["netns", "exec", wire.initiator, "sh", "-c", script];
  const process = new Deno.Command("ip", { args, stdin: "null", stdout: "piped", stderr: "piped" })
    .spawn();
  const ended = process.output();
  let done = false;
  ended.then(() => done = true);
  for (let tag = 1; !done && tag < 300; tag++) {
    inNamespace(wire.target, () => send([ataFrame({ opcode: 0xec, tag })]));
    await pause(50);
  }
  const { stdout, stderr } = await ended;
  const text = new TextDecoder();
  assertEquals(text.decode(stdout).trim().split("\n").length, 1);
  assertMatch(text.decode(stderr), /status 0\n$/);
});

e2e("sniff hears of signals though nobody reads what it shows", ["mkfifo"], async () => {
  await using wire = await Wire.open();
  using image = new Image(512);
  const pipe = `${image.folder}/pipe`;
  await command("mkfifo", pipe);
  using held = await Deno.open(pipe, { read: true, write: true });
  await held.write(new Uint8Array(65536));
  await using sniffer = await SnifferProcess.start(wire.initiator, "eth0", "--pcap", pipe);
  await pause(500);
  assertEquals((await sniffer.end("SIGTERM")).code, 0);
});

e2e("sniff tells what it cannot do", ["setpriv", "mkfifo"], async () => {
  await using wire = await Wire.open();
  using image = new Image(512);
  const pipe = `${image.folder}/pipe`;
  await command("mkfifo", pipe);
  const namespace = wire.initiator;
  const complains = async (args: readonly string[], code: number, ...says: readonly string[]) =>
    assertComplaint(await runProgram(["sniff", ...args], { namespace }), code, says);
  await complains(["eth7"], SYSTEM, '"eth7"', "no such interface");
  await complains(["eth0", "--pcap", `${image.folder}/no/a`], SYSTEM, "no such file");
  await complains(["eth0", "--pcap", pipe], SYSTEM, "start its reader first");
  await complains(["eth0", "--quiet"], USAGE, "--pcap");
  await complains(["eth0", "--json", "--pcap", "-"], USAGE, "standard output");
  await complains(["eth0", "-i", "eth0"], USAGE, "--interface");
  await complains(["eth0", "--count", "0"], USAGE, "--count");
  const bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
  const enter = ["ip", "netns", "exec", namespace];
  const ended = await runCommand([...enter, ...bare, ...programCommand(["sniff", "eth0"])]);
  assertComplaint(ended, SYSTEM, ["CAP_NET_RAW", "eth0"]);
});

e2e("sniff goes on when an interface goes down, and ends when it is removed", [], async () => {
  await using wire = await Wire.open();
  await using sniffer = await SnifferProcess.start(wire.initiator, "eth0", "--json");
  await wire.ip(wire.initiator, "link set eth0 down");
  await pause(500);
  await wire.ip(wire.initiator, "link set eth0 up");
  await pause(500);
  inNamespace(wire.target, () => send([ataFrame({ opcode: 0xec, tag: 5 })]));
  await pause(500);
  await wire.ip(wire.initiator, "link del eth0");
  const ended = await sniffer.end();
  assertEquals(reportedBy(ended).map(({ tag }) => tag), [5]);
  assertStringIncludes(ended.stderr, "eth0 is down");
  assertStringIncludes(ended.stderr, '"eth0" was removed');
  assertEquals(ended.code, SYSTEM);
});
