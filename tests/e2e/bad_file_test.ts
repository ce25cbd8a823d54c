/**
 * A file or state folder that cannot be exported from is refused with status 1, and is left alone.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Image, pattern } from "./image.ts";
import { LoopDevice } from "../temporary.ts";
import { command, Wire } from "./namespace.ts";
import { assertRefused, SYSTEM } from "./refusal.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";

const SECTOR_COUNT = 128;
const IMAGE_SIZE = SECTOR_COUNT * 512;
const NOBODY = 65534;

/** Runs the program with `words` in front of the file at `path`; it must refuse and say `says`. */
function refuse(
  image: Image,
  wire: Wire,
  words: readonly string[],
  path: string,
  says: readonly string[],
  prefix: readonly string[] = [],
): Promise<void> {
  const args = [...words, "0", "0", "eth0", path];
  return assertRefused(image.folder, {
    args,
    code: SYSTEM,
    says: [`"${path}"`, ...says],
    namespace: wire.target,
    prefix,
  });
}

e2e("what is no disk is refused", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const { folder } = image;
  await refuse(image, wire, [], `${folder}/none`, ["no such file or directory (ENOENT)"]);
  await refuse(image, wire, [], `${image.path}/below`, ["not a directory (ENOTDIR)"]);
  await refuse(image, wire, [], folder, ["it is a directory", "name a regular file"]);
  await command("mkfifo", `${folder}/pipe`);
  const neither = ["it is neither a file nor a block device", "name a regular file"];
  await refuse(image, wire, [], `${folder}/pipe`, neither);
  await refuse(image, wire, [], "/dev/null", neither);
});

e2e("a file without permission is refused", ["setpriv"], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  // As an unprivileged user, who can read Deno's folders though: root without power over files.
  const powerless = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"];
  Deno.chownSync(image.path, NOBODY, NOBODY);
  Deno.chmodSync(image.path, 0o600);
  const denied = "permission denied (EACCES)";
  await refuse(image, wire, [], image.path, [denied, "for writing", "--read-only"], powerless);
  await refuse(image, wire, ["-r"], image.path, [denied, "permission to read it"], powerless);
  Deno.chmodSync(image.path, 0o444);
  await refuse(image, wire, [], image.path, [denied, "for writing", "--read-only"], powerless);
});

e2e("a file on a read-only file system is refused without --read-only", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const mount = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"`;
  const prefix = ["sh", "-c", mount, image.folder];
  await refuse(image, wire, [], image.path, ["(EROFS)", "for writing", "--read-only"], prefix);
});

e2e("a file too small for what is asked is refused", [], async () => {
  await using wire = await Wire.open();
  for (const size of [0, 511]) {
    using small = new Image(size);
    await refuse(small, wire, [], small.path, ["smaller than one sector", "make it larger"]);
  }
  using image = new Image(IMAGE_SIZE);
  const ends = `it ends after ${SECTOR_COUNT} sectors; lower --offset or --length`;
  const cases: readonly (readonly [options: string[], says: string])[] = [
    [["-o", "128"], "an offset of 128 sectors"],
    [["-o", "0x100000"], "an offset of 1048576 sectors"],
    [["-l", "129"], "a length of 129"],
    [["-o", "100", "-l", "29"], "an offset of 100 sectors and a length of 29"],
  ];
  for (const [options, says] of cases) {
    await refuse(image, wire, options, image.path, [says, ends]);
  }
});

e2e("direct I/O where there is none is refused", ["losetup"], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const no = ["Cannot use direct I/O", "leave out --direct"];
  // ramfs has no direct I/O on any kernel; mounted for this one process only, which sees it alone.
  const mount = `mount -t ramfs none "$0" && truncate -s 64K "$0/disk.img" && exec "$@"`;
  const onRamfs = ["sh", "-c", mount, image.folder];
  const reason = "its file system has no direct I/O";
  await refuse(image, wire, ["-d"], image.path, [...no, reason], onRamfs);
  using device = new LoopDevice(image.path, 4096);
  await refuse(image, wire, ["--engine", "plain", "-d"], device.path, [...no, "4096 bytes"]);
  await refuse(image, wire, ["--engine", "plain", "-dr"], device.path, [...no, "4096 bytes"]);
  await refuse(image, wire, ["-d", "-o", "4"], device.path, ["Cannot use direct I/O", "of 8"]);
});

e2e("a last partial sector is not exported, which is said", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE + 100);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  assertEquals(target.line.split(", ")[1], `${SECTOR_COUNT} sectors O_RDWR\n`);
  await target.logged(`"${image.path}" ends with 100 bytes that fill no sector`);
});

e2e("a state folder that cannot be used is refused", ["setpriv"], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const withState = (folder: string, says: readonly string[], prefix: readonly string[] = []) => {
    const args = ["--state", folder, "0", "0", "eth0", image.path];
    const where = `Cannot keep state in "${folder}"`;
    const namespace = wire.target;
    const refusal = { args, code: SYSTEM, says: [where, ...says], namespace, prefix };
    return assertRefused(image.folder, refusal);
  };
  await withState(`${image.folder}/none`, ["(ENOENT)", "mkdir -p"]);
  await withState(image.path, ["not a directory (ENOTDIR)"]);
  const state = `${image.folder}/state`;
  Deno.mkdirSync(state);
  Deno.chownSync(state, NOBODY, NOBODY);
  const powerless = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"];
  await withState(state, ["permission denied (EACCES)"], powerless);
});

const encoder = new TextEncoder();
const STORED = { version: 1, config: "", masks: [], givenMasks: [], reservations: [] };

e2e("a stored state that makes no sense is refused and kept", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const path = `${image.folder}/e0.0.json`;
  const cases: readonly (readonly [content: string | Uint8Array, says: string])[] = [
    ["", "not a JSON object"],
    ["[]", `"version" is not 1`],
    [pattern(300, 1), "not a JSON object"],
    [JSON.stringify({ ...STORED, version: 2 }), `"version" is not 1`],
    [JSON.stringify({ ...STORED, config: "x".repeat(1025) }), `"config" is not a text`],
    [JSON.stringify({ ...STORED, config: "\u20ac" }), `"config" is not a text`],
    [JSON.stringify({ ...STORED, masks: undefined }), `"masks" is not a list`],
    [JSON.stringify({ ...STORED, masks: ["02:00"] }), `"masks" has "02:00"`],
    [JSON.stringify({ ...STORED, reservations: [7] }), `"reservations" has 7`],
  ];
  for (const [content, says] of cases) {
    Deno.writeFileSync(path, typeof content === "string" ? encoder.encode(content) : content);
    const args = ["--state", image.folder, "0", "0", "eth0", image.path];
    const refusal = { args, code: SYSTEM, namespace: wire.target };
    await assertRefused(image.folder, { ...refusal, says: [path, says, "mend the file"] });
  }
});
