/**
 * The handshake of NBD: every option, well formed and not.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Info, Option, OptionReply } from "../lib/nbd/constants.ts";
import { Client, fields, infoData } from "./nbd/client.ts";
import { type Abilities, FakeDisk } from "./nbd/fake_disk.ts";

const SECTORS = 2048;

function disk(abilities: Abilities = {}): FakeDisk {
  return new FakeDisk(SECTORS, abilities);
}

function viewOf({ data }: { data: Uint8Array<ArrayBuffer> }): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

/** What INFO says the disk can do. */
async function flagsOf(client: Client): Promise<number> {
  const [first] = await client.ask(Option.INFO, infoData(""));
  assert(first !== undefined);
  assertEquals(viewOf(first).getUint16(0), Info.EXPORT);
  return viewOf(first).getUint16(10);
}

Deno.test("the greeting offers fixed newstyle without zeroes", async () => {
  const client = new Client(disk());
  const view = await client.take(18);
  assertEquals(view.getBigUint64(0), 0x4e42444d41474943n);
  assertEquals(view.getBigUint64(8), 0x49484156454f5054n);
  assertEquals(view.getUint16(16), 3);
  client.end.closeWrite();
  await client.assertEnd();
});

for (const [flags, size] of [[3, 10], [1, 134], [0, 134], [2, 10]] as const) {
  for (const name of ["", "e0.0"]) {
    Deno.test(`EXPORT_NAME "${name}" with client flags ${flags} begins transmission`, async () => {
      const client = await Client.greeted(disk(), flags);
      await client.option(Option.EXPORT_NAME, new TextEncoder().encode(name));
      const view = await client.take(size);
      assertEquals(view.getBigUint64(0), BigInt(SECTORS * 512));
      assertEquals(view.getUint16(8) & 1, 1);
      const rest = new Uint8Array(view.buffer, 10);
      assertEquals(rest, new Uint8Array(size - 10));
      assertEquals((await client.do(0, 512, 512)).data, new Uint8Array(512).fill(0x11));
      await client.leave();
    });
  }
}

for (
  const [what, option, data] of [
    ["an unknown name", Option.EXPORT_NAME, new TextEncoder().encode("e0.1")],
    ["a name that is no text", Option.EXPORT_NAME, Uint8Array.of(0xff, 0xfe)],
    ["a name of 20000 bytes", Option.EXPORT_NAME, new Uint8Array(20_000).fill(0x61)],
  ] as const
) {
  Deno.test(`EXPORT_NAME with ${what} ends the connection, for there is no answer`, async () => {
    const client = await Client.greeted(disk());
    await client.option(option, data);
    await client.assertEnd();
  });
}

Deno.test("unknown client flags end the connection", async () => {
  const client = await Client.greeted(disk(), 0x13);
  await client.assertEnd();
});

Deno.test("an option without its magic ends the connection", async () => {
  const client = await Client.greeted(disk());
  await client.send(fields([8, 0x49484156454f5055n], [4, Option.LIST], [4, 0]));
  await client.assertEnd();
});

Deno.test("ABORT is answered before the end", async () => {
  const client = await Client.greeted(disk());
  assertEquals((await client.ask(Option.ABORT)).map(({ type }) => type), [OptionReply.ACK]);
  await client.assertEnd();
});

Deno.test("LIST names the one export", async () => {
  const client = await Client.greeted(disk());
  const [server, ack] = await client.ask(Option.LIST);
  assert(server !== undefined);
  assertEquals([server.type, ack?.type], [OptionReply.SERVER, OptionReply.ACK]);
  assertEquals(server.data, new Uint8Array([0, 0, 0, 4, ...new TextEncoder().encode("e0.0")]));
  client.end.close();
  await client.connection.ended;
});

for (const option of [Option.INFO, Option.GO]) {
  Deno.test(`option ${option} tells size, flags and block sizes, and more on request`, async () => {
    const client = await Client.greeted(disk({ preferredSize: 8192 }));
    const wanted = [Info.NAME, Info.DESCRIPTION, Info.BLOCK_SIZE, 77];
    const answers = await client.ask(option, infoData("e0.0", ...wanted));
    assertEquals(answers.map(({ type }) => type), [3, 3, 3, 3, 1]);
    const [size, block, name, description] = answers;
    assert(size && block && name && description);
    assertEquals(viewOf(size).getBigUint64(2), BigInt(SECTORS * 512));
    assertEquals(block.data, fields([2, 3], [4, 512], [4, 8192], [4, 32 * 2 ** 20]));
    assertEquals(new TextDecoder().decode(name.data), "\0\x01e0.0");
    assertEquals(new TextDecoder().decode(description.data), "\0\x02a test");
    if (option === Option.GO) await client.leave();
    else assertEquals((await client.ask(Option.ABORT)).length, 1);
    client.end.close();
    await client.connection.ended;
  });
}

Deno.test("INFO and GO with an unknown name say which there is, and may come again", async () => {
  const client = await Client.greeted(disk());
  for (const option of [Option.INFO, Option.GO]) {
    const [answer] = await client.ask(option, infoData("e7.7"));
    assertEquals(answer?.type, OptionReply.ERR_UNKNOWN);
    assertStringIncludes(new TextDecoder().decode(answer?.data), "e0.0");
  }
  assertEquals((await client.ask(Option.GO, infoData(""))).at(-1)?.type, OptionReply.ACK);
  await client.leave();
});

for (
  const [what, option, data] of [
    ["LIST with data", Option.LIST, new Uint8Array(1)],
    ["STRUCTURED_REPLY with data", Option.STRUCTURED_REPLY, new Uint8Array(4)],
    ["GO without data", Option.GO, new Uint8Array(0)],
    ["GO with half a length", Option.GO, new Uint8Array(3)],
    ["GO with a name behind its end", Option.GO, fields([4, 100], [2, 0])],
    ["GO with a length of 4 GiB", Option.GO, fields([4, 0xffffffff], [2, 0])],
    ["GO with a list behind its end", Option.GO, fields([4, 0], [2, 2], [2, 0])],
    ["GO with too much", Option.GO, fields([4, 0], [2, 0], [1, 0])],
    ["GO with a name that is no text", Option.GO, fields([4, 2], [2, 0xc328], [2, 0])],
  ] as const
) {
  Deno.test(`${what} is invalid, and the handshake goes on`, async () => {
    const client = await Client.greeted(disk());
    assertEquals((await client.ask(option, data)).map(({ type }) => type), [
      OptionReply.ERR_INVALID,
    ]);
    assertEquals((await client.ask(Option.GO, infoData(""))).at(-1)?.type, OptionReply.ACK);
    await client.leave();
  });
}

for (const option of [0, 4, 5, 9, 10, 11, 0x7fffffff, 0xffffffff]) {
  Deno.test(`option ${option} is not served, and the handshake goes on`, async () => {
    const client = await Client.greeted(disk());
    const [answer] = await client.ask(option, new Uint8Array(300));
    assertEquals([answer?.option, answer?.type], [option, OptionReply.ERR_UNSUP]);
    assertEquals((await client.ask(Option.ABORT)).at(-1)?.type, OptionReply.ACK);
    await client.assertEnd();
  });
}

Deno.test("an option with much data is too big and passed over", async () => {
  const client = await Client.greeted(disk());
  const [answer] = await client.ask(Option.INFO, new Uint8Array(700_000));
  assertEquals(answer?.type, OptionReply.ERR_TOO_BIG);
  assertEquals((await client.ask(Option.GO, infoData(""))).at(-1)?.type, OptionReply.ACK);
  await client.leave();
});

Deno.test("an option with a length that no client has ends the connection at once", async () => {
  const client = await Client.greeted(disk());
  await client.option(Option.INFO, new Uint8Array(0), 0xffffffff);
  await client.assertEnd();
});

for (
  const [what, abilities, has, hasNot] of [
    ["a disk that can all", {}, 0b1001_0110_1101, 0b0000_1000_0010],
    ["a read-only disk", { readOnly: true }, 0b0001_0000_0111, 0b1000_1110_1000],
    ["one without flush", { canFlush: false }, 0b1001_0110_0001, 0b0000_0000_1110],
    ["one without TRIM", { canTrim: false }, 0b1001_0100_1101, 0b0000_0010_0010],
  ] as const
) {
  Deno.test(`the flags of ${what} promise what it can, and no more`, async () => {
    const client = await Client.greeted(disk(abilities));
    const flags = await flagsOf(client);
    assertEquals([flags & has, flags & hasNot], [has, 0]);
    assertEquals((await client.ask(Option.STRUCTURED_REPLY)).at(-1)?.type, OptionReply.ACK);
    assertEquals(await flagsOf(client), flags | 0x80, "DF needs structured replies");
    client.end.close();
    await client.connection.ended;
  });
}

for (const [what, bytes] of [["greeting", 2], ["option", 11]] as const) {
  Deno.test(`a client that leaves inside its ${what} is forgotten`, async () => {
    const client = new Client(disk());
    await client.take(18);
    const words = [...fields([4, 3]), ...fields([8, 0x49484156454f5054n], [4, 7], [4, 6])];
    await client.send(new Uint8Array(words.slice(0, bytes)));
    client.end.closeWrite();
    await client.assertEnd();
  });
}

Deno.test("a client that says nothing is sent away", async () => {
  const client = new Client(disk(), { handshakeMs: 30 });
  await client.take(18);
  await client.assertEnd();
});

Deno.test("a server that stops ends a handshake", async () => {
  const client = await Client.greeted(disk());
  await client.ask(Option.LIST);
  await client.connection.stop();
  await client.assertEnd();
});
