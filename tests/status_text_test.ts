/**
 * The status of a service as it is printed: tables, rates, JSON, and what fits a window.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fit } from "../lib/cli/screen.ts";
import { statusText } from "../lib/cli/status_text.ts";
import { formatMicroseconds } from "../lib/cli/text.ts";
import { ratesOf } from "../lib/control/rates.ts";
import { ControlServer } from "../lib/control/server.ts";
import type { InitiatorStatus, ServiceStatus } from "../lib/control/service.ts";
import { exportStatus, FakeService, interfaceStatus, serviceStatus } from "./fake_service.ts";
import { permittedCommand, runCommand, socketPermissions } from "./e2e/target_process.ts";
import { runHere } from "./run_here.ts";
import { TemporaryFolder } from "./temporary.ts";
import "./library.ts";

const CLIENT: InitiatorStatus = {
  mac: "02:00:5e:10:00:ff",
  interface: "eth0",
  reads: 90,
  writes: 10,
  others: 2,
  readBytes: 737_280,
  writtenBytes: 81_920,
  lastSeenSecondsAgo: 3.2,
};

/** Two exports; one was added while the service ran, and is faulted. */
const EARLIER: ServiceStatus = serviceStatus({
  workers: 2,
  exports: [
    exportStatus({ initiators: [CLIENT] }),
    exportStatus({
      name: "e10.20",
      path: "/dev/sd\u00fc",
      sectors: 4_294_967_296,
      condition: "faulted",
      readOnly: true,
      sync: true,
      way: "direct",
      isFromFile: false,
      worker: 2,
      interfaces: ["eth0", "eth1"],
      accept: ["02:00:5e:10:00:ff"],
      deny: ["02:00:5e:10:00:01"],
      masks: ["02:00:5e:10:00:ff"],
      reservations: ["02:00:5e:10:00:ff"],
      configString: "web\u0001",
    }),
  ],
  interfaces: [
    interfaceStatus(),
    interfaceStatus({ worker: 2 }),
    interfaceStatus({ name: "eth1", worker: 2, mtu: 1500, sectorCount: 2, up: false }),
  ],
});

/** The same half a second later. */
const LATER: ServiceStatus = {
  ...EARLIER,
  nowMs: EARLIER.nowMs + 500,
  exports: EARLIER.exports.map((one, index) =>
    index > 0 ? one : {
      ...one,
      counts: {
        ...one.counts,
        reads: 1100,
        writes: 52,
        readBytes: 819_200 + 52_428_800,
        fresh: 7,
      },
      initiators: [{ ...CLIENT, reads: 1090, readBytes: CLIENT.readBytes + 52_428_800 }],
    }
  ),
  interfaces: EARLIER.interfaces.map((one, index) =>
    index > 0 ? one : { ...one, counts: { ...one.counts, received: 2002, sent: 1902 } }
  ),
};

Deno.test("ratesOf() tells how fast counters rose", () => {
  const { seconds, exports, interfaces } = ratesOf(EARLIER, LATER);
  assertEquals(seconds, 0.5);
  assertEquals(exports.map(({ name }) => name), ["e0.1", "e10.20"]);
  const [first] = exports;
  assert(first !== undefined);
  const { reads, writes, writtenBytes, readBytes, fresh } = first.perSecond;
  assertEquals([reads, writes, writtenBytes, readBytes], [2000, 4, 0, 104_857_600]);
  assertEquals(fresh, undefined, "what was not counted before has no rate");
  assertEquals(first.initiators.map(({ mac, perSecond }) => [mac, perSecond["reads"]]), [
    [CLIENT.mac, 2000],
  ]);
  const places = interfaces.map((one) => [one.name, one.worker, one.perSecond["received"]]);
  assertEquals(places, [["eth0", 1, 2004], ["eth0", 2, 0], ["eth1", 2, 0]]);
});

Deno.test("ratesOf() has none where counters began anew or no time passed", () => {
  const another = { ...LATER, pid: 43 };
  for (const rates of [ratesOf(LATER, EARLIER), ratesOf(EARLIER, another), ratesOf(LATER, LATER)]) {
    const all = [...rates.exports, ...rates.interfaces].map(({ perSecond }) => perSecond["reads"]);
    assertEquals(all.filter((rate) => rate !== undefined), []);
  }
});

const TABLES = `\
dblade 0.1.0, pid 42, up 1:02:03, 2 workers, engine ring, /etc/dblade.toml, 2 exports, 1 not serving

EXPORT   SIZE   MODE            WORKER  CLIENTS  READS/s  WRITES/s  READ       WRITTEN  \
READ p50/p99  WRITE p50/p99  QUEUE  ERRORS  CONDITION  INTERFACES  PATH
e0.1     1 MiB  rw,cache        1       1        2000     4.0       100 MiB/s  0 B/s    \
85us/1.2ms    -              3      3       serving    eth0        /srv/one.img
e10.20+  2 TiB  ro,direct,sync  2       0        0        0         0 B/s      0 B/s    \
85us/1.2ms    -              3      3       faulted    eth0,eth1   /dev/sd\\xfc
+ added while the service ran: its file does not name it

INTERFACE  MAC                MTU   SECTORS  STATE  WORKER  IN/s  OUT/s  RECEIVED  SENT  DROPS
eth0       02:00:5e:10:00:01  9000  17       up     1       2004  2004   -         -     5
eth0       02:00:5e:10:00:01  9000  17       up     2       0     0      -         -     5
eth1       02:00:5e:10:00:01  1500  2        down   2       0     0      -         -     5
`;

const DETAILS = `
e0.1, /srv/one.img
config string  ""
masks          none: all are answered
reserved for   nobody
accept         all
deny           nobody
CLIENT             INTERFACE  READS/s  WRITES/s  OTHERS/s  READ       WRITTEN  LAST SEEN
02:00:5e:10:00:ff  eth0       2000     0         0         100 MiB/s  0 B/s    0:04 ago

e10.20, /dev/sd\\xfc
config string  "web\\x01"
masks          02:00:5e:10:00:ff
reserved for   02:00:5e:10:00:ff
accept         02:00:5e:10:00:ff
deny           02:00:5e:10:00:01
no client was heard yet
`;

Deno.test("statusText() makes tables of exports and interfaces, and of clients", () => {
  const rates = ratesOf(EARLIER, LATER);
  assertEquals(statusText(LATER, rates, false), TABLES);
  assertEquals(statusText(LATER, rates, true), TABLES + DETAILS);
});

Deno.test("statusText() tells what is not served, and why", () => {
  const unserved = [{ name: "e0.7", path: "/srv/7.img", problem: "Cannot open it" }];
  const status = serviceStatus({ unserved });
  const text = statusText(status, ratesOf(status, status), false);
  assertStringIncludes(text, "2 exports, 1 not serving");
  assertStringIncludes(text, "\ne0.7 is not served: Cannot open it\n");
});

Deno.test("statusText() tells where an export is silent, and why", () => {
  const status = serviceStatus({ exports: [exportStatus({ conflicts: ["ut2", "ut3"] })] });
  const text = statusText(status, ratesOf(status, status), false);
  for (const name of ["ut2", "ut3"]) {
    const line = `e0.1 is silent on "${name}": another target answers for that address there`;
    assertStringIncludes(text, `\n${line}\n`);
  }
});

for (const [seconds, seen] of [[0.0005, "now"], [0.99, "now"], [1, "0:01 ago"]] as const) {
  Deno.test(`statusText() says "${seen}" of a client that was heard ${seconds} s ago`, () => {
    const initiators = [{ ...CLIENT, lastSeenSecondsAgo: seconds }];
    const status = serviceStatus({ exports: [exportStatus({ initiators })] });
    const text = statusText(status, ratesOf(status, status), true);
    assertEquals(text.trimEnd().split("  ").at(-1), seen);
  });
}

Deno.test("statusText() has no table of nothing", () => {
  const empty = serviceStatus({ exports: [], interfaces: [] });
  const text = statusText(empty, ratesOf(empty, empty), true);
  assertEquals(text.trimEnd().split("\n").length, 1);
  assertStringIncludes(text, "0 exports");
});

for (
  const [us, text] of [
    [0, "0us"],
    [85.4, "85us"],
    [999.4, "999us"],
    [999.6, "1.0ms"],
    [1234, "1.2ms"],
    [999_940, "999.9ms"],
    [999_960, "1.0s"],
    [12_345_678, "12.3s"],
  ] as const
) {
  Deno.test(`formatMicroseconds() says ${text} for ${us}`, () => {
    assertEquals(formatMicroseconds(us), text);
  });
}

Deno.test("fit() cuts a text to a window, and colours count for nothing", () => {
  const text = "\x1b[1mheading\x1b[0m\nshort\nline three\nfour\n";
  const size = { columns: 5, rows: 9 };
  assertEquals(fit(text, size), ["\x1b[1mheadi\x1b[0m", "short", "line ", "four"]);
  assertEquals(fit(text, { columns: 80, rows: 4 }).at(-1), "four");
  assertEquals(fit(text, { columns: 80, rows: 3 }).slice(1), ["short", "... 2 more lines"]);
  assertEquals(fit(text, { columns: 80, rows: 1 }), ["... 4 more lines"]);
});

Deno.test("dblade status --watch ends quietly where nobody reads it any more", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/dblade.sock`;
  await using stack = new AsyncDisposableStack();
  const server = await ControlServer.open(path, new FakeService());
  stack.defer(() => server.stop());
  const permissions = socketPermissions(path);
  const args = ["status", "--json", "--watch", "-n", "0.1", "--control-socket", path];
  const words = permittedCommand(args, permissions).join(" ");
  const script = `{ ${words}; echo "status $?" >&2; } | head -n 2`;
  const { code, stdout, stderr } = await runCommand(["sh", "-c", script]);
  assertEquals([code, stdout.trimEnd().split("\n").length, stderr], [0, 2, "status 0\n"]);
});

Deno.test("dblade status asks twice, half a second apart", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/dblade.sock`;
  const service = new FakeService();
  await using stack = new AsyncDisposableStack();
  const server = await ControlServer.open(path, service);
  stack.defer(() => server.stop());
  const status = (...args: readonly string[]) => {
    service.statuses = [EARLIER, LATER];
    service.asked.length = 0;
    return runHere("status", "--control-socket", path, ...args);
  };
  const start = performance.now();
  assertEquals((await status()).stdout, TABLES);
  assert(performance.now() - start >= 490);
  assertEquals((await status("--clients")).stdout, TABLES + DETAILS);
  const one = (await status("e10.20")).stdout;
  assertEquals(one.includes("e0.1"), false);
  assertEquals(one.split("\n").filter((line) => /^eth/.test(line)).length, 2);
  assertStringIncludes(one, 'config string  "web\\x01"');
  const { stdout } = await status("0.1", "--json");
  const { exports, interfaces, rates, pid } = JSON.parse(stdout);
  assertEquals([pid, exports.length, interfaces.length], [42, 1, 1]);
  assertEquals([rates.seconds, rates.exports[0].perSecond.reads], [0.5, 2000]);
});
