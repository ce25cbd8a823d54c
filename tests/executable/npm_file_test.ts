/**
 * Files come from npm whole, or not at all: a registry of the test's own says what it wants.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { TemporaryFolder } from "../temporary.ts";
import { NotOnNpmError, type NpmFile, npmFile } from "./npm_file.ts";

const NAME = "@dblade-test/program";
const CONTENT = new TextEncoder().encode("#!/bin/sh\necho it runs\n");

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function file(change: Partial<NpmFile> = {}): Promise<NpmFile> {
  const sum = await sha256(CONTENT);
  return { name: NAME, version: "1.0.0", path: "package/program", sha256: sum, ...change };
}

/** A registry with one package, and a cache and settings of its own for npm. */
class Registry implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  requestCount = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #before: readonly (readonly [string, string | undefined])[];

  constructor() {
    const { path } = this.folder;
    Deno.mkdirSync(`${path}/package`);
    Deno.writeFileSync(`${path}/package/program`, CONTENT);
    const manifest = { name: NAME, version: "1.0.0" };
    Deno.writeTextFileSync(`${path}/package/package.json`, JSON.stringify(manifest));
    const args = ["-czf", `${path}/package.tgz`, "-C", path, "package"];
    new Deno.Command("tar", { args }).outputSync();
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
    const env = {
      "npm_config_registry": this.url,
      "npm_config_cache": `${path}/npm`,
      "npm_config_fetch_retries": "0",
      XDG_CACHE_HOME: `${path}/cache`,
    };
    this.#before = Object.keys(env).map((name) => [name, Deno.env.get(name)]);
    for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  #answer(request: Request): Response {
    this.requestCount++;
    const path = decodeURIComponent(new URL(request.url).pathname);
    if (path === "/package.tgz") {
      return new Response(Deno.readFileSync(`${this.folder.path}/package.tgz`));
    }
    if (path !== `/${NAME}`) return new Response("{}", { status: 404 });
    const version = { name: NAME, version: "1.0.0", dist: { tarball: `${this.url}/package.tgz` } };
    const { name } = version;
    return Response.json({
      ...{ name, versions: { "1.0.0": version }, "dist-tags": { latest: "1.0.0" } },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [name, value] of this.#before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await this.#server.shutdown();
    this.folder[Symbol.dispose]();
  }
}

function hasNpm(): boolean {
  try {
    return new Deno.Command("npm", { args: ["--version"] }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const NPM = hasNpm();

function testNpm(name: string, run: () => Promise<void>): void {
  if (NPM) Deno.test(name, run);
  else Deno.test.ignore(`${name} [skipped: needs npm]`, run);
}

testNpm("npmFile() brings a program that runs, and keeps it", async () => {
  await using registry = new Registry();
  const path = await npmFile(await file());
  assertEquals(path.startsWith(`${registry.folder.path}/cache/dblade/`), true);
  const { stdout } = new Deno.Command(path).outputSync();
  assertEquals(new TextDecoder().decode(stdout), "it runs\n");
  const { requestCount } = registry;
  assertEquals(await npmFile(await file()), path);
  assertEquals(registry.requestCount, requestCount);
  // What was spoiled in the cache is brought anew.
  Deno.writeTextFileSync(path, "spoiled");
  assertEquals(await npmFile(await file()), path);
  assertEquals(Deno.readFileSync(path), CONTENT);
});

testNpm("npmFile() takes the part that is wanted", async () => {
  await using _registry = new Registry();
  const part = (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, 9);
  const path = await npmFile(await file({ part, sha256: await sha256(part(CONTENT)) }));
  assertEquals(Deno.readTextFileSync(path), "#!/bin/sh");
});

testNpm("npmFile() names what npm does not have", async () => {
  await using _registry = new Registry();
  const absent = await file({ name: "@dblade-test/none" });
  await assertRejects(() => npmFile(absent), NotOnNpmError, "@dblade-test/none@1.0.0");
  const old = await file({ version: "0.9.0" });
  await assertRejects(() => npmFile(old), NotOnNpmError, `${NAME}@0.9.0`);
});

testNpm("npmFile() keeps nothing else than what was asked for", async () => {
  await using registry = new Registry();
  const cache = `${registry.folder.path}/cache/dblade`;
  const fail = async (wanted: NpmFile, says: string): Promise<void> => {
    const error = await assertRejects(() => npmFile(wanted), Error, says);
    assertEquals(error instanceof NotOnNpmError, false);
    assertEquals([...Deno.readDirSync(cache)], []);
  };
  await fail(await file({ sha256: await sha256(new Uint8Array(1)) }), "with other content");
  await fail(await file({ path: "package/none" }), `Cannot unpack ${NAME}@1.0.0`);
  Deno.env.set("npm_config_registry", "http://127.0.0.1:9");
  await fail(await file(), `Cannot get ${NAME}@1.0.0 from npm`);
});
