/**
 * An NBD client for tests: sends whatever a test makes, and takes the server's words apart.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { NbdDisk } from "../../lib/nbd/disk.ts";
import { Connection } from "../../lib/nbd/connection.ts";
import { ByteReader } from "../../lib/socket/stream.ts";
import { pipe, type PipeEnd } from "./pipe.ts";

const encoder = new TextEncoder();

/** An answer to an option. */
export interface OptionAnswer {
  readonly option: number;
  readonly type: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** An answer to a request. */
export interface Answer {
  readonly cookie: bigint;
  readonly errno: number;
  /** Data of a read. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** What an error says in words. */
  readonly message: string;
}

/** Big-endian numbers one after the other: [size in bytes, value]. */
export function fields(...all: readonly (readonly [number, number | bigint])[]): Uint8Array {
  const bytes = new Uint8Array(all.reduce((sum, [size]) => sum + size, 0));
  let end = 0;
  for (const [size, value] of all) {
    end += size;
    let rest = BigInt(value);
    for (let at = 1; at <= size; at++, rest >>= 8n) bytes[end - at] = Number(rest & 0xffn);
  }
  return bytes;
}

/** Data of INFO and GO. */
export function infoData(name: string, ...wanted: readonly number[]): Uint8Array {
  const text = encoder.encode(name);
  const head = fields([4, text.length]);
  const list = fields([2, wanted.length], ...wanted.map((type) => [2, type] as const));
  return new Uint8Array([...head, ...text, ...list]);
}

/** A client of one connection. */
export class Client {
  readonly end: PipeEnd;
  readonly connection: Connection;
  readonly #reader: ByteReader;
  isStructured = false;

  /** A client that has read nothing yet. */
  constructor(disk: NbdDisk, options: { capacity?: number; handshakeMs?: number } = {}) {
    const [server, end] = pipe(options.capacity);
    this.end = end;
    this.#reader = new ByteReader(end);
    const served = { name: "e0.0", description: "a test", disk };
    this.connection = new Connection(server, served, "the test", options.handshakeMs);
  }

  /** A client that is past the greeting. */
  static async greeted(disk: NbdDisk, flags = 3): Promise<Client> {
    const client = new Client(disk);
    await client.take(18);
    await client.send(fields([4, flags]));
    return client;
  }

  /** A client that is past the handshake. */
  static async ready(
    disk: NbdDisk,
    isStructured = false,
    options: { capacity?: number } = {},
  ): Promise<Client> {
    const client = new Client(disk, options);
    await client.take(18);
    await client.send(fields([4, 3]));
    if (isStructured) assertEquals((await client.ask(8)).at(-1)?.type, 1);
    client.isStructured = isStructured;
    assertEquals((await client.ask(7, infoData(""))).at(-1)?.type, 1);
    return client;
  }

  /** Sends bytes. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.end.write(rest));
  }

  /** The next bytes. */
  async take(size: number): Promise<DataView<ArrayBuffer>> {
    const bytes = new Uint8Array(size);
    await this.#reader.fill(bytes);
    return new DataView(bytes.buffer);
  }

  /** Asserts that the server closed the connection, with nothing more to say. */
  async assertEnd(): Promise<void> {
    assertEquals(await this.#reader.take(1), undefined);
    this.end.close();
    await this.connection.ended;
  }

  /** Sends an option. */
  async option(option: number, data: Uint8Array = new Uint8Array(0), size = data.length) {
    await this.send(fields([8, 0x49484156454f5054n], [4, option], [4, size]));
    await this.send(data);
  }

  /** Sends an option; returns all answers, the last of which is final. */
  async ask(option: number, data?: Uint8Array, size?: number): Promise<readonly OptionAnswer[]> {
    await this.option(option, data, size);
    const answers: OptionAnswer[] = [];
    for (;;) {
      const view = await this.take(20);
      assertEquals(view.getBigUint64(0), 0x3e889045565a9n);
      const type = view.getUint32(12);
      const payload = await this.take(view.getUint32(16));
      const answer = { option: view.getUint32(8), type, data: new Uint8Array(payload.buffer) };
      answers.push(answer);
      if (type === 1 || type >= 0x80000000) return answers;
    }
  }

  /** Sends a request. */
  async request(
    type: number,
    offset: number | bigint,
    length: number,
    options: { flags?: number; cookie?: bigint; data?: Uint8Array; magic?: number } = {},
  ): Promise<void> {
    const { flags = 0, cookie = 7n, data, magic = 0x25609513 } = options;
    await this.send(
      fields([4, magic], [2, flags], [2, type], [8, cookie], [8, offset], [4, length]),
    );
    if (data !== undefined) await this.send(data);
  }

  /** The next answer; `readLength` of a read, which simple replies do not tell. */
  async answer(readLength = 0): Promise<Answer> {
    const magic = (await this.take(4)).getUint32(0);
    if (magic === 0x67446698) {
      const view = await this.take(12);
      const errno = view.getUint32(0);
      const data = new Uint8Array(errno === 0 ? readLength : 0);
      await this.#reader.fill(data);
      return { errno, cookie: view.getBigUint64(4), data, message: "" };
    }
    assertEquals(magic, 0x668e33ef);
    assert(this.isStructured, "A structured reply was not agreed on");
    const head = await this.take(16);
    assertEquals(head.getUint16(0), 1, "one chunk, which is the last");
    const cookie = head.getBigUint64(4);
    const size = head.getUint32(12);
    if (head.getUint16(2) === 0x8001) {
      const payload = await this.take(size);
      const message = new TextDecoder().decode(payload.buffer.slice(6));
      assertEquals(payload.getUint16(4), size - 6);
      return { errno: payload.getUint32(0), cookie, data: new Uint8Array(0), message };
    }
    assertEquals(head.getUint16(2), 1);
    this.offset = (await this.take(8)).getBigUint64(0);
    const data = new Uint8Array(size - 8);
    await this.#reader.fill(data);
    return { errno: 0, cookie, data, message: "" };
  }

  /** Offset of the last chunk of data. */
  offset: bigint | undefined;

  /** Sends a request and returns its answer. */
  async do(
    type: number,
    offset: number | bigint,
    length: number,
    options: { flags?: number; cookie?: bigint; data?: Uint8Array } = {},
  ): Promise<Answer> {
    await this.request(type, offset, length, options);
    return await this.answer(type === 0 ? length : 0);
  }

  /** Leaves in good order, and makes sure that the server agrees. */
  async leave(): Promise<void> {
    await this.request(2, 0, 0);
    await this.assertEnd();
  }
}
