/**
 * What the tests of the compiled program share. They are only registered for a program that
 * DBLADE_PROGRAM names: `deno task executable` makes one and runs them with it.
 *
 * @module
 */
import { Initiator } from "../../lib/client/initiator.ts";
import { BareRoot, NOBODY } from "./bare_root.ts";
import { Image } from "./image.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";

/** Size of the image in bytes. */
export const IMAGE_SIZE = 2 ** 20;
/** The command line, without options. */
export const PLACE = ["0", "0", "eth0", "/disk.img"];

/** What a test works with. */
export interface Scene {
  /** Two hosts. */
  readonly wire: Wire;
  /** The folder that the program runs in. */
  readonly root: BareRoot;
  /** The image, on a file system with direct I/O; nobody's. */
  readonly image: Image;
}

/** Registers a test of the compiled program, where there is one. */
export function alone(
  name: string,
  run: (scene: Scene) => Promise<void>,
  options: { withState: boolean } = { withState: false },
): void {
  const program = Deno.env.get("DBLADE_PROGRAM");
  if (program === undefined) return;
  e2e(`the executable ${name}`, ["setpriv", "capsh", "setcap"], async () => {
    await using wire = await Wire.open();
    using root = await BareRoot.open(program, options);
    using image = new Image(IMAGE_SIZE, "/var/tmp");
    Deno.chownSync(image.path, NOBODY, NOBODY);
    await run({ wire, root, image });
  });
}

/** An initiator with the patience for a link that goes down and comes up. */
export function openInitiator({ wire }: Scene): Initiator {
  const patience = { waitMs: 50, waitMaxMs: 200, patienceMs: 20_000 };
  return inNamespace(wire.initiator, () => Initiator.open("eth0", patience));
}
