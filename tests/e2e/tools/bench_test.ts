/**
 * `dblade bench` loads a disk, tells how fast it answers, and writes only where it is told to.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { InterfaceQuery } from "../../../ffi/net_interface.ts";
import { type FilterInstruction, PacketSocket } from "../../../ffi/packet_socket.ts";
import { Mapping } from "../../../ffi/mapping.ts";
import { Initiator } from "../../../lib/client/initiator.ts";
import { ETHER_TYPE } from "../../../lib/wire/frame.ts";
import { Image, pattern } from "../image.ts";
import { command, inNamespace, Wire } from "../namespace.ts";
import { e2e } from "../requires.ts";
import { type Ended, programCommand, runProgram, TargetProcess } from "../target_process.ts";

const MIB = 2 ** 20;
const SHORT = ["--seconds", "0.5"];

/** What the tests look at of the JSON. */
interface BenchJson {
  readonly interfaces: readonly string[];
  readonly window: number;
  readonly sectors: number;
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
  readonly errors: number;
  readonly retransmissions: number;
  readonly requestsPerSecond: number;
  readonly latencyUs: Readonly<Record<string, number>>;
  readonly trouble: string | null;
}

/** A wire with a target, vblade or dblade, that serves an image of a mebibyte as e0.0. */
class Rig implements AsyncDisposable {
  readonly wire: Wire;
  readonly image: Image;
  readonly target: TargetProcess;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    wire: Wire,
    image: Image,
    target: TargetProcess,
    stack: AsyncDisposableStack,
  ) {
    this.wire = wire;
    this.image = image;
    this.target = target;
    this.#stack = stack;
  }

  /** Makes it; `flags` are those of the target. */
  static async open(name: TargetName, ...flags: readonly string[]): Promise<Rig> {
    await using stack = new AsyncDisposableStack();
    const wire = stack.use(await Wire.open(9000));
    const image = stack.use(new Image(MIB));
    Deno.writeFileSync(image.path, pattern(MIB, 1));
    const line = [...flags, "0", "0", "eth0", image.path];
    const target = stack.use(
      name === "vblade"
        ? await TargetProcess.startCommand(wire.target, [name, ...line])
        : await TargetProcess.start(wire.target, ...line),
    );
    return new Rig(wire, image, target, stack.move());
  }

  run(...args: readonly string[]): Promise<Ended> {
    return runProgram(["bench", "e0.0", ...args], { namespace: this.wire.initiator });
  }

  /** Waits until a few thousand requests have come to the target's host. */
  async isLoaded(): Promise<void> {
    const file = "/sys/class/net/eth0/statistics/rx_packets";
    const ask = ["ip", "netns", "exec", this.wire.target, "cat", file] as const;
    while (Number(await command(...ask)) < 3000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Runs it to a good end for half a second. */
  async result(...args: readonly string[]): Promise<BenchJson> {
    const time = args.includes("--seconds") ? [] : SHORT;
    const ended = await this.run("--json", ...time, ...args);
    assertEquals(ended.code, 0, ended.stderr);
    return JSON.parse(ended.stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

type TargetName = "vblade" | "dblade";
const TARGETS: readonly TargetName[] = ["vblade", "dblade"];

for (const name of TARGETS) {
  e2e(`bench reads from ${name}, at random and in order`, [name].filter(isForeign), async () => {
    await using rig = await Rig.open(name);
    for (const args of [[], ["--pattern", "sequential"], ["--sectors", "1", "--window", "1"]]) {
      const result = await rig.result(...args);
      assertEquals(result.sectors, args.includes("1") ? 1 : 17);
      assertEquals([result.errors, result.writes, result.trouble], [0, 0, null]);
      assertEquals(result.requests, result.reads);
      assert(result.requests > 50, `${result.requests} requests`);
      const { min = 0, avg = 0, p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0 } = result.latencyUs;
      const ordered = [0.1, min, p50, p90, p99, p999, max];
      assertEquals(ordered, ordered.toSorted((one, other) => one - other));
      assert(avg >= min && avg <= max);
    }
    assertEquals(rig.image.read(), pattern(MIB, 1));
  });

  e2e(`bench overwrites its region of ${name}'s disk`, [name].filter(isForeign), async () => {
    await using rig = await Rig.open(name);
    const region = ["--offset", "512", "--length", "128k", "--sectors", "8", "--destroy-data"];
    const written = await rig.result("--write", "--pattern", "sequential", ...region);
    assertEquals([written.reads, written.errors], [0, 0]);
    assert(written.writes >= 32, `${written.writes} writes`);
    const [before, after] = [pattern(MIB, 1), rig.image.read()];
    const [from, to] = [512 * 512, 768 * 512];
    assertEquals(after.subarray(0, from), before.subarray(0, from));
    assertEquals(after.subarray(to), before.subarray(to));
    for (let at = from; at < to; at += 512) {
      assert(after.subarray(at, at + 512).some((byte, index) => byte !== before[at + index]));
    }
    const mixed = await rig.result("--mix", "30", ...region);
    const share = mixed.writes / mixed.requests;
    assert(mixed.reads > 0 && share > 0.1 && share < 0.5, `${share}`);
  });

  e2e(`bench ends where ${name} refuses it`, [name].filter(isForeign), async () => {
    await using rig = await Rig.open(name, "-r");
    const denied = await rig.run("--write", "--destroy-data");
    assertEquals([denied.code, denied.stdout], [4, ""], denied.stderr);
    assertMatch(
      denied.stderr,
      name === "dblade"
        ? /^dblade: e0\.0 is exported read-only\n/
        : /^dblade: e0\.0: The (disk failed|target refused)/,
    );
    using initiator = inNamespace(rig.wire.initiator, () => Initiator.open("eth0"));
    await initiator.reserve(await initiator.find(0, 0), [0x02005e100001]);
    const reserved = await rig.run();
    assertEquals(reserved.code, 4);
    assertStringIncludes(reserved.stderr, "dblade: e0.0: The target refused");
    assertStringIncludes(reserved.stderr, "namely 02:00:5e:10:00:01");
    assertStringIncludes(reserved.stderr, '"dblade reserve"');
    assertEquals(rig.image.read(), pattern(MIB, 1));
  });
}

function isForeign(name: string): boolean {
  return name !== "dblade";
}

/** A program that lets only commands with the write flag, or with the code of a write, through. */
const WRITES: readonly FilterInstruction[] = [
  [0x30, 0, 0, 19], // ldb command
  [0x15, 0, 9, 0],
  [0x30, 0, 0, 24], // ldb aflags
  [0x45, 6, 0, 0x01],
  [0x30, 0, 0, 27], // ldb opcode
  [0x15, 4, 0, 0x30],
  [0x15, 3, 0, 0x34],
  [0x15, 2, 0, 0x35],
  [0x15, 1, 0, 0xca],
  [0x15, 0, 1, 0x06],
  [0x06, 0, 0, 0x40000],
  [0x06, 0, 0, 0],
];

/** Hears the writes that reach the target's host. */
class WriteEar implements Disposable {
  readonly #socket: PacketSocket;
  readonly #memory = Mapping.open(16384);

  constructor(namespace: string) {
    this.#socket = inNamespace(namespace, () => {
      using query = InterfaceQuery.open();
      const index = query.ask("eth0")?.index ?? 0;
      const filter = WRITES;
      const place = { name: "eth0", index, etherType: ETHER_TYPE, filter };
      return PacketSocket.open({ ...place, receiveBufferSize: 2 ** 20 });
    });
  }

  /** How many there were, as far as the buffer had room for them. */
  count(): number {
    let count = 0;
    while (this.#socket.receive(this.#memory.pointerAt(0), 16384) > 0) count++;
    return count;
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}

e2e("bench sends no write without --destroy-data", [], async () => {
  await using rig = await Rig.open("dblade");
  using ear = new WriteEar(rig.wire.target);
  for (const args of [["--write"], ["--mix", "1"], ["--write", "--mix", "99"]]) {
    const ended = await rig.run(...args);
    assertEquals([ended.code, ended.stdout], [2, ""]);
    assertStringIncludes(ended.stderr, "--destroy-data");
  }
  await rig.result();
  await rig.result("--destroy-data");
  assertEquals(ear.count(), 0);
  await rig.result("--mix", "1", "--destroy-data");
  assert(ear.count() > 0, "the ear hears writes");
});

e2e("bench says what is wrong with its region, and how much a frame carries", [], async () => {
  await using rig = await Rig.open("dblade");
  for (
    const [args, says] of [
      [["--sectors", "18"], "carries 17"],
      [["--offset", "2048"], "behind the end of e0.0 of 2048 sectors"],
      [["--offset", "2040", "--length", "9"], "which has 2048"],
      [["--length", "7", "--sectors", "8"], "7 sectors"],
      [["--pattern", "zigzag"], "random, sequential"],
      [["--mix", "100"], "from 1 to 99"],
    ] as const
  ) {
    const ended = await rig.run(...args);
    assertEquals([ended.code, ended.stdout], [2, ""], args.join(" "));
    assertStringIncludes(ended.stderr, says);
  }
});

e2e("bench has no more under way than the target takes, by every path", [], async () => {
  await using rig = await Rig.open("dblade", "-b", "3", "--shared");
  await rig.wire.plug(9000, "eth1");
  assertEquals((await rig.result("eth0", "--window", "64")).window, 3);
  const none = await runProgram(["bench", "e0.9", "--timeout", "0.3"], {
    namespace: rig.wire.initiator,
  });
  assertEquals(none.code, 3);
  const line = ["0", "1", "eth0,eth1", rig.image.path, "--shared"];
  await using _both = await TargetProcess.start(rig.wire.target, ...line);
  const args = ["bench", "e0.1", "--json", ...SHORT];
  const { stdout } = await runProgram(args, { namespace: rig.wire.initiator });
  const result: BenchJson = JSON.parse(stdout);
  assertEquals([result.interfaces, result.errors], [["eth0", "eth1"], 0]);
});

e2e("bench shows bars, and ends at SIGINT with what there is", [], async () => {
  await using rig = await Rig.open("dblade");
  const [program = "ip", ...args] = [
    ...["ip", "netns", "exec", rig.wire.initiator],
    ...programCommand(["bench", "e0.0", "--seconds", "600"]),
  ];
  const options = { args, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const process = new Deno.Command(program, options).spawn();
  await rig.isLoaded();
  process.kill("SIGINT");
  const { code, stdout } = await process.output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 130, text);
  assertMatch(text, /^e0\.0 on eth0: random reads of 8704 bytes, window 16, seed \d+$/m);
  assertMatch(text, /^[\d,]+ requests\/s, [\d.]+ MB\/s: [\d,]+ reads and 0 writes in \d/m);
  assertMatch(text, /^Latency: min .+, avg .+, p50 .+, p90 .+, p99 .+, p99.9 .+, max .+$/m);
  assertMatch(text, /^ *[\d.]+ µs to [\d.]+ [µm]s +[\d.]+ % {2}#+$/m);
  assertMatch(text, /^ *0\.0 s +[\d,]+ {2}#+$/m);
  assert(text.split("\n").every((line) => line.length <= 130));
});

e2e("bench counts what is sent again", ["nft"], async () => {
  await using rig = await Rig.open("dblade");
  const chain = "type filter hook ingress device eth0 priority 0; numgen random mod 100 < 5 drop;";
  const table = `table netdev loss { chain drops { ${chain} }; }`;
  await command("ip", "netns", "exec", rig.wire.target, "nft", table);
  const { retransmissions, requests, errors } = await rig.result("--seconds", "1");
  assertEquals(errors, 0);
  const share = retransmissions / requests;
  assert(share > 0.02 && share < 0.5, `${retransmissions} of ${requests}`);
});

e2e("bench draws with blocks on a terminal, without colours", ["script"], async () => {
  await using rig = await Rig.open("dblade");
  const line = [
    ...["ip", "netns", "exec", rig.wire.initiator],
    ...programCommand(["bench", "e0.0", "--seconds", "0.3"]),
  ].map((word) => `'${word}'`).join(" ");
  const text = await command("env", "NO_COLOR=1", "script", "-qec", line, "/dev/null");
  assertMatch(text, /% {2}█/);
  assertEquals([text.includes("#"), text.includes("\x1b[")], [false, false]);
});

e2e("bench tells what it had where the target goes away", [], async () => {
  await using rig = await Rig.open("dblade");
  const running = rig.run("--seconds", "60", "--timeout", "1", "--json");
  await rig.isLoaded();
  rig.target.kill("SIGKILL");
  const { code, stdout, stderr } = await running;
  assertEquals(code, 3);
  assertStringIncludes(stderr, "did not answer within 1 s on eth0; --timeout waits longer");
  const result: BenchJson = JSON.parse(stdout);
  assert(result.requests > 0 && result.errors > 0);
  assertStringIncludes(result.trouble ?? "", "did not answer within 1 s on eth0");
});
