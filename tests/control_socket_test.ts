/**
 * A service and those who ask it, over a real socket.
 *
 * @module
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ControlClient } from "../lib/control/client.ts";
import { NoServiceError } from "../lib/control/no_service.ts";
import { REQUEST_SIZE_MAX } from "../lib/control/request.ts";
import { CLIENTS_MAX, ControlServer } from "../lib/control/server.ts";
import { ServiceError } from "../lib/control/service.ts";
import { SystemError, TimeoutError } from "../lib/error.ts";
import { listenUnix } from "../lib/socket/listener.ts";
import { exportStatus, FakeService, serviceStatus } from "./fake_service.ts";
import { Random } from "./random.ts";
import { TemporaryFolder } from "./temporary.ts";
import "./library.ts";

/** A service in a folder of its own. */
class Rig implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly path = `${this.folder.path}/dblade.sock`;
  readonly service = new FakeService();
  server: ControlServer | undefined;

  static async open(replyMs = 30_000): Promise<Rig> {
    const rig = new Rig();
    rig.server = new ControlServer(await listenUnix(rig.path), rig.service, replyMs);
    return rig;
  }

  /** A client that sends what it likes. */
  async raw(): Promise<Raw> {
    return new Raw(await Deno.connect({ transport: "unix", path: this.path }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server?.stop(1000);
    this.folder[Symbol.dispose]();
  }
}

class Raw implements Disposable {
  readonly #connection: Deno.Conn;
  #text = "";
  #isClosed = false;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  async send(text: string): Promise<void> {
    for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
      rest = rest.subarray(await this.#connection.write(rest));
    }
  }

  async receive(): Promise<Record<string, unknown> | undefined> {
    const into = new Uint8Array(65536);
    while (!this.#text.includes("\n")) {
      const count = await this.#connection.read(into);
      if (count === null) return undefined;
      this.#text += new TextDecoder().decode(into.subarray(0, count));
    }
    const [line = "", ...rest] = this.#text.split("\n");
    this.#text = rest.join("\n");
    return JSON.parse(line);
  }

  async closeWrite(): Promise<void> {
    await this.#connection.closeWrite();
  }

  [Symbol.dispose](): void {
    if (!this.#isClosed) this.#connection.close();
    this.#isClosed = true;
  }
}

const STATUS = '{"id":1,"command":"status"}\n';

Deno.test("a client has typed answers, one after the other, on one connection", async () => {
  await using rig = await Rig.open();
  using client = await ControlClient.connect(rig.path);
  assertEquals(await client.status(), serviceStatus());
  assertEquals(await client.reload(), rig.service.change);
  assertEquals(await client.add({ shelf: 1 }), rig.service.change);
  assertEquals(await client.set("e0.1", { sync: true }), rig.service.change);
  assertEquals(await client.remove("e0.1"), rig.service.change);
  assertEquals(await client.announce(undefined), 3);
  assertEquals(await client.announce("e0.1"), 1);
  assertEquals(await client.access("e0.1", "mask", "ls", []), rig.service.macs);
  assertEquals(await client.showState("e0.1"), rig.service.state);
  assertEquals((await client.clearState("e0.1")).configString, "");
  const error = await assertRejects(() => client.remove("e0.2"), ServiceError, '"e0.2"');
  assertEquals(error.isUsage, true);
  rig.service.failure = new ServiceError("no room");
  const failed = await assertRejects(() => client.reload(), ServiceError, "no room");
  assertEquals(failed.isUsage, false);
});

Deno.test("the socket is for its owner alone, and gone in the end", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/dblade.sock`;
  const before = Deno.umask(0);
  try {
    const server = await ControlServer.open(path, new FakeService());
    assertEquals((Deno.lstatSync(path).mode ?? 0) & 0o777, 0o600);
    const error = await assertRejects(
      () => ControlServer.open(path, new FakeService()),
      SystemError,
    );
    assertStringIncludes(error.message, "another server is there, and answers");
    using client = await ControlClient.connect(path);
    assertEquals((await client.status()).pid, 42, "the first one serves as before");
    await server.stop();
    assertEquals([...Deno.readDirSync(folder.path)], []);
  } finally {
    Deno.umask(before);
  }
});

Deno.test("a socket that a dead service left is told from none, and is replaced", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/dblade.sock`;
  const connect = () => ControlClient.connect(path);
  const none = await assertRejects(connect, NoServiceError, "there is no socket");
  assertStringIncludes(none.message, "dblade serve -c FILE");
  assertStringIncludes(none.message, "--control-socket");
  const dead = Deno.listen({ transport: "unix", path: `${path}.1` });
  Deno.renameSync(`${path}.1`, path);
  dead.close();
  await assertRejects(connect, NoServiceError, "left that has ended");
  const server = await ControlServer.open(path, new FakeService());
  (await connect())[Symbol.dispose]();
  await server.stop();
});

Deno.test("what cannot be a socket is named", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("data", 1);
  const service = new FakeService();
  await assertRejects(() => ControlServer.open(path, service), SystemError, "no socket");
  const missing = `${folder.path}/none/dblade.sock`;
  await assertRejects(() => ControlServer.open(missing, service), SystemError, missing);
});

Deno.test("several requests in one piece are answered in order, bad ones too", async () => {
  await using rig = await Rig.open();
  using raw = await rig.raw();
  await raw.send(`{"id":1,"command":"reload"}\n\n{"id":2,\n{"id":"3","command":"nothing"}\n`);
  await raw.send('{"id":4,"comm');
  await raw.send('and":"status"}\n{"id":5,"command":"reload"}');
  await raw.closeWrite();
  const replies = [];
  for (let got = await raw.receive(); got !== undefined; got = await raw.receive()) {
    replies.push([got.id, got.ok]);
  }
  assertEquals(replies, [[1, true], [null, false], ["3", false], [4, true], [5, true]]);
});

Deno.test("a line without an end is answered once it is too long, and passed over", async () => {
  await using rig = await Rig.open();
  using raw = await rig.raw();
  await raw.send("x".repeat(REQUEST_SIZE_MAX + 1));
  assertStringIncludes(`${(await raw.receive())?.error}`, `${REQUEST_SIZE_MAX} bytes`);
  await raw.send("x".repeat(3 * REQUEST_SIZE_MAX) + "\n" + STATUS);
  assertEquals((await raw.receive())?.ok, true);
});

Deno.test("whatever is sent, each line has one reply, and the service goes on", async () => {
  await using rig = await Rig.open();
  const random = new Random(6);
  const good = [STATUS, '{"id":2,"command":"set","export":"e0.1","keys":{"a":[1,{"b":null}]}}\n'];
  for (let round = 0; round < 40; round++) {
    using raw = await rig.raw();
    let sent = "";
    for (let line = 0; line < 20; line++) {
      const characters = [...random.pick(good).trimEnd()];
      for (let changes = random.below(4); changes > 0; changes--) {
        const printable = String.fromCharCode(0x21 + random.below(94));
        characters.splice(random.below(characters.length), random.below(3), printable);
      }
      sent += `${characters.join("")}\n`;
    }
    for (let rest = sent; rest !== "";) {
      const size = 1 + random.below(200);
      await raw.send(rest.slice(0, size));
      rest = rest.slice(size);
    }
    await raw.closeWrite();
    let count = 0;
    for (let got = await raw.receive(); got !== undefined; got = await raw.receive()) {
      assertEquals(typeof got.ok, "boolean");
      count++;
    }
    assertEquals(count, 20, sent);
  }
  using client = await ControlClient.connect(rig.path);
  assertEquals(await client.status(), serviceStatus());
});

Deno.test("clients that leave, read nothing or wait hold nobody else up", async () => {
  await using rig = await Rig.open();
  const large = Array.from({ length: 1000 }, () => exportStatus());
  rig.service.statuses = [serviceStatus({ exports: large })];
  using deaf = await rig.raw();
  await deaf.send(STATUS.repeat(20));
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.service.gate = promise;
  const gone = await rig.raw();
  await gone.send('{"id":1,"command":"reload"}\n');
  const half = await rig.raw();
  await half.send('{"id":1,"comm');
  half[Symbol.dispose]();
  while (!rig.service.asked.some(([method]) => method === "reload")) {
    await new Promise((done) => setTimeout(done, 5));
  }
  gone[Symbol.dispose]();
  rig.service.gate = Promise.resolve();
  using client = await ControlClient.connect(rig.path);
  assertEquals((await client.status()).exports.length, 1000);
  resolve();
  assertEquals(await client.announce(undefined), 3);
});

Deno.test("a client that takes no reply loses its place in the end", async () => {
  await using rig = await Rig.open(200);
  const large = Array.from({ length: 1000 }, () => exportStatus());
  rig.service.statuses = [serviceStatus({ exports: large })];
  using deaf = await rig.raw();
  await deaf.send(STATUS);
  while (rig.service.asked.length === 0) await new Promise((done) => setTimeout(done, 5));
  while (rig.server?.clientCount !== 0) await new Promise((done) => setTimeout(done, 5));
});

Deno.test("more clients than there may be are sent away, which they are told", async () => {
  await using rig = await Rig.open();
  using stack = new DisposableStack();
  for (let count = 0; count < CLIENTS_MAX; count++) stack.use(await rig.raw());
  while (rig.server?.clientCount !== CLIENTS_MAX) {
    await new Promise((done) => setTimeout(done, 5));
  }
  using late = await ControlClient.connect(rig.path);
  await assertRejects(() => late.status(), NoServiceError, "too many");
});

Deno.test("a service that is silent, ends or is none is told apart", async () => {
  await using rig = await Rig.open();
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.service.gate = promise;
  using client = await ControlClient.connect(rig.path, { answerMs: 50, changeMs: 60_000 });
  await assertRejects(() => client.status(), TimeoutError, "within 0.05 s");
  await assertRejects(() => client.status(), NoServiceError, "hung up");
  using patient = await ControlClient.connect(rig.path);
  const asked = patient.reload();
  while (!rig.service.asked.some(([method]) => method === "reload")) {
    await new Promise((done) => setTimeout(done, 5));
  }
  const stopped = rig.server?.stop();
  await new Promise((done) => setTimeout(done, 20));
  resolve();
  assertEquals(await asked, rig.service.change, "what is in hand is answered");
  await stopped;
  await assertRejects(() => patient.status(), NoServiceError);
});

Deno.test("another program at the socket is no service", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/other.sock`;
  const listener = await listenUnix(path);
  const answers = ["hello", '{"id":9,"ok":true,"result":{}}', '{"id":1,"ok":true,"result":{}}'];
  for (const answer of answers) {
    using client = await ControlClient.connect(path);
    const asked = client.status();
    const stream = await listener.accept();
    await stream.read(new Uint8Array(1000));
    await stream.write(new TextEncoder().encode(`${answer}\n`));
    await assertRejects(() => asked, SystemError, "another program");
    stream.close();
  }
  listener.close();
});

Deno.test("who may not connect is told who may", async () => {
  const { connect } = Deno;
  const denied = () => Promise.reject(new Deno.errors.PermissionDenied("Permission denied"));
  Object.assign(Deno, { connect: denied });
  try {
    const error = await assertRejects(() => ControlClient.connect("/x.sock"), SystemError);
    assertStringIncludes(error.message, '"/x.sock": Permission denied; run this as root');
  } finally {
    Object.assign(Deno, { connect });
  }
});
