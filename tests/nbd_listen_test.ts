/**
 * Where a server of NBD listens, and the socket that it leaves to nobody.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { SystemError } from "../lib/error.ts";
import { addressText, addressUri, type ListenAddress, parseAddress } from "../lib/nbd/address.ts";
import { listen } from "../lib/nbd/listen.ts";
import { Semaphore } from "../lib/nbd/semaphore.ts";
import { TemporaryFolder } from "./temporary.ts";
import "./library.ts";

for (
  const [text, address, uri] of [
    [
      "unix:/run/e0.0.sock",
      { kind: "unix", path: "/run/e0.0.sock" },
      "nbd+unix:///?socket=/run/e0.0.sock",
    ],
    ["unix:a b&c", { kind: "unix", path: "a b&c" }, "nbd+unix:///?socket=a%20b%26c"],
    [
      "tcp:127.0.0.1:10809",
      { kind: "tcp", host: "127.0.0.1", port: 10809 },
      "nbd://127.0.0.1:10809",
    ],
    ["tcp:[::1]:1", { kind: "tcp", host: "::1", port: 1 }, "nbd://[::1]:1"],
    ["tcp:[::]", { kind: "tcp", host: "::", port: 10809 }, "nbd://[::]:10809"],
    ["tcp:localhost", { kind: "tcp", host: "localhost", port: 10809 }, "nbd://localhost:10809"],
  ] as const
) {
  Deno.test(`parseAddress() reads ${text}`, () => {
    const parsed = parseAddress(text);
    assertEquals(parsed, address);
    assert(typeof parsed === "object");
    assertEquals(addressUri(parsed), uri);
    assertEquals(parseAddress(addressText(parsed)), parsed);
  });
}

for (
  const [text, says] of [
    ["", "neither"],
    ["/run/x.sock", "neither"],
    ["udp:1.2.3.4:5", "neither"],
    ["unix:", "path"],
    ["unix:a\0b", "path"],
    [`unix:/${"é".repeat(60)}`, "121"],
    ["tcp:", "tcp:[::1]:10809"],
    ["tcp::10809", "tcp:[::1]:10809"],
    ["tcp:::1", "tcp:[::1]:10809"],
    ["tcp:::1:10809", "tcp:[::1]:10809"],
    ["tcp:host:0", "the port is 0"],
    ["tcp:host:65536", "the port is 65536"],
    ["tcp:host:x", "tcp:127.0.0.1:10809"],
  ] as const
) {
  Deno.test(`parseAddress() refuses ${JSON.stringify(text)}`, () => {
    const parsed = parseAddress(text);
    assert(typeof parsed === "string", JSON.stringify(parsed));
    assertStringIncludes(parsed, says);
  });
}

function unix(path: string): ListenAddress {
  return { kind: "unix", path };
}

Deno.test("listen() makes a socket for its owner alone, and removes it", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/nbd.sock`;
  const listener = await listen(unix(path));
  const { isSocket, mode } = Deno.lstatSync(path);
  assertEquals([isSocket, (mode ?? 0) & 0o777], [true, 0o600]);
  const client = await Deno.connect({ transport: "unix", path });
  const server = await listener.accept();
  await server.write(Uint8Array.of(7));
  const into = new Uint8Array(4);
  assertEquals(await client.read(into), 1);
  server.close();
  server.close();
  client.close();
  listener.close();
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test("a socket is its owner's alone when it is made, whatever the umask", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/nbd.sock`;
  const before = Deno.umask(0);
  const chmod = Deno.chmodSync;
  // What is made right afterwards would leave a moment in which others could connect.
  Deno.chmodSync = () => assert(false, "the mode is changed");
  try {
    const listener = await listen(unix(path));
    assertEquals((Deno.lstatSync(path).mode ?? 0) & 0o777, 0o600);
    listener.close();
    assertEquals(Deno.umask(0), 0, "the umask is as before");
  } finally {
    Deno.chmodSync = chmod;
    Deno.umask(before);
  }
});

Deno.test("listen() takes the place of a dead server, not of a living one", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/nbd.sock`;
  // Deno removes the name with the socket, as a server that was killed cannot.
  const dead = Deno.listen({ transport: "unix", path: `${path}.1` });
  Deno.renameSync(`${path}.1`, path);
  dead.close();
  assertEquals(Deno.lstatSync(path).isSocket, true);
  const listener = await listen(unix(path));
  const error = await assertRejects(() => listen(unix(path)), SystemError);
  assertStringIncludes(error.message, "another server is there");
  const client = await Deno.connect({ transport: "unix", path });
  client.close();
  listener.close();
});

Deno.test("listen() touches nothing that is no socket, and says what the system says", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("data", 512);
  const error = await assertRejects(() => listen(unix(path)), SystemError);
  assertStringIncludes(error.message, "no socket");
  assertEquals(Deno.statSync(path).size, 512);
  const missing = await assertRejects(() => listen(unix(`${path}.d/x`)), SystemError);
  assertStringIncludes(missing.message, "No such file");
});

Deno.test({
  name: "a server that lost its name to another one does not remove the other's",
  // The socket without a name is left to the end of the process.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/nbd.sock`;
    const first = await listen(unix(path));
    const accepting = assertRejects(() => first.accept(), Error, "has ended");
    Deno.removeSync(path);
    const second = await listen(unix(path));
    first.close();
    await accepting;
    assertEquals(Deno.lstatSync(path).isSocket, true);
    second.close();
    assertEquals([...Deno.readDirSync(folder.path)], []);
  },
});

Deno.test("listen() serves TCP, and says that a port is taken", async () => {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  const address = { kind: "tcp", host: "127.0.0.1", port } as const;
  const listener = await listen(address);
  const [server, client] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname: "127.0.0.1", port }),
  ]);
  await server.write(Uint8Array.of(1, 2));
  assertEquals(await client.read(new Uint8Array(9)), 2);
  await assertRejects(() => listen(address), SystemError, `tcp:127.0.0.1:${port}`);
  server.close();
  client.close();
  listener.close();
});

Deno.test("Semaphore lends in order, and all to who asks for more than all", async () => {
  const semaphore = new Semaphore(4);
  const got: number[] = [];
  const take = (units: number): Promise<void> =>
    semaphore.acquire(units).then(() => void got.push(units));
  await take(3);
  const waiting = [take(2), take(1), take(9), take(0)];
  await Promise.resolve();
  assertEquals(got, [3], "1 would fit, but 2 came first");
  semaphore.release(3);
  await waiting[1];
  assertEquals(got, [3, 2, 1]);
  semaphore.release(2);
  assertEquals(semaphore.lent, 1);
  semaphore.release(1);
  await waiting[2];
  assertEquals([got, semaphore.lent], [[3, 2, 1, 9], 9]);
  semaphore.release(9);
  await waiting[3];
  assertEquals([got.at(-1), semaphore.lent], [0, 0]);
});
