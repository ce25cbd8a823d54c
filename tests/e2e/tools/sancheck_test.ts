/**
 * `dblade sancheck` finds what is wrong in the middle of a network, whoever the target is, and
 * nothing where all is well.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Initiator } from "../../../lib/client/initiator.ts";
import { frameSize } from "../../../lib/sancheck/prober.ts";
import { BridgedWire } from "./bridged_wire.ts";
import { Image, pattern } from "../image.ts";
import { inNamespace, Wire } from "../namespace.ts";
import { e2e } from "../requires.ts";
import { type Ended, runProgram, TargetProcess } from "../target_process.ts";

const IMAGE_SIZE = 64 * 1024;
const SIZES = Array.from({ length: 17 }, (_, index) => frameSize(index + 1));
const PROGRAMS = ["vblade", "nft"];

/** What the tests look at of one path's JSON. */
interface PathJson {
  readonly disk: string;
  readonly interface: string;
  readonly verdict: string;
  readonly toTarget: DirectionJson;
  readonly toClient: DirectionJson;
  readonly findings: readonly { readonly kind: string; readonly text: string }[];
}

interface DirectionJson {
  readonly passed: readonly number[];
  readonly lost: readonly number[];
  readonly largestPassed: number | null;
  readonly trouble: string | null;
}

/** A bridged wire with vblade as e0.0 and dblade as e0.1. */
class Rig implements AsyncDisposable {
  readonly wire: BridgedWire;
  readonly #images: readonly Image[];
  readonly #stack: AsyncDisposableStack;

  private constructor(wire: BridgedWire, images: readonly Image[], stack: AsyncDisposableStack) {
    this.wire = wire;
    this.#images = images;
    this.#stack = stack;
  }

  /** Makes it; the target's host has another MTU where one is given. */
  static async open(mtu: number, targetMtu: number = mtu): Promise<Rig> {
    await using stack = new AsyncDisposableStack();
    const wire = stack.use(await BridgedWire.open(Math.max(mtu, targetMtu)));
    await wire.set(wire.client, "eth0", `mtu ${mtu}`);
    await wire.set(wire.target, "eth0", `mtu ${targetMtu}`);
    const images = [1, 2].map((seed) => {
      const image = stack.use(new Image(IMAGE_SIZE));
      Deno.writeFileSync(image.path, pattern(IMAGE_SIZE, seed));
      return image;
    });
    const [vblade, dblade] = images.map(({ path }) => path);
    assert(vblade !== undefined && dblade !== undefined);
    const line = ["vblade", "0", "0", "eth0", vblade];
    stack.use(await TargetProcess.startCommand(wire.target, line));
    stack.use(await TargetProcess.start(wire.target, "0", "1", "eth0", dblade));
    return new Rig(wire, images, stack.move());
  }

  run(...args: readonly string[]): Promise<Ended> {
    return runProgram(["sancheck", ...args], { namespace: this.wire.client });
  }

  /** Runs it; returns what it found of both disks, having checked the status. */
  async paths(code: number): Promise<readonly PathJson[]> {
    const ended = await this.run("--json");
    assertEquals(ended.code, code, ended.stdout + ended.stderr);
    const paths: readonly PathJson[] = JSON.parse(ended.stdout);
    assertEquals(paths.map(({ disk }) => disk), ["e0.0", "e0.1"]);
    return paths;
  }

  /** Ends it; nothing may have been written. */
  async [Symbol.asyncDispose](): Promise<void> {
    const isWhole = this.#images.map((image, at) =>
      image.read().every((byte, index) => byte === EXPECTED[at]?.[index])
    );
    await this.#stack.disposeAsync();
    assertEquals(isWhole, [true, true]);
  }
}

const EXPECTED = [1, 2].map((seed) => pattern(IMAGE_SIZE, seed));

for (const [mtu, sectors] of [[1500, 2], [9000, 17]] as const) {
  e2e(`sancheck finds nothing wrong where all have MTU ${mtu}`, PROGRAMS, async () => {
    await using rig = await Rig.open(mtu);
    for (const path of await rig.paths(0)) {
      assertEquals([path.verdict, path.findings], ["good", []], path.disk);
      for (const { passed, lost } of [path.toTarget, path.toClient]) {
        assertEquals([passed, lost], [SIZES.slice(0, sectors), []]);
      }
    }
    const { stdout } = await rig.run();
    assertEquals(stdout.trimEnd().split("\n").length, 3, stdout);
  });
}

function assertSmallBridge({ disk, toTarget, toClient, findings }: PathJson): void {
  // Linux lets a frame be longer by a VLAN tag.
  assertEquals(toTarget.largestPassed, 1518, disk);
  for (const { lost } of [toTarget, toClient]) assertEquals(lost, SIZES.slice(2), disk);
  // There may be a note, where the machine is busy.
  const [fault, ...others] = findings.filter(({ kind }) => kind === "fault");
  assertEquals(others, []);
  assertStringIncludes(fault?.text ?? "", "nor back");
  assertStringIncludes(fault?.text ?? "", "or that of eth0 to 1500");
}

e2e("sancheck finds a port of a bridge with a smaller MTU", PROGRAMS, async () => {
  await using rig = await Rig.open(9000);
  await rig.wire.set(rig.wire.bridge, "client", "mtu 1500");
  for (const path of await rig.paths(5)) assertSmallBridge(path);
  const { code, stdout } = await rig.run("e0.1", "eth0");
  assertEquals([code, stdout.includes("e0.0")], [5, false]);
  assertStringIncludes(stdout, "LOSES LARGE FRAMES");
  assertStringIncludes(stdout, "Set the MTU of everything on the way to 9000 or more");
});

e2e("sancheck finds a smaller MTU next to the target", PROGRAMS, async () => {
  await using rig = await Rig.open(9000);
  await rig.wire.set(rig.wire.bridge, "target", "mtu 1500");
  // The target's own interface refuses large frames now, which ends vblade.
  const { code, stdout } = await rig.run("--json");
  const [vblade, dblade]: readonly PathJson[] = JSON.parse(stdout);
  assert(vblade !== undefined && dblade !== undefined);
  assertEquals([code, vblade.verdict, vblade.toClient.trouble], [5, "fault", "silent"]);
  assertStringIncludes(vblade.findings[1]?.text ?? "", "the target stopped answering");
  assertSmallBridge(dblade);
});

e2e("sancheck finds what is lost in one direction only", PROGRAMS, async () => {
  for (const [port, lossy, whole] of [["client", 0, 1], ["target", 1, 0]] as const) {
    await using rig = await Rig.open(9000);
    await rig.wire.drop(port, "meta length > 4000");
    for (const { disk, toTarget, toClient, findings } of await rig.paths(5)) {
      const both = [toTarget, toClient];
      assertEquals(both[lossy]?.lost, SIZES.filter((size) => size > 4014), disk);
      assertEquals(both[whole]?.lost, [], disk);
      if (lossy === 0) assertEquals(toTarget.largestPassed, 4014);
      assertEquals(findings.filter(({ kind }) => kind === "fault").length, 1);
      assertStringIncludes(findings[0]?.text ?? "", lossy === 0 ? `to ${disk}` : `from ${disk}`);
    }
  }
});

e2e("sancheck is not fooled by the loss of one frame in twenty", PROGRAMS, async () => {
  await using rig = await Rig.open(9000);
  const rule = "numgen random mod 100 < 5";
  for (const port of ["client", "target"] as const) await rig.wire.drop(port, rule);
  for (const { toTarget, toClient, disk } of await rig.paths(0)) {
    for (const { passed, lost } of [toTarget, toClient]) {
      assertEquals([passed, lost], [SIZES, []], disk);
    }
  }
  await rig.wire.set(rig.wire.bridge, "client", "mtu 1500");
  for (const { toTarget, toClient, disk } of await rig.paths(5)) {
    for (const { lost } of [toTarget, toClient]) assertEquals(lost, SIZES.slice(2), disk);
    assertEquals(toTarget.largestPassed, 1518, disk);
  }
});

e2e("sancheck notes that one end has the smaller MTU", PROGRAMS, async () => {
  for (
    const [own, other, says] of [
      [9000, 1500, "the target's interface has the smaller MTU"],
      [1500, 9000, "this host has the smaller MTU"],
    ] as const
  ) {
    await using rig = await Rig.open(own, other);
    for (const { toTarget, toClient, verdict, findings } of await rig.paths(0)) {
      assertEquals([toTarget.passed, toClient.passed], [SIZES.slice(0, 2), SIZES.slice(0, 2)]);
      assertEquals([verdict, findings.map(({ kind }) => kind)], ["good", ["note"]]);
      assertStringIncludes(findings[0]?.text ?? "", says);
    }
  }
});

e2e("sancheck says that a reserved disk was tried one way only", PROGRAMS, async () => {
  await using rig = await Rig.open(9000);
  using initiator = inNamespace(rig.wire.client, () => Initiator.open("eth0"));
  for (const slot of [0, 1]) {
    await initiator.reserve(await initiator.find(0, slot), [0x02005e100001]);
  }
  for (const { toTarget, toClient, findings } of await rig.paths(0)) {
    assertEquals(toTarget.passed, SIZES);
    assertEquals([toClient.passed, toClient.trouble], [[], "refused"]);
    assertStringIncludes(findings[0]?.text ?? "", "only frames to it were tried");
  }
});

e2e("sancheck tells a target that went away from frames that are lost", PROGRAMS, async () => {
  await using rig = await Rig.open(9000);
  // Some sixty small frames pass, which is enough to find the disk and not to try all sizes.
  await rig.wire.drop("client", "meta length > 1500 drop; quota over 3000 bytes");
  const { code, stdout } = await rig.run("--json", "e0.1");
  const [path]: readonly PathJson[] = JSON.parse(stdout);
  assertEquals([code, path?.toTarget.trouble], [5, "silent"], stdout);
  assertEquals([path?.toClient.trouble, path?.toClient.lost], ["silent", []], stdout);
  assert(path?.findings.some(({ text }) => text.includes("does not answer any more")), stdout);
});

e2e("sancheck finds different disks at one address, though another one is silent", [], async () => {
  await using wire = await Wire.open();
  await wire.plug(1500, "eth1");
  using one = new Image(IMAGE_SIZE);
  using other = new Image(2 * IMAGE_SIZE);
  await using _one = await TargetProcess.start(wire.target, "0", "0", "eth0", one.path);
  const second = ["0", "0", "eth1", other.path, "--force"];
  await using _other = await TargetProcess.start(wire.target, ...second);
  const ended = await runProgram(["sancheck", "e0.0", "e0.7"], { namespace: wire.initiator });
  assertEquals(ended.code, 5, ended.stdout + ended.stderr);
  assertStringIncludes(ended.stdout, "fault: another disk answers for e0.0, too (");
  assertStringIncludes(ended.stdout, "FAULTY");
  assertStringIncludes(ended.stderr, "No target answers for e0.7");
});

async function smallestMtu(wire: Wire): Promise<void> {
  using image = new Image(IMAGE_SIZE);
  await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  await wire.ip(wire.initiator, "link set eth0 mtu 547");
  const { code, stdout } = await runProgram(["sancheck"], { namespace: wire.initiator });
  assertEquals(code, 5);
  assertStringIncludes(stdout, "MTU 547, too small for a sector");
  await wire.ip(wire.initiator, "link set eth0 mtu 9000");
}

e2e("sancheck says which disks do not answer", [], async () => {
  await using wire = await Wire.open(9000);
  const run = (...args: string[]) =>
    runProgram(["sancheck", ...args], { namespace: wire.initiator });
  const nobody = await run();
  assertEquals([nobody.code, nobody.stdout], [3, ""]);
  assertStringIncludes(nobody.stderr, "No target answers on eth0");
  const silent = await run("--json", "eth0");
  assertEquals([silent.code, silent.stdout], [3, "[]\n"]);
  await smallestMtu(wire);
  using image = new Image(3 * 512);
  await wire.plug(9000, "eth1");
  await using _target = await TargetProcess.start(wire.target, "0", "0", "eth0,eth1", image.path);
  const absent = await run("e0.1", "/dev/etherd/e0.0");
  assertEquals(absent.code, 3);
  assertStringIncludes(absent.stderr, "No target answers for e0.1 on eth0, eth1");
  assertStringIncludes(absent.stderr, 'did you mean "e0.0"?');
  assertStringIncludes(absent.stdout, "good");
  const twice = await run("-i", "eth0", "eth1");
  assertEquals(twice.code, 2);
  const paths: readonly PathJson[] = JSON.parse((await run("--json", "-i", "eth0,eth1")).stdout);
  assertEquals(paths.map((path) => path.interface), ["eth0", "eth1"]);
  // A disk of three sectors can be read three at a time.
  for (const { toTarget, toClient, verdict } of paths) {
    assertEquals([toTarget.passed, toClient.passed], [SIZES, SIZES.slice(0, 3)]);
    assertEquals(verdict, "good");
  }
});
