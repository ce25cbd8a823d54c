/**
 * Requests of NBD: what they do to the disk, what they answer, and what is refused.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NbdError } from "../lib/nbd/disk.ts";
import { Client } from "./nbd/client.ts";
import { type Abilities, FakeDisk } from "./nbd/fake_disk.ts";

const [READ, WRITE, FLUSH, TRIM, WRITE_ZEROES] = [0, 1, 3, 4, 6];
const [FUA, NO_HOLE, DF, FAST_ZERO] = [1, 2, 4, 16];
const [EPERM, EIO, EINVAL, ENOSPC, ENOTSUP] = [1, 5, 22, 28, 95];
const MIB = 2 ** 20;
const SECTORS = 2048;

async function withClient(
  abilities: Abilities,
  isStructured: boolean,
  run: (client: Client, disk: FakeDisk) => Promise<void>,
  sizeBytes?: number,
): Promise<void> {
  const disk = new FakeDisk(SECTORS, abilities, sizeBytes);
  const client = await Client.ready(disk, isStructured);
  await run(client, disk);
  await client.leave();
}

for (const isStructured of [false, true]) {
  const how = isStructured ? "structured" : "simple";

  Deno.test(`what is written is read, with ${how} replies`, async () => {
    await withClient({}, isStructured, async (client, disk) => {
      const data = Uint8Array.from({ length: 1024 }, (_, at) => at % 251);
      const written = await client.do(WRITE, 1536, 1024, { data, cookie: 0xfedcba9876543210n });
      assertEquals([written.errno, written.cookie], [0, 0xfedcba9876543210n]);
      const read = await client.do(READ, 1024, 2048, { cookie: 9n });
      assertEquals([read.errno, read.cookie], [0, 9n]);
      assertEquals(read.data.subarray(512, 1536), data);
      assertEquals(read.data.subarray(0, 512), new Uint8Array(512).fill(0x11));
      assertEquals(client.offset, isStructured ? 1024n : undefined);
      assertEquals(disk.done, ["write 3+2", "read 2+4"]);
    });
  });

  for (
    const [what, type, offset, length, flags, errno] of [
      ["a read behind the end", READ, MIB - 512, 1024, 0, EINVAL],
      ["a read far behind the end", READ, 0xffff_ffff_ffff_fe00n, 512, 0, EINVAL],
      ["a write behind the end", WRITE, MIB, 512, 0, ENOSPC],
      ["a write of zeros behind the end", WRITE_ZEROES, MIB - 512, 1024, 0, ENOSPC],
      ["a write of zeros far behind it", WRITE_ZEROES, 0x7fff_ffff_ffff_fe00n, 512, 0, ENOSPC],
      ["a trim behind the end", TRIM, 512, MIB, 0, EINVAL],
      ["half a sector", READ, 0, 256, 0, EINVAL],
      ["a sector and a half", WRITE, 0, 768, 0, EINVAL],
      ["a sector between two", READ, 256, 512, 0, EINVAL],
      ["a trim between two", TRIM, 1, 512, 0, EINVAL],
      ["zeros between two", WRITE_ZEROES, 1, 512, 0, EINVAL],
      ["a read of nothing", READ, 0, 0, 0, EINVAL],
      ["a write of nothing", WRITE, 0, 0, 0, EINVAL],
      ["a flush of a range", FLUSH, 0, 512, 0, EINVAL],
      ["a read with NO_HOLE", READ, 0, 512, NO_HOLE, EINVAL],
      ["a write with DF", WRITE, 0, 512, DF, EINVAL],
      ["a trim with FAST_ZERO", TRIM, 0, 512, FAST_ZERO, EINVAL],
      ["a flush with an unknown flag", FLUSH, 0, 0, 0x8000, EINVAL],
      ["an unknown flag", READ, 0, 512, 32, EINVAL],
      ["command 5, CACHE", 5, 0, 512, 0, EINVAL],
      ["command 7, BLOCK_STATUS", 7, 0, 512, 0, EINVAL],
      ["an unknown command", 0x7777, 0, 512, 0, EINVAL],
      ["32 MiB and a sector", READ, 0, 32 * MIB + 512, 0, EINVAL],
      ["a write of 33 MiB", WRITE, 0, 33 * MIB, 0, EINVAL],
      ["a read of nearly 4 GiB", READ, 0, 0xffff_fe00, 0, EINVAL],
    ] as const
  ) {
    Deno.test(`${what} is refused with ${errno} by ${how} replies, and all goes on`, async () => {
      await withClient({}, isStructured, async (client, disk) => {
        const data = new Uint8Array(type === WRITE ? length : 0);
        const answer = await client.do(type, offset, length, { flags, data, cookie: 3n });
        assertEquals([answer.errno, answer.cookie], [errno, 3n]);
        assertEquals(answer.message !== "", isStructured);
        assertEquals((await client.do(READ, 0, 512)).errno, 0);
        assertEquals(disk.done, ["read 0+1"]);
      });
    });
  }

  Deno.test(`an error of the disk is told by ${how} replies, and all goes on`, async () => {
    await withClient({}, isStructured, async (client, disk) => {
      for (const [type, length] of [[READ, 512], [WRITE, 512], [FLUSH, 0], [TRIM, 512]] as const) {
        disk.error = new NbdError(EPERM, "reserved for others");
        const data = new Uint8Array(type === WRITE ? length : 0);
        const answer = await client.do(type, 0, length, { data });
        assertEquals(answer.errno, EPERM);
        assertEquals(answer.message, isStructured ? "reserved for others" : "");
        disk.error = new Error("a bug");
        assertEquals((await client.do(type, 0, length, { data })).errno, EIO);
        disk.error = undefined;
        assertEquals((await client.do(type, 0, length, { data })).errno, 0);
      }
    });
  });
}

Deno.test("DF needs structured replies, and gets one chunk of any size", async () => {
  await withClient({}, true, async (client) => {
    assertEquals((await client.do(READ, 0, MIB, { flags: DF })).data.length, MIB);
  });
  await withClient({}, false, async (client) => {
    assertEquals((await client.do(READ, 0, 512, { flags: DF })).errno, EINVAL);
  });
});

Deno.test("FUA flushes after the work and before the reply; a read needs none", async () => {
  await withClient({ trimReadsZeros: false }, false, async (client, disk) => {
    const data = new Uint8Array(512);
    assertEquals((await client.do(WRITE, 0, 512, { flags: FUA, data })).errno, 0);
    assertEquals((await client.do(TRIM, 0, 512, { flags: FUA })).errno, 0);
    assertEquals((await client.do(WRITE_ZEROES, 0, 512, { flags: FUA })).errno, 0);
    assertEquals((await client.do(READ, 0, 512, { flags: FUA })).errno, 0);
    assertEquals((await client.do(FLUSH, 0, 0, { flags: FUA })).errno, 0);
    const expected = ["write 0+1", "flush", "trim 0+1", "flush", "zeros 0+1", "flush"];
    assertEquals(disk.done, [...expected, "read 0+1", "flush"]);
  });
});

Deno.test("FUA is not answered before its flush, and fails with it", async () => {
  const disk = new FakeDisk(SECTORS);
  const client = await Client.ready(disk);
  const { promise, reject } = Promise.withResolvers<void>();
  disk.hold = (what) => what === "flush" ? promise : Promise.resolve();
  await client.request(WRITE, 0, 512, { flags: FUA, data: new Uint8Array(512) });
  await client.request(READ, 0, 512, { cookie: 8n });
  assertEquals((await client.answer(512)).cookie, 8n);
  assertEquals(client.end.waiting, 0);
  reject(new NbdError(EIO, "the sync failed"));
  assertEquals((await client.answer()).errno, EIO);
  disk.hold = () => Promise.resolve();
  await client.leave();
});

Deno.test("FUA needs no flush where each write is durable", async () => {
  await withClient({ isWriteThrough: true }, false, async (client, disk) => {
    const data = new Uint8Array(512);
    assertEquals((await client.do(WRITE, 0, 512, { flags: FUA, data })).errno, 0);
    assertEquals(disk.done, ["write 0+1"]);
  });
});

Deno.test("FUA and FLUSH are refused where nothing can flush", async () => {
  await withClient({ canFlush: false }, false, async (client, disk) => {
    const data = new Uint8Array(512);
    assertEquals((await client.do(WRITE, 0, 512, { flags: FUA, data })).errno, EINVAL);
    assertEquals((await client.do(FLUSH, 0, 0)).errno, EINVAL);
    assertEquals(disk.done, []);
  });
});

Deno.test("zeros are made by TRIM where it makes zeros and holes are wanted", async () => {
  await withClient({}, false, async (client, disk) => {
    for (const flags of [0, FAST_ZERO, NO_HOLE]) {
      assertEquals((await client.do(WRITE_ZEROES, 1024, 512, { flags })).errno, 0);
    }
    const both = await client.do(WRITE_ZEROES, 0, 512, { flags: NO_HOLE | FAST_ZERO });
    assertEquals(both.errno, ENOTSUP);
    assertEquals(disk.done, ["trim 2+1", "trim 2+1", "zeros 2+1"]);
  });
});

for (const abilities of [{ trimReadsZeros: false }, { canTrim: false, trimReadsZeros: false }]) {
  Deno.test(`zeros are written with ${JSON.stringify(abilities)}`, async () => {
    await withClient(abilities, false, async (client, disk) => {
      assertEquals((await client.do(WRITE_ZEROES, 0, MIB)).errno, 0);
      assertEquals(
        (await client.do(WRITE_ZEROES, 0, 512, { flags: FAST_ZERO })).errno,
        ENOTSUP,
      );
      assertEquals(disk.done, ["zeros 0+2048"]);
    });
  });
}

Deno.test("zeros and TRIM may be longer than any payload", async () => {
  const sizeBytes = 2 ** 40;
  await withClient({}, false, async (client, disk) => {
    const length = 0xffff_fe00;
    assertEquals((await client.do(TRIM, 2 ** 39, length)).errno, 0);
    assertEquals((await client.do(WRITE_ZEROES, 2 ** 39, length, { flags: NO_HOLE })).errno, 0);
    const count = length / 512;
    assertEquals(disk.done, [`trim ${2 ** 30}+${count}`, `zeros ${2 ** 30}+${count}`]);
  }, sizeBytes);
});

Deno.test("TRIM is refused where there is none", async () => {
  await withClient({ canTrim: false }, false, async (client) => {
    assertEquals((await client.do(TRIM, 0, 512)).errno, EINVAL);
  });
});

Deno.test("a read-only disk refuses every change and takes the payload off the line", async () => {
  await withClient({ readOnly: true }, true, async (client, disk) => {
    const refused = await client.do(WRITE, 0, 512, { data: new Uint8Array(512) });
    assertEquals(refused.errno, EPERM);
    assertStringIncludes(refused.message, "read-only");
    for (const type of [TRIM, WRITE_ZEROES]) {
      assertEquals((await client.do(type, 0, 512)).errno, EPERM);
    }
    assertEquals((await client.do(READ, 0, 512)).errno, 0);
    assertEquals((await client.do(FLUSH, 0, 0)).errno, 0);
    assertEquals(disk.done, ["read 0+1", "flush"]);
  });
});

Deno.test("replies come as the work ends, and DISC waits for all of them", async () => {
  const disk = new FakeDisk(SECTORS);
  const client = await Client.ready(disk, true);
  const first = Promise.withResolvers<void>();
  const last = Promise.withResolvers<void>();
  disk.hold = (what) =>
    what === "read 0+1" ? first.promise : what === "read 2+1" ? last.promise : Promise.resolve();
  for (const [index, cookie] of [11n, 12n, 13n].entries()) {
    await client.request(READ, index * 512, 512, { cookie });
  }
  await client.request(2, 0, 0);
  assertEquals((await client.answer()).cookie, 12n);
  last.resolve();
  assertEquals((await client.answer()).cookie, 13n);
  first.resolve();
  assertEquals((await client.answer()).cookie, 11n);
  await client.assertEnd();
});

Deno.test("a client that only stops sending still gets its replies", async () => {
  const client = await Client.ready(new FakeDisk(SECTORS));
  await client.request(READ, 0, 512);
  client.end.closeWrite();
  assertEquals((await client.answer(512)).errno, 0);
  await client.assertEnd();
});

Deno.test("a server that stops refuses what comes, and answers what came", async () => {
  const disk = new FakeDisk(SECTORS);
  const client = await Client.ready(disk);
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.hold = () => promise;
  await client.request(WRITE, 0, 512, { data: new Uint8Array(512), cookie: 1n });
  while (disk.load.count === 0) await new Promise((wake) => setTimeout(wake, 1));
  const stopped = client.connection.stop();
  assertEquals(
    (await client.do(WRITE, 0, 512, { data: new Uint8Array(512), cookie: 2n })).errno,
    108,
  );
  resolve();
  const answer = await client.answer();
  assert(answer.cookie === 1n && answer.errno === 0);
  await stopped;
  await client.assertEnd();
});
