/**
 * Two network ends joined by a virtual cable (veth(4)).
 *
 * @module
 */

/** One end of the cable. */
export interface End {
  /** Name of its interface. */
  readonly interface: string;
  /** Words to put before a command that is to run there. */
  readonly prefix: readonly string[];
}

/** Both ends; removed when disposed of. */
export class Ends implements AsyncDisposable {
  /** Where the disk is exported. */
  readonly target: End;
  /** Where it is used. */
  readonly client: End;
  readonly #namespaces: readonly string[];

  private constructor(target: End, client: End, namespaces: readonly string[]) {
    this.target = target;
    this.client = client;
    this.#namespaces = namespaces;
  }

  /** Makes the ends: each in a namespace of its own, or both in the present one. */
  static async open(kind: "separate" | "shared"): Promise<Ends> {
    if (kind === "shared") {
      await ip("link add eth0 type veth peer name eth1");
      for (const name of ["lo", "eth0", "eth1"]) await ip(`link set ${name} up`);
      const end = (name: string): End => ({ interface: name, prefix: [] });
      return new Ends(end("eth0"), end("eth1"), []);
    }
    const target = `dblade-demo-t${Deno.pid}`;
    const client = `dblade-demo-c${Deno.pid}`;
    const ends = new Ends(inside(target), inside(client), [target, client]);
    await ip(`netns add ${target}`);
    await ip(`netns add ${client}`);
    await ip(`link add eth0 netns ${target} type veth peer name eth0 netns ${client}`);
    for (const name of [target, client]) await ip(`-n ${name} link set eth0 up`);
    return ends;
  }

  /** Removes the namespaces, and with them the cable. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#namespaces) await ip(`netns del ${name}`);
  }
}

function inside(name: string): End {
  return { interface: "eth0", prefix: ["ip", "netns", "exec", name] };
}

async function ip(words: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args: words.split(" ") }).output();
  if (!success) throw new Error(`"ip ${words}" failed: ${new TextDecoder().decode(stderr)}`);
}

/** Whether a program is installed. */
export async function tool(program: string): Promise<boolean> {
  try {
    await new Deno.Command(program, { args: ["--help"], stdout: "null", stderr: "null" }).output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
