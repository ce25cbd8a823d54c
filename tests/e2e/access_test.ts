/**
 * Who is served: mask list, reservation and read-only exports, with two clients on one wire.
 *
 * @module
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { AtaError, Status } from "../../lib/ata/command.ts";
import { type Device, Initiator } from "../../lib/client/initiator.ts";
import { DiskError } from "../../lib/client/target_error.ts";
import { TimeoutError } from "../../lib/error.ts";
import { ConfigCommand } from "../../lib/wire/config.ts";
import { formatMac } from "../../lib/wire/mac.ts";
import { Directive } from "../../lib/wire/mask.ts";
import { Image, pattern } from "./image.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { snapshot } from "./refusal.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";
import { assertReserved, assertSilence, type Client, TwoClients } from "./two_clients.ts";

const IMAGE_SIZE = 64 * 1024;
const SECTOR = pattern(512, 1);
const PLACE = ["0", "0", "eth0"];

/** One request of every command, and wrong ones: a client that is shut out gets no error either. */
function everyRequest(client: Initiator, device: Device): Promise<unknown>[] {
  const raw = (command: number, version: number): Promise<unknown> => {
    const bytes = new Uint8Array(60);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, device.mac / 2 ** 32);
    view.setUint32(2, device.mac % 2 ** 32);
    view.setUint16(6, client.link.mac / 2 ** 32);
    view.setUint32(8, client.link.mac % 2 ** 32);
    view.setUint16(12, 0x88a2);
    view.setUint8(14, version << 4);
    view.setUint8(19, command);
    return client.link.request(bytes);
  };
  return [
    client.find(0, 0),
    client.find(0xffff, 0xff),
    client.config(device, ConfigCommand.READ),
    client.config(device, ConfigCommand.FORCE, SECTOR),
    client.identify(device),
    client.read(device, 0, 1),
    client.write(device, 0, SECTOR),
    client.trim(device, 0, 1),
    client.flush(device),
    client.mask(device),
    client.mask(device, [{ directive: Directive.ADD, mac: client.link.mac }]),
    client.reserve(device),
    client.reserve(device, [client.link.mac], true),
    raw(77, 1),
    raw(0, 2),
  ];
}

const SPELLINGS: Readonly<Record<string, (mac: string) => string>> = {
  "with colons": (mac) => mac,
  "with dashes, upper case": (mac) => mac.replaceAll(":", "-").toUpperCase(),
  "without either": (mac) => mac.replaceAll(":", ""),
  "after another": (mac) => `020000000001,${mac.toUpperCase()}`,
};

e2e("a mask serves the listed client only, in every spelling", [], async (test) => {
  await using clients = await TwoClients.open();
  const { wire, one, other } = clients;
  for (const [name, spell] of Object.entries(SPELLINGS)) {
    await test.step(name, async () => {
      using image = new Image(IMAGE_SIZE);
      const mask = spell(formatMac(one.mac));
      const args = ["--mask", mask, ...PLACE, image.path];
      await using _target = await TargetProcess.start(wire.target, ...args);
      const device = await one.patient.find(0, 0);
      const before = await snapshot(image.folder);
      await assertSilence(everyRequest(other.hasty, device));
      assertEquals(await snapshot(image.folder), before);
      await one.patient.write(device, 5, SECTOR);
      assertEquals(await one.patient.read(device, 5, 1), SECTOR);
      assertEquals((await one.patient.mask(device)).at(-1), one.mac);
      assertEquals(await one.patient.reserve(device), []);
    });
  }
});

e2e("every request is answered where there is no mask", [], async () => {
  await using clients = await TwoClients.open();
  using image = new Image(IMAGE_SIZE);
  const { wire, other } = clients;
  await using _target = await TargetProcess.start(wire.target, ...PLACE, image.path);
  const device = await other.patient.find(0, 0);
  const ends = await Promise.allSettled(everyRequest(other.patient, device));
  const silent = ends.map((end) => end.status === "rejected" && end.reason instanceof TimeoutError);
  assertEquals(silent, new Array(silent.length).fill(false));
});

e2e("a mask list that is edited holds from the next request on", [], async () => {
  await using clients = await TwoClients.open();
  using image = new Image(IMAGE_SIZE);
  const { wire, one, other } = clients;
  await using _target = await TargetProcess.start(wire.target, ...PLACE, image.path);
  const device = await one.patient.find(0, 0);
  assertEquals(await other.patient.read(device, 0, 1), new Uint8Array(512));
  const edit = ({ patient }: Client, directive: number, mac: number) =>
    patient.mask(device, [{ directive, mac }]);
  assertEquals(await edit(one, Directive.ADD, one.mac), [one.mac]);
  await assertSilence([other.hasty.read(device, 0, 1), other.hasty.find(0, 0)]);
  assertEquals(await edit(one, Directive.ADD, other.mac), [one.mac, other.mac]);
  assertEquals((await other.patient.read(device, 0, 1)).length, 512);
  // The one that shuts itself out still hears that it did.
  assertEquals(await edit(one, Directive.DELETE, one.mac), [other.mac]);
  await assertSilence([one.hasty.read(device, 0, 1), one.hasty.mask(device)]);
  assertEquals(await edit(other, Directive.DELETE, other.mac), []);
  assertEquals((await one.patient.read(device, 0, 1)).length, 512);
});

e2e("a masked target advertises itself to the listed client only", [], async () => {
  await using clients = await TwoClients.open();
  using image = new Image(IMAGE_SIZE);
  const { wire, one, other } = clients;
  const args = ["-m", formatMac(one.mac), ...PLACE, image.path];
  await using _target = await TargetProcess.start(wire.target, ...args);
  const heard: string[] = [];
  const listen = async (name: string, { hasty }: Client): Promise<void> => {
    hasty.link.unasked = () => heard.push(name);
    // A link listens while a question is open, such as this one, which nobody answers.
    await hasty.link.requestAll(new Uint8Array(60), 100);
  };
  for (let round = 0; round < 50 && heard.length === 0; round++) {
    await Promise.all([listen("one", one), listen("other", other)]);
  }
  assertEquals(heard, ["one"]);
});

e2e("a reservation keeps the other client out until it takes over", [], async () => {
  await using clients = await TwoClients.open();
  using image = new Image(IMAGE_SIZE);
  const { wire, one, other } = clients;
  await using _target = await TargetProcess.start(wire.target, ...PLACE, image.path);
  const device = await one.patient.find(0, 0);
  const use = ({ patient }: Client): Promise<unknown>[] => [
    patient.read(device, 0, 1),
    patient.write(device, 0, SECTOR),
    patient.trim(device, 0, 1),
    patient.flush(device),
  ];
  assertEquals(await one.patient.reserve(device, [one.mac]), [one.mac]);
  await Promise.all(use(one));
  const before = image.read();
  await assertReserved([...use(other), other.patient.reserve(device, [other.mac])]);
  assertEquals(image.read(), before);
  assertEquals((await other.patient.identify(device)).sectors, 128);
  assertEquals(await other.patient.reserve(device), [one.mac]);
  assertEquals((await other.patient.find(0, 0)).mac, device.mac);
  assertEquals(await other.patient.reserve(device, [other.mac], true), [other.mac]);
  await Promise.all(use(other));
  await assertReserved(use(one));
  assertEquals(await other.patient.reserve(device, []), []);
  await Promise.all(use(one));
});

e2e("a read-only export is written to by no command", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const before = await snapshot(image.folder);
  const args = ["--read-only", ...PLACE, image.path];
  await using target = await TargetProcess.start(wire.target, ...args);
  assertStringIncludes(target.line, "O_RDONLY");
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
  const device = await initiator.find(0, 0);
  assertEquals(await initiator.read(device, 0, 1), new Uint8Array(512));
  const refusals = [initiator.write(device, 0, SECTOR), initiator.trim(device, 0, 8)]
    .map((request) => assertRejects(() => request, DiskError));
  for (const { status, error } of await Promise.all(refusals)) {
    assertEquals([status, error], [Status.ERROR, AtaError.ABORTED]);
  }
  await initiator.flush(device);
  assertEquals(await snapshot(image.folder), before);
});
