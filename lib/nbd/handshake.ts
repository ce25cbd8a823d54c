/**
 * The first phase of a connection, "option haggling": client and server agree on what is used and
 * how (NBD proto.md, "Fixed newstyle negotiation").
 *
 * @module
 */
import { HandshakeFlag, Info, Option, OPTION_MAGIC, OptionReply } from "./constants.ts";
import { blockSizes, hasName, type NbdExport, transmissionFlags } from "./export.ts";
import {
  blockSizeInfo,
  exportInfo,
  exportNameReply,
  greeting,
  optionReply,
  serverData,
  textInfo,
} from "./option_reply.ts";
import { type ByteReader, type ByteWriter, DisconnectError } from "../socket/stream.ts";

/** Longest data of an option that is looked at: names have at most 4096 bytes. */
const DATA_SIZE_MAX = 16 * 1024;
/** Longest data that is passed over; who sends more is not a client. */
const SKIP_SIZE_MAX = 2 ** 20;
const HEADER_SIZE = 16;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** What was agreed on. */
export interface Session {
  /** Whether reads are answered in chunks. */
  readonly isStructured: boolean;
}

/** What INFO and GO ask for. */
interface Question {
  readonly name: string;
  readonly wanted: readonly number[];
}

/** One handshake. */
export class Handshake {
  readonly #reader: ByteReader;
  readonly #writer: ByteWriter;
  readonly #export: NbdExport;
  #noZeroes = false;
  #isStructured = false;

  /** A handshake about `served`. */
  constructor(reader: ByteReader, writer: ByteWriter, served: NbdExport) {
    this.#reader = reader;
    this.#writer = writer;
    this.#export = served;
  }

  /** Returns what was agreed on; undefined where the client went away in good order. */
  async run(): Promise<Session | undefined> {
    await this.#writer.send(greeting());
    const hello = await this.#reader.take(4);
    if (hello === undefined) return undefined;
    const flags = hello.getUint32(0);
    const known = HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES;
    if ((flags & ~known) !== 0) throw new DisconnectError("the client has unknown flags");
    this.#noZeroes = (flags & HandshakeFlag.NO_ZEROES) !== 0;
    for (;;) {
      const header = await this.#reader.take(HEADER_SIZE);
      if (header === undefined) return undefined;
      if (header.getBigUint64(0) !== OPTION_MAGIC) throw new DisconnectError("this is not NBD");
      const option = header.getUint32(8);
      const end = await this.#answer(option, header.getUint32(12));
      if (end === "use") return { isStructured: this.#isStructured };
      if (end === "leave") return undefined;
    }
  }

  async #answer(option: number, size: number): Promise<"use" | "leave" | "go on"> {
    if (size > DATA_SIZE_MAX) return await this.#skip(option, size);
    const view = await this.#reader.need(size);
    const data = new Uint8Array(view.buffer, view.byteOffset, size).slice();
    if (option === Option.EXPORT_NAME) return await this.#exportName(data);
    switch (option) {
      case Option.ABORT:
        await this.#reply(option, OptionReply.ACK);
        return "leave";
      case Option.LIST:
        await this.#list(data);
        return "go on";
      case Option.INFO:
        await this.#inform(option, data);
        return "go on";
      case Option.GO:
        return await this.#inform(option, data) ? "use" : "go on";
      case Option.STRUCTURED_REPLY:
        if (size !== 0) await this.#refuseData(option);
        else {
          this.#isStructured = true;
          await this.#reply(option, OptionReply.ACK);
        }
        return "go on";
      default:
        await this.#reply(option, OptionReply.ERR_UNSUP, "This option is not served");
        return "go on";
    }
  }

  async #skip(option: number, size: number): Promise<"go on"> {
    // To a name there is no answer but the end.
    if (option === Option.EXPORT_NAME || size > SKIP_SIZE_MAX) {
      throw new DisconnectError(`an option has ${size} bytes`);
    }
    await this.#reader.skip(size);
    await this.#reply(option, OptionReply.ERR_TOO_BIG, `${DATA_SIZE_MAX} bytes are the most`);
    return "go on";
  }

  async #exportName(data: Uint8Array): Promise<"use"> {
    const name = readText(data);
    const { disk } = this.#export;
    if (name === undefined || !hasName(this.#export, name)) {
      throw new DisconnectError(`the client asked for the export "${name ?? "?"}"`);
    }
    const flags = transmissionFlags(disk, this.#isStructured);
    await this.#writer.send(exportNameReply(disk.sizeBytes, flags, this.#noZeroes));
    return "use";
  }

  async #list(data: Uint8Array): Promise<void> {
    if (data.length !== 0) return await this.#refuseData(Option.LIST);
    await this.#reply(Option.LIST, OptionReply.SERVER, serverData(this.#export.name));
    await this.#reply(Option.LIST, OptionReply.ACK);
  }

  /** Tells of the export; false where it is not the one that was asked for. */
  async #inform(option: number, data: Uint8Array): Promise<boolean> {
    const question = readQuestion(data);
    if (question === undefined) {
      await this.#refuseData(option);
      return false;
    }
    const { name, description, disk } = this.#export;
    if (!hasName(this.#export, question.name)) {
      await this.#reply(option, OptionReply.ERR_UNKNOWN, `The only export is "${name}"`);
      return false;
    }
    const tell = (info: Uint8Array): Promise<void> => this.#reply(option, OptionReply.INFO, info);
    await tell(exportInfo(disk.sizeBytes, transmissionFlags(disk, this.#isStructured)));
    // Also to who does not ask: a client may look at it, and must pass over what it doesn't know.
    await tell(blockSizeInfo(blockSizes(disk)));
    if (question.wanted.includes(Info.NAME)) await tell(textInfo(Info.NAME, name));
    if (question.wanted.includes(Info.DESCRIPTION)) {
      await tell(textInfo(Info.DESCRIPTION, description));
    }
    await this.#reply(option, OptionReply.ACK);
    return true;
  }

  #refuseData(option: number): Promise<void> {
    return this.#reply(option, OptionReply.ERR_INVALID, "The option's data is wrong");
  }

  #reply(option: number, type: number, data?: Uint8Array | string): Promise<void> {
    return this.#writer.send(optionReply(option, type, data));
  }
}

/** Undefined where it is no text, or one that no name can be. */
function readText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads a name behind its length, and numbers behind theirs; undefined where that is wrong. */
function readQuestion(data: Uint8Array): Question | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < 6) return undefined;
  const nameSize = view.getUint32(0);
  if (nameSize > data.length - 6) return undefined;
  const name = readText(data.subarray(4, 4 + nameSize));
  const count = view.getUint16(4 + nameSize);
  if (name === undefined || data.length !== 6 + nameSize + 2 * count) return undefined;
  const wanted = Array.from({ length: count }, (_, at) => view.getUint16(6 + nameSize + 2 * at));
  return { name, wanted };
}
