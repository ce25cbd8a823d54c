/**
 * Replies as real targets send them, typed by hand (tests/golden_clients), mean to the initiator
 * what they mean. The digits stand as in tests/golden.ts.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import {
  readAta,
  readConfig,
  readDevice,
  readMasks,
  readReservation,
} from "../lib/client/replies.ts";
import { formatMac } from "../lib/wire/mac.ts";
import { hex } from "./frames.ts";
import { bytesOf } from "./golden.ts";

/** One reply and what it means. */
interface Reply {
  name: string;
  read: "device" | "config" | "ata" | "masks" | "reservation";
  /** Code of the ATA command that it answers. */
  opcode?: string;
  reply: string;
  gives?: Record<string, unknown> | null;
  throws?: Record<string, unknown>;
}

const FOLDER = new URL("golden_clients/", import.meta.url);

function load(): { title: string; replies: Reply[] }[] {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
  return names.map((name) => JSON.parse(Deno.readTextFileSync(new URL(name, FOLDER))));
}

const text = new TextDecoder();

function read(golden: Reply, reply: Uint8Array<ArrayBuffer>): unknown {
  switch (golden.read) {
    case "device": {
      const device = readDevice(reply);
      if (device === undefined) return null;
      const { shelf, slot, firmware, bufferCount: buffers, sectorCount: sectors } = device;
      const config = text.decode(device.config);
      return { shelf, slot, mac: formatMac(device.mac), buffers, firmware, sectors, config };
    }
    case "config":
      return { config: text.decode(readConfig(reply)) };
    case "ata": {
      const data = readAta(reply, Number.parseInt(golden.opcode ?? "", 16));
      return { data: hex(data) };
    }
    case "masks":
      return { macs: readMasks(reply).map(formatMac) };
    case "reservation":
      return { macs: readReservation(reply).map(formatMac) };
  }
}

function expected({ read, gives }: Reply): unknown {
  return read === "ata" ? { data: hex(bytesOf(`${gives?.data}`)) } : gives;
}

for (const { title, replies } of load()) {
  for (const golden of replies) {
    Deno.test(`golden reply of ${title}: ${golden.name}`, () => {
      const reply = bytesOf(golden.reply);
      if (golden.throws === undefined) assertEquals(read(golden, reply), expected(golden));
      else {
        const error: object = assertThrows(() => read(golden, reply), Error);
        const seen = Object.entries(error).filter(([key]) => key in (golden.throws ?? {}));
        assertEquals(Object.fromEntries(seen), golden.throws);
      }
    });
  }
}
