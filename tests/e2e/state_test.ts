/**
 * With --state, what clients set outlives the target: stored before it is acknowledged, or not
 * acknowledged.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Device, Initiator } from "../../lib/client/initiator.ts";
import { RefusedError } from "../../lib/client/target_error.ts";
import { TimeoutError } from "../../lib/error.ts";
import { parseState } from "../../lib/server/state_text.ts";
import { ConfigCommand } from "../../lib/wire/config.ts";
import { AoeError } from "../../lib/wire/frame.ts";
import { formatMac } from "../../lib/wire/mac.ts";
import { Directive } from "../../lib/wire/mask.ts";
import { Image, pattern } from "./image.ts";
import { command, inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { runProgram, TargetProcess } from "./target_process.ts";

const IMAGE_SIZE = 64 * 1024;
/** Every byte there is. */
const CONFIG = Uint8Array.from({ length: 256 }, (_, index) => index);
const STRANGERS = [0x020000000001, 0xfedcba987654] as const;
const NONE = new Uint8Array(0);

function start(wire: Wire, image: Image, ...options: readonly string[]): Promise<TargetProcess> {
  const args = ["--state", image.folder, ...options, "7", "9", "eth0", image.path];
  return TargetProcess.start(wire.target, ...args);
}

function stateOf(image: Image) {
  const path = `${image.folder}/e7.9.json`;
  return parseState(Deno.readTextFileSync(path), path).state;
}

function openInitiator(wire: Wire): Initiator {
  return inNamespace(wire.initiator, () => Initiator.open("eth0"));
}

function add(initiator: Initiator, device: Device, mac: number): Promise<readonly number[]> {
  return initiator.mask(device, [{ directive: Directive.ADD, mac }]);
}

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  e2e(`what clients set outlives ${signal}`, [], async () => {
    await using wire = await Wire.open();
    using image = new Image(IMAGE_SIZE);
    using initiator = openInitiator(wire);
    const masks = [initiator.link.mac, STRANGERS[0]];
    {
      await using target = await start(wire, image);
      const device = await initiator.find(7, 9);
      await initiator.config(device, ConfigCommand.SET, CONFIG);
      for (const mac of masks) await add(initiator, device, mac);
      await initiator.reserve(device, STRANGERS);
      target.kill(signal);
      await target.ended();
    }
    await using _again = await start(wire, image);
    const device = await initiator.find(7, 9);
    assertEquals(device.config, CONFIG);
    assertEquals(await initiator.mask(device), masks);
    assertEquals(await initiator.reserve(device), STRANGERS);
    const refused = await assertRejects(() => initiator.read(device, 0, 1), RefusedError);
    assertEquals(refused.code, AoeError.RESERVED);
    // What is taken back is taken back for good.
    await initiator.reserve(device, [], true);
    await initiator.config(device, ConfigCommand.FORCE, NONE);
    assertEquals(stateOf(image), { config: NONE, masks, reservations: [] });
  });
}

e2e("what is acknowledged is on the disk", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  using initiator = openInitiator(wire);
  for (let round = 1; round <= 3; round++) {
    await using target = await start(wire, image);
    const device = await initiator.find(7, 9);
    const config = pattern(1024, round);
    const acknowledged = initiator.config(device, ConfigCommand.FORCE, config);
    await acknowledged.then(() => target.kill("SIGKILL"));
    await target.ended();
    assertEquals(stateOf(image).config, config);
  }
});

e2e("a set that cannot be stored is not acknowledged", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  using initiator = openInitiator(wire);
  const patience = { waitMs: 50, waitMaxMs: 100, patienceMs: 250 };
  using hasty = inNamespace(wire.initiator, () => Initiator.open("eth0", patience));
  const first = CONFIG.subarray(0, 16);
  {
    await using target = await start(wire, image);
    const device = await initiator.find(7, 9);
    await initiator.config(device, ConfigCommand.SET, first);
    // A full file system over the state folder, for this one process: it has its own mounts.
    const inside = (line: string): Promise<string> =>
      command("nsenter", "-t", `${target.pid}`, "-m", "sh", "-ec", line, image.folder);
    const state = Deno.readTextFileSync(`${image.folder}/e7.9.json`);
    const cover = `exec 3< e7.9.json; mount -t tmpfs -o size=16k none "$0"; cd "$0"`;
    await inside(`cd "$0"; ${cover}; cat <&3 > e7.9.json`);
    await inside(`cat /dev/zero > "$0/filler" 2>/dev/null || test -s "$0/filler"`);
    const sets = [
      hasty.config(device, ConfigCommand.FORCE, CONFIG),
      add(hasty, device, hasty.link.mac),
      hasty.reserve(device, STRANGERS),
    ].map((request) => assertRejects(() => request, TimeoutError));
    await Promise.all(sets);
    await target.logged("no space left on device (ENOSPC); the change was not acknowledged");
    assertEquals(await inside(`cat "$0/e7.9.json"`), state);
    // All else goes on, with the old values.
    assertEquals((await initiator.find(7, 9)).config, first);
    assertEquals([await initiator.mask(device), await initiator.reserve(device)], [[], []]);
    await initiator.write(device, 0, new Uint8Array(512).fill(1));
    // A set that is there already needs no room.
    assertEquals(await initiator.config(device, ConfigCommand.SET, first), first);
    await inside(`rm "$0/filler"`);
    assertEquals(await initiator.config(device, ConfigCommand.FORCE, CONFIG), CONFIG);
    assert((await inside(`cat "$0/e7.9.json"`)).includes(`"version": 1`));
  }
  await using _again = await start(wire, image);
  assertEquals((await initiator.find(7, 9)).config, first);
});

e2e("masks of the command line replace stored ones only where they are new", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  using initiator = openInitiator(wire);
  const own = initiator.link.mac;
  const [stranger, other] = STRANGERS;
  const option = (...macs: readonly number[]) => ["-m", macs.map(formatMac).join(",")];
  const masksAfter = async (options: readonly string[], edit?: number) => {
    await using target = await start(wire, image, ...options);
    const device = await initiator.find(7, 9);
    const masks = edit === undefined
      ? await initiator.mask(device)
      : await add(initiator, device, edit);
    target.kill("SIGTERM");
    await target.ended();
    return { masks, warned: target.stderr.includes("takes the place of the mask list stored") };
  };
  // Nothing is stored yet; then an edit is.
  assertEquals(await masksAfter(option(own)), { masks: [own], warned: false });
  assertEquals((await masksAfter(option(own), stranger)).masks, [own, stranger]);
  const stored = { masks: [own, stranger], warned: false };
  assertEquals(await masksAfter(option(own)), stored);
  assertEquals(await masksAfter([]), stored);
  assertEquals(await masksAfter(option(own, stranger)), stored);
  assertEquals(await masksAfter(option(own, other)), { masks: [own, other], warned: true });
});

e2e("two targets never keep their state in one file", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  using other = new Image(IMAGE_SIZE);
  await using _first = await start(wire, image);
  const ended = await runProgram(
    ["--state", image.folder, "7", "9", "lo", other.path],
    { namespace: wire.target },
  );
  assertEquals([ended.code, ended.stdout], [1, ""]);
  const lock = `e7.9 in "${image.folder}/dblade.lock": another target holds it`;
  assertStringIncludes(ended.stderr, lock);
});

e2e("a MAC that a new --mask left out does not come back", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  using initiator = openInitiator(wire);
  const own = formatMac(initiator.link.mac);
  {
    await using _target = await start(wire, image, "-m", own);
    await add(initiator, await initiator.find(7, 9), STRANGERS[0]);
  }
  const newMask = [initiator.link.mac, STRANGERS[1]];
  {
    await using _target = await start(wire, image, "-m", newMask.map(formatMac).join());
  }
  await using _target = await start(wire, image);
  assertEquals(await initiator.mask(await initiator.find(7, 9)), newMask);
});
