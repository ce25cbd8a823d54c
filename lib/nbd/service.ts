/**
 * A disk on the wire, served to NBD clients.
 *
 * @module
 */
import { type Device, Initiator } from "../client/initiator.ts";
import { formatAddress } from "../wire/address.ts";
import type { ListenAddress } from "./address.ts";
import { AoeDisk } from "./aoe_disk.ts";
import { listen } from "./listen.ts";
import type { Targets } from "./presence.ts";
import { Server } from "./server.ts";

/** What is served, and where. */
export interface NbdServiceOptions {
  /** Interfaces that lead to the disk, first the one where it answered. */
  readonly interfaces: readonly string[];
  /** What answered there. */
  readonly device: Device;
  /** Which targets may be the disk's after an absence. */
  readonly targets: Targets;
  /** Where clients come to. */
  readonly address: ListenAddress;
  /** How long a request may go without any progress in milliseconds. */
  readonly timeoutMs: number;
  /** Whether every write is refused. */
  readonly readOnly: boolean;
}

/** A disk that is served. */
export class NbdService {
  /** The disk. */
  readonly disk: AoeDisk;
  readonly #server: Server;

  private constructor(disk: AoeDisk, server: Server) {
    this.disk = disk;
    this.#server = server;
  }

  /**
   * Opens the disk and listens. Throws TimeoutError where the disk does not answer, and SystemError
   * where the system refuses something.
   */
  static async open(options: NbdServiceOptions): Promise<NbdService> {
    const { device, targets, timeoutMs, readOnly, address } = options;
    const ways = options.interfaces.map((name) => ({
      name,
      open: (patienceMs: number) => Initiator.open(name, { patienceMs }),
    }));
    const disk = await AoeDisk.open({ ways, device, targets, timeoutMs, readOnly });
    const { model, serial } = disk.identification;
    const name = formatAddress(device);
    const description = `AoE disk ${name}: ${model}, serial number ${serial}`;
    try {
      const server = new Server(await listen(address), { name, description, disk });
      return new NbdService(disk, server);
    } catch (error) {
      disk[Symbol.dispose]();
      throw error;
    }
  }

  /** Lets no more clients in, ends what is under way, and makes durable what was written. */
  async stop(): Promise<void> {
    await this.#server.stop();
    this.disk[Symbol.dispose]();
  }
}
