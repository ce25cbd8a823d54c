/**
 * A wrong command line is refused with status 2, by its value and with the remedy, and nothing is
 * touched.
 *
 * @module
 */
import { assertMatch } from "@std/assert";
import { formatMac } from "../../lib/wire/mac.ts";
import { Image } from "./image.ts";
import { Wire } from "./namespace.ts";
import { assertRefused, USAGE } from "./refusal.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";

const IMAGE_SIZE = 64 * 1024;
const USAGE_HINT = `"dblade --help" shows the usage`;
/** Stands for the path of the image in the tables. */
const IMAGE = "IMAGE";
const PLACE = ["0", "0", "eth0", IMAGE];

type Case = readonly [args: readonly string[], ...says: string[]];

function macs(count: number): string {
  return Array.from({ length: count }, (_, index) => formatMac(0x020000000000 + index)).join(",");
}

const TABLES: Readonly<Record<string, readonly Case[]>> = {
  "missing and extra arguments": [
    [[], "Missing SHELF, SLOT, INTERFACE, FILE"],
    [["0"], "Missing SLOT, INTERFACE, FILE"],
    [["0", "0"], "Missing INTERFACE, FILE"],
    [["0", "0", "eth0"], "Missing FILE"],
    [["0", "0", "", IMAGE], "INTERFACE is empty"],
    [["0", "0", "eth0", ""], "FILE is empty"],
    [["0", "0", "eth0,,eth1", IMAGE], `INTERFACE is "eth0,,eth1"`, "an empty name"],
    [["0", "0", "eth0,eth0", IMAGE], `INTERFACE has "eth0" twice`],
    [[...PLACE, "extra"], `"extra" is one argument too many`],
  ],
  "unknown options": [
    [["--read-onyl", ...PLACE], `"--read-onyl"`, `did you mean "--read-only"?`],
    [["--bufers=8", ...PLACE], `"--bufers=8"`, `did you mean "--buffers"?`],
    [["-z", ...PLACE], `Unknown option "-z"`],
    [["--__proto__", ...PLACE], `Unknown option "--__proto__"`],
  ],
  "shelf and slot": [
    [["-1", "0", "eth0", IMAGE], `"-1"`, "is negative"],
    [["65535", "0", "eth0", IMAGE], `SHELF is "65535"`, "from 0 to 65534"],
    [["0xffff", "0", "eth0", IMAGE], `SHELF is "0xffff"`, "from 0 to 65534"],
    [["1x", "0", "eth0", IMAGE], `SHELF is "1x"`, "must be a number"],
    [["1e3", "0", "eth0", IMAGE], `SHELF is "1e3"`],
    [["", "0", "eth0", IMAGE], "SHELF is empty"],
    [["0", "-1", "eth0", IMAGE], `"-1"`, "is negative"],
    [["0", "255", "eth0", IMAGE], `SLOT is "255"`, "from 0 to 254"],
    [["0", "0x1g", "eth0", IMAGE], `SLOT is "0x1g"`, "must be a number"],
  ],
  "masks": [
    [["-m", "02:00:00:00:00", ...PLACE], `"02:00:00:00:00"`, "looks like 02:00:5e:10:00:ff"],
    [["-m", "02:00:00:00:00:0g", ...PLACE], `"02:00:00:00:00:0g"`],
    [["-m", "02:00-00:00:00:01", ...PLACE], `"02:00-00:00:00:01"`],
    [["-m", "020000000001,", ...PLACE], `--mask has ""`],
    [["-m", "01:00:5e:00:00:01", ...PLACE], "01:00:5e:00:00:01, a group", "single stations"],
    [["-m", "ffffffffffff", ...PLACE], "ff:ff:ff:ff:ff:ff, a group"],
    [["-m", macs(256), ...PLACE], "256 MAC addresses", "255 are the most"],
  ],
  "option values": [
    [["-b", "1", ...PLACE], `--buffers is "1"`, "from 2 to 65535"],
    [["-b", "0", ...PLACE], `--buffers is "0"`],
    [["-b", "65536", ...PLACE], `--buffers is "65536"`],
    [["--buffers", "x", ...PLACE], `--buffers is "x"`],
    [["--buffers=", ...PLACE], "--buffers needs a value"],
    [["-b", "4", "-b", "8", ...PLACE], "--buffers is given 2 times"],
    [["-o", "1x", ...PLACE], `--offset is "1x"`],
    [["-o=-1", ...PLACE], `"-1"`],
    [["-o", "-5", ...PLACE], `"-5"`],
    [["-l", "0", ...PLACE], `--length is "0"`, "from 1"],
    [["--engine", "turbo", ...PLACE], `--engine is "turbo"`, "one of auto, ring, plain"],
    [["--log-level", "loud", ...PLACE], `"loud"`, "debug, info, warning, error"],
    [["--log-format", "xml", ...PLACE], `"xml"`, "text, json"],
    [[...PLACE, "--state"], "--state needs a value"],
  ],
};

for (const [name, cases] of Object.entries(TABLES)) {
  e2e(`a wrong command line is refused: ${name}`, [], async (test) => {
    await using wire = await Wire.open();
    using image = new Image(IMAGE_SIZE);
    for (const [args, ...says] of cases) {
      await test.step(args.join(" ").slice(0, 40) || "nothing", () =>
        assertRefused(image.folder, {
          args: args.map((word) => word === IMAGE ? image.path : word),
          code: USAGE,
          says: [...says, USAGE_HINT],
          namespace: wire.target,
        }));
    }
  });
}

e2e("numbers may be hexadecimal, and 255 masks are taken", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const options = ["-b", "0x10", "-o", "0xA", "-l", "0x14", "-m", macs(255)];
  const args = [...options, "0xFFFE", "0xfe", "eth0", image.path];
  await using target = await TargetProcess.start(wire.target, ...args);
  assertMatch(target.line, /^pid \d+: e65534\.254, 20 sectors O_RDWR\n$/);
});
