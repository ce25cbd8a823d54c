/**
 * Which request a reply is matched to, and which requests are copies.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Context, Conversation } from "../lib/sniff/conversation.ts";
import { decodeFrame } from "../lib/sniff/decode.ts";
import { ANY_SHELF, ANY_SLOT, ataFrame, BROADCAST_MAC, configFrame } from "./frames.ts";

const TARGET = 0x02_00_00_00_aa_01;
const OTHER_TARGET = 0x02_00_00_00_aa_02;
const CLIENT = 0x02_00_00_00_00_11;
const REPLY = { src: TARGET, dst: CLIENT, flags: 8, opcode: 0x40 } as const;
const READ = { opcode: 0x24, count: 1, lba: 5 } as const;

/** Notes frames one microsecond apart. */
class Wire {
  readonly conversation: Conversation;
  timeNs = 0n;

  constructor(max?: number) {
    this.conversation = new Conversation(max);
  }

  pass(bytes: Uint8Array, name = "eth0"): Context {
    this.timeNs += 1000n;
    return this.conversation.note(name, decodeFrame(bytes), this.timeNs);
  }
}

/** The tag of the request that a frame was matched to. */
function askedTag({ asked }: Context): number | undefined {
  return asked?.request.header.tag;
}

Deno.test("a reply is matched by MACs, address, command, tag and interface", () => {
  const wire = new Wire();
  wire.pass(ataFrame({ ...READ, tag: 1 }));
  wire.pass(ataFrame({ ...READ, tag: 2 }));
  const match = wire.pass(ataFrame({ ...REPLY, tag: 1 }));
  assertEquals([askedTag(match), match.roundTripNs], [1, 2000n]);
  for (
    const fields of [
      { tag: 3 },
      { tag: 2, src: OTHER_TARGET },
      { tag: 2, dst: OTHER_TARGET },
      { tag: 2, shelf: 7 },
      { tag: 2, slot: 7 },
    ]
  ) {
    assertEquals(wire.pass(ataFrame({ ...REPLY, ...fields })), {}, JSON.stringify(fields));
  }
  assertEquals(wire.pass(ataFrame({ ...REPLY, tag: 2 }), "eth1"), {});
  assertEquals(wire.pass(configFrame({ ...REPLY, tag: 2, ccmd: 0 })), {});
  assertEquals(askedTag(wire.pass(ataFrame({ ...REPLY, tag: 2 }))), 2);
});

for (
  const [shelf, slot] of [[ANY_SHELF, ANY_SLOT], [ANY_SHELF, 3], [0x0102, ANY_SLOT]] as const
) {
  Deno.test(`replies of all targets are matched to a question to e${shelf}.${slot}`, () => {
    const wire = new Wire();
    wire.pass(configFrame({ ccmd: 0, shelf, slot, dst: BROADCAST_MAC, tag: 9 }));
    for (const src of [TARGET, OTHER_TARGET]) {
      const match = wire.pass(configFrame({ ...REPLY, src, ccmd: 0, tag: 9 }));
      assertEquals(askedTag(match), 9);
    }
  });
}

Deno.test("the same frame again is a copy, another one with its tag or with tag 0 not", () => {
  const wire = new Wire();
  const sends = (fields: object): number | undefined =>
    wire.pass(ataFrame({ ...READ, ...fields })).asked?.sendCount;
  assertEquals([sends({ tag: 1 }), sends({ tag: 1 }), sends({ tag: 1 })], [1, 2, 3]);
  assertEquals([sends({ tag: 1, lba: 6 }), sends({ tag: 1, lba: 6 })], [1, 2]);
  assertEquals([sends({ tag: 0 }), sends({ tag: 0 })], [1, 1]);
  wire.timeNs += 61_000_000_000n;
  assertEquals(sends({ tag: 1, lba: 6 }), 1);
});

Deno.test("a request under a new tag repeats the one that has no reply, and no other", () => {
  const wire = new Wire();
  const repeats = (tag: number, fields: object = {}): number | undefined =>
    wire.pass(ataFrame({ ...READ, ...fields, tag })).repeatsTag;
  assertEquals(repeats(1), undefined);
  assertEquals(repeats(2, { lba: 6 }), undefined);
  assertEquals(repeats(3), 1);
  assertEquals(repeats(4), 3);
  wire.pass(ataFrame({ ...REPLY, tag: 3 }));
  assertEquals(repeats(5), undefined, "one of the chain was answered");
});

Deno.test("no more requests are kept than are allowed", () => {
  const wire = new Wire(4);
  for (let tag = 1; tag <= 5; tag++) wire.pass(ataFrame({ ...READ, lba: tag, tag }));
  assertEquals(wire.pass(ataFrame({ ...REPLY, tag: 1 })), {});
  for (let tag = 2; tag <= 5; tag++) {
    assertEquals(askedTag(wire.pass(ataFrame({ ...REPLY, tag }))), tag);
  }
});
