/**
 * The commands that ask and change a service, against a service that remembers what it was asked.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../lib/cli/table.ts";
import { EXPORT_KEYS } from "../lib/config/keys.ts";
import { ControlServer } from "../lib/control/server.ts";
import { ServiceError } from "../lib/control/service.ts";
import type { Ended } from "./e2e/target_process.ts";
import { exportStatus, FakeService, serviceStatus } from "./fake_service.ts";
import { runHere } from "./run_here.ts";
import { TemporaryFolder } from "./temporary.ts";
import "./library.ts";

/** Runs command lines against a fake service. */
class Rig implements AsyncDisposable {
  readonly service = new FakeService();
  readonly #folder = new TemporaryFolder();
  readonly #path = `${this.#folder.path}/dblade.sock`;
  #server: ControlServer | undefined;

  static async open(): Promise<Rig> {
    const rig = new Rig();
    rig.#server = await ControlServer.open(rig.#path, rig.service);
    return rig;
  }

  run(...args: readonly string[]): Promise<Ended> {
    return runHere(...args, `--control-socket=${this.#path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop();
    this.#folder[Symbol.dispose]();
  }
}

const MAC = "02:00:5e:10:00:01";
const KEYS = { shelf: 0, slot: 7, path: "/srv/x.img" };

for (
  const [line, call] of [
    ["reload", ["reload"]],
    ["remove 0.1", ["remove", "e0.1"]],
    ["announce", ["announce", undefined]],
    ["announce e0.1", ["announce", "e0.1"]],
    ["add e0.7 /srv/x.img", ["add", KEYS]],
    [
      "add 0.7 /srv/x.img -rds -b 16 -o 1M -l 2048 -i eth0,br* --broadcast --shared --force",
      ["add", {
        ...KEYS,
        ...{ offset: 2048, length: 2048, buffers: 16 },
        ...{ "read-only": true, direct: true, sync: true, broadcast: true },
        ...{ shared: true, force: true, interfaces: ["eth0", "br*"] },
      }],
    ],
    [
      `add 0.7 /srv/x.img --accept web,${MAC} --deny db --serial 007 --model m --mask ${MAC}`,
      ["add", {
        ...KEYS,
        ...{ serial: "007", model: "m", accept: ["web", MAC], deny: ["db"], mask: [MAC] },
      }],
    ],
    ["add 0.7 ./x.img", ["add", { ...KEYS, path: `${Deno.cwd()}/x.img` }]],
    [
      "set 0.1 read-only=true sync=false buffers=8 offset=1M serial=12 interfaces=eth0 deny=",
      ["set", "e0.1", {
        ...{ "read-only": true, sync: false, buffers: 8, offset: "1M", serial: "12" },
        ...{ interfaces: ["eth0"], deny: [] },
      }],
    ],
    ["acl e0.1 mask ls", ["access", "e0.1", "mask", "ls", []]],
    [`acl 0.1 reserve add 02005E100001`, ["access", "e0.1", "reserve", "add", [MAC]]],
    [`acl 0.1 mask clear`, ["access", "e0.1", "mask", "clear", []]],
    ["state show e0.1", ["showState", "e0.1"]],
    ["--json state show e0.1", ["showState", "e0.1"]],
    ["state --json show e0.1", ["showState", "e0.1"]],
    ["state -y clear e0.1", ["clearState", "e0.1"]],
    ["state clear e0.1 --yes", ["clearState", "e0.1"]],
  ] as const
) {
  Deno.test(`dblade ${line} asks for it, and prints JSON where it is to`, async () => {
    await using rig = await Rig.open();
    const { code, stderr } = await rig.run(...line.split(" "));
    const asked = rig.service.asked.find(([method]) => method !== "status");
    assertEquals([code, stderr, asked], [0, "", call]);
    const { stdout } = await rig.run(...line.split(" "), "--json");
    assertEquals(typeof JSON.parse(stdout), "object");
  });
}

for (
  const [line, ...says] of [
    ["remove e0", '"e0" is no address', "dblade help remove"],
    ["add x /y", '"x" is no address'],
    ["add 0.1 /y --mask 1234", '--mask has "1234"'],
    ["add 0.1 /y --accept a,,b", "--accept", "empty part"],
    ["add 0.1 /y --buffers 1", "from 2 to 65535"],
    ["set e0.1", "Missing KEY=VALUE"],
    ["set e0.1 read-only", '"read-only" is no KEY=VALUE', "read-only=true"],
    ["set e0.1 =1", "no KEY=VALUE"],
    ["set e0.1 sync=true sync=true", '"sync" is given twice'],
    ["set e0.1 path=x.img", "from / on"],
    ["set e0.1 offset=010", "octal"],
    ["set e0.1 readonly=true", '"readonly" is no key', '"read-only"?'],
    ["set e0.1 mask=nonsense", 'mask has "nonsense"'],
    ["acl e0.1 masks ls", '"mask"?'],
    ["acl e0.1 mask list", "ls, add, del, clear"],
    ["acl e0.1 mask ad 02005e100001", '"add"?'],
    ["acl e0.1 mask add", "add needs a MAC"],
    ["acl e0.1 mask add 02:00", 'MAC is "02:00"'],
    ["acl e0.1 mask add ff:ff:ff:ff:ff:ff", "group address"],
    ["acl e0.1 mask ls 02005e100001", "ls takes no MAC"],
    ["state shw e0.1", '"show"?'],
    ["state --json shw e0.1", '"show"?'],
    ["state --json", '"state" is followed by one of show, clear'],
    ["state --jsn show e0.1", 'Unknown option "--jsn"; did you mean "--json"?', "help state"],
    ["state --yes show e0.1", 'Unknown option "--yes"', "dblade help state show"],
    ["status --interval 3", "needs --watch"],
    ["status --watch -n 0", "from 0.1"],
    ["trace e0.1 --quiet", "--quiet shows nothing"],
    ["trace e0.1 --pcap - --json", "standard output"],
  ] as const
) {
  Deno.test(`dblade ${line} is refused before anything is asked`, async () => {
    await using rig = await Rig.open();
    const { code, stdout, stderr } = await rig.run(...line.split(" "));
    assertEquals([code, stdout, rig.service.asked], [2, "", []]);
    for (const part of says) assertStringIncludes(stderr, part);
  });
}

Deno.test("a change is told with what it came to, and problems end with 1", async () => {
  await using rig = await Rig.open();
  const nothing = await rig.run("reload");
  assertEquals(nothing.stdout, "Nothing changed\n1 export not touched\n");
  const many = Array.from({ length: 11 }, (_, slot) => `e1.${slot}`);
  rig.service.change = {
    added: ["e0.7"],
    removed: many,
    changed: ["e0.2", "e0.3"],
    unchanged: 2,
    problems: ["e0.9: no such file"],
    warnings: ["look at e0.8"],
  };
  const { code, stdout, stderr } = await rig.run("reload");
  assertEquals([code, stderr], [1, "dblade: warning: look at e0.8\ndblade: e0.9: no such file\n"]);
  assertEquals(
    stdout,
    "Added e0.7\nRemoved e1.0, e1.1, e1.2, e1.3, e1.4, e1.5, e1.6, e1.7 and 3 more\n" +
      "Changed e0.2, e0.3\n2 exports not touched\n",
  );
  const json = await rig.run("reload", "--json");
  assertEquals([json.code, JSON.parse(json.stdout)], [1, rig.service.change]);
  const added = await rig.run("add", "0.7", "/x");
  assertStringIncludes(added.stdout, "until the service ends; for good, it needs an [[export]] in");
  assertStringIncludes(added.stdout, "/etc/dblade.toml");
});

Deno.test("dblade add says until when only of what is served", async () => {
  await using rig = await Rig.open();
  const problems = ["e0.7 is not served: it is locked"];
  rig.service.change = {
    added: ["e0.9"],
    removed: [],
    changed: [],
    unchanged: 1,
    problems,
    warnings: [],
  };
  const { code, stdout, stderr } = await rig.run("add", "0.7", "/x");
  assertEquals([code, stderr], [1, `dblade: ${problems[0]}\n`]);
  assertEquals(stdout, "Added e0.9\n1 export not touched\n");
});

Deno.test("dblade remove tells what comes back only of what the file names", async () => {
  await using rig = await Rig.open();
  rig.service.change = {
    added: [],
    removed: ["e0.1"],
    changed: [],
    unchanged: 0,
    problems: [],
    warnings: [],
  };
  const known = await rig.run("remove", "e0.1");
  assertStringIncludes(known.stdout, "what it names is back when it is read.");
  rig.service.statuses = [serviceStatus({ exports: [exportStatus({ isFromFile: false })] })];
  const added = await rig.run("remove", "e0.1");
  assertEquals([added.code, added.stdout], [0, "Removed e0.1\n0 exports not touched\n"]);
});

Deno.test("dblade add has an option for each key but its operands", () => {
  const add = COMMANDS.find(({ name }) => name === "add");
  const options = add?.options.map(({ name }) => name).filter((name) =>
    !["json", "control-socket"].includes(name)
  );
  const operands = ["shelf", "slot", "path", "uuid", "id"];
  const keys = EXPORT_KEYS.map(({ name }) => name).filter((name) => !operands.includes(name));
  assertEquals(options?.toSorted(), keys.toSorted());
});

Deno.test("what the service refuses is 2 where it makes no sense, 4 where it failed", async () => {
  await using rig = await Rig.open();
  const unknown = await rig.run("remove", "e0.3");
  assertEquals([unknown.code, unknown.stderr], [2, 'dblade: there is no export "e0.3"\n']);
  rig.service.failure = new ServiceError("the wire is cut");
  const failed = await rig.run("reload");
  assertEquals([failed.code, failed.stderr], [4, "dblade: the wire is cut\n"]);
});

Deno.test("an export that is not there is told with what is near", async () => {
  await using rig = await Rig.open();
  const names = ["e0.1", "e20.17"].map((name) => exportStatus({ name }));
  rig.service.statuses = [serviceStatus({ exports: names })];
  for (const line of ["status e0.2", "trace e0.2 --count 1"]) {
    const { code, stderr } = await rig.run(...line.split(" "));
    assertEquals(code, 2);
    assertStringIncludes(stderr, 'no export "e0.2"; did you mean "e0.1"?');
  }
  const far = await rig.run("status", "e999.99");
  assertStringIncludes(far.stderr, "it has e0.1, e20.17");
});

Deno.test("an export that is not served is known, and why it is not is told", async () => {
  await using rig = await Rig.open();
  const unserved = [{ name: "e2.0", path: "/srv/2.img", problem: "Cannot open it" }];
  rig.service.statuses = [serviceStatus({ unserved })];
  const status = await rig.run("status", "e2.0");
  assertEquals([status.code, status.stderr], [0, ""]);
  assertStringIncludes(status.stdout, "1 export, 1 not serving");
  assertStringIncludes(status.stdout, "\ne2.0 is not served: Cannot open it\n");
  assertEquals(/eth0|e0\.1/.test(status.stdout), false);
  const json = JSON.parse((await rig.run("status", "e2.0", "--json")).stdout);
  assertEquals([json.exports, json.unserved], [[], unserved]);
  const served = JSON.parse((await rig.run("status", "e0.1", "--json")).stdout);
  assertEquals([served.exports.length, served.unserved], [1, []]);
  const trace = await rig.run("trace", "e2.0", "--count", "1");
  assertEquals([trace.code, trace.stderr], [4, "dblade: e2.0 is not served: Cannot open it\n"]);
  const near = await rig.run("status", "e2.9");
  assertEquals(near.code, 2);
  assertStringIncludes(near.stderr, 'did you mean "e2.0"?');
});

Deno.test("without a service it is said how to start one, with status 3", async () => {
  const { code, stderr } = await runHere("reload", "--control-socket", "/nonexistent.sock");
  assertEquals(code, 3);
  for (const part of ["/nonexistent.sock", "dblade serve -c FILE", "--control-socket"]) {
    assertStringIncludes(stderr, part);
  }
});

Deno.test("acl prints the list, and who to take off was not on it", async () => {
  await using rig = await Rig.open();
  const args = ["acl", "e0.1", "reserve"];
  assertEquals((await rig.run(...args, "ls")).stdout, "02:00:5e:10:00:0a\n");
  assertEquals((await rig.run(...args, "add", MAC)).stdout, `${MAC}\n02:00:5e:10:00:0a\n`);
  const deleted = await rig.run(...args, "del", MAC, "02:00:5e:10:00:77");
  assertEquals([deleted.code, deleted.stdout], [0, "02:00:5e:10:00:0a\n"]);
  assertStringIncludes(deleted.stderr, "02:00:5e:10:00:77 was not on the list of e0.1");
  assertEquals((await rig.run(...args, "clear")).stdout, "");
});

Deno.test("state tells what is kept, and clears it only for who is sure", async () => {
  await using rig = await Rig.open();
  rig.service.state = {
    ...rig.service.state,
    setAside: { path: "/s/e0.1.bad", reason: "no JSON", content: "{\x1b[2J\nrest" },
  };
  const shown = await rig.run("state", "show", "e0.1");
  assertEquals(
    shown.stdout,
    "e0.1: kept in /var/lib/dblade/e0.1.json\n" +
      'config string  "web\\x0a"\n' +
      "masks          none: everybody is answered\n" +
      "reserved for   02:00:5e:10:00:0a\n" +
      "Not read: /s/e0.1.bad: no JSON\n" +
      'Writes are refused until "dblade state clear" says to begin anew. It begins with:\n' +
      "  {\\x1b[2J\n  rest\n",
  );
  const unsure = await rig.run("state", "clear", "e0.1");
  assertEquals([unsure.code, unsure.stdout], [1, ""]);
  const loss = "its config string, its reservation and what could not be read of its state";
  assertStringIncludes(unsure.stderr, `Nothing was cleared: e0.1 loses ${loss}; give --yes`);
  assertEquals(rig.service.asked.at(-1), ["showState", "e0.1"]);
  const sure = await rig.run("state", "clear", "e0.1", "-y");
  assertStringIncludes(sure.stdout, 'config string  ""');
});

Deno.test("trace says so where the export is served nowhere", async () => {
  await using rig = await Rig.open();
  rig.service.statuses = [serviceStatus({ exports: [exportStatus({ interfaces: [] })] })];
  const { code, stderr } = await rig.run("trace", "0.1");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "e0.1 is served on no interface now");
});
