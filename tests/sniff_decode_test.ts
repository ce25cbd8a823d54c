/**
 * Frames as lines and objects: the golden ones, chosen ones of other targets, cut ones, and any
 * bytes at all.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Conversation } from "../lib/sniff/conversation.ts";
import { decodeFrame } from "../lib/sniff/decode.ts";
import { describe, type Line, type Seen } from "../lib/sniff/describe.ts";
import { dump, escapeBytes } from "../lib/sniff/escape.ts";
import { reportOf } from "../lib/sniff/report.ts";
import { anyFrame, ataFrame, configFrame } from "./frames.ts";
import { bytesOf, loadGolden } from "./golden.ts";
import { Random } from "./random.ts";

const START_NS = 1_000_000_000_000_000_000n;
const STEP_NS = 83_000n;

/** Shows frames one after the other, 83 us apart. */
class Screen {
  readonly #conversation = new Conversation();
  #timeNs = START_NS;

  see(bytes: Uint8Array<ArrayBuffer>, size: number = bytes.length): Seen {
    const decoded = decodeFrame(bytes, size);
    const timeNs = this.#timeNs += STEP_NS;
    const context = this.#conversation.note("eth0", decoded, timeNs);
    const frame = { bytes, size, timeNs, direction: "in" } as const;
    return { interface: "eth0", frame, timeNs, decoded, context };
  }

  line(bytes: Uint8Array<ArrayBuffer>): Line {
    return describe(this.see(bytes));
  }

  /** What stands behind the MACs. */
  text(bytes: Uint8Array<ArrayBuffer>): string {
    return this.line(bytes).text.split(/ > [0-9a-f:]{17} /)[1] ?? "";
  }
}

/** What the golden frames have that is worth a word, by the name of their pair. */
const FAULTS: Readonly<Record<string, readonly string[]>> = {
  "version 0 is served and answered as version 1": ["version 0"],
  "error 5: version 2": ["version 2"],
  "error 2: WRITE with one byte too few": ["511 of 512 bytes of data"],
  "error 2: a set whose string is longer than the frame": ["3 of 4 bytes of string"],
  "error 2: more directives than the frame holds": ["1 of 2 directives"],
  "error 2: more MACs than the frame holds": ["1 of 2 MACs"],
  "a short ATA header is ignored": ["it ends in the header of its command"],
};

Deno.test("every golden frame is decoded, without complaint but where one is due", () => {
  const found: Record<string, readonly string[]> = {};
  for (const { pairs } of loadGolden()) {
    const screen = new Screen();
    for (const { name, request, reply } of pairs) {
      const asked = screen.see(bytesOf(request));
      assert(asked.decoded.header !== undefined, name);
      if (asked.decoded.faults.length > 0) found[name] = asked.decoded.faults;
      if (reply === null) continue;
      const answer = screen.see(bytesOf(reply));
      assertEquals(answer.decoded.faults, [], name);
      assert(answer.context.roundTripNs !== undefined, `nobody asked: ${name}`);
    }
  }
  assertEquals(found, FAULTS);
});

/** What is shown of chosen golden pairs, request and reply, by the name of the pair. */
const LINES: Readonly<Record<string, readonly [request: string, reply: string]>> = {
  "add two MACs": [
    "e258.3 mask edit add 02:00:00:00:00:11, add 02:00:00:00:00:22 tag 0x55550002",
    "e258.3 reply mask edit: 02:00:00:00:00:11, 02:00:00:00:00:22 83 us tag 0x55550002",
  ],
  "MError 2: directive 3 is unknown, one was carried out before it": [
    "e258.3 mask edit nothing 02:00:00:00:00:11, directive 3 02:00:00:00:00:22 tag 0x55550003",
    "e258.3 reply mask edit: MError 2 (the directive is not known) at directive 1 83 us " +
    "tag 0x55550003",
  ],
  "read the list by broadcast and wildcard": [
    "e*.* mask read tag 0x55550007",
    "e258.3 reply mask read: 02:00:00:00:00:11, 02:00:00:00:00:22 83 us tag 0x55550007",
  ],
  "error 6: another one reserves": [
    "e258.3 reserve set 02:00:00:00:00:22 tag 0x66660002",
    "e258.3 reply reserve set: error 6 (the disk is reserved for others), " +
    "reserved for 02:00:00:00:00:11 83 us tag 0x66660002",
  ],
  "no MACs release it": [
    "e258.3 reserve set for nobody tag 0x66660008",
    "e258.3 reply reserve set: not reserved 83 us tag 0x66660008",
  ],
  "aoeping: ATA IDENTIFY padded to 60 bytes": [
    "e258.3 IDENTIFY tag 0xa0b0c0e",
    'e258.3 reply IDENTIFY: ok 512 bytes 2048 sectors "dblade" serial "258.3:host" 83 us ' +
    "tag 0xa0b0c0e",
  ],
  "aoecfg -s: another string is refused with the one that is there": [
    'e258.3 config set "bar" tag 0x11110003',
    'e258.3 reply config set: error 4 (a config string is set already) "foo" 83 us tag 0x11110003',
  ],
  "error 1: vendor command": [
    "e258.3 vendor command 0xf1, 0 bytes tag 0x44440002",
    "e258.3 reply vendor command 0xf1: error 1 (the command is not known) 83 us tag 0x44440002",
  ],
  "error 5: version 2": [
    "e258.3 request of 32 bytes tag 0x44440003 [version 2]",
    "e258.3 reply config query: error 5 (the protocol version is not supported) 83 us " +
    "tag 0x44440003",
  ],
  "CHECK POWER answers count ff": [
    "e258.3 CHECK POWER tag 0x4444000d",
    "e258.3 reply CHECK POWER: ok, active 83 us tag 0x4444000d",
  ],
  "TRIM of one range": [
    "e258.3 DATA SET MANAGEMENT TRIM 2+1 tag 0x4444000f",
    "e258.3 reply DATA SET MANAGEMENT: ok 83 us tag 0x4444000f",
  ],
  "FLUSH that fails is a fault of the device": [
    "e258.3 FLUSH tag 0x88880004",
    "e258.3 reply FLUSH: status 0x61 error 0x04: it refuses writes, because a sync failed or its " +
    "stored state could not be read 83 us tag 0x88880004",
  ],
  "the same once more with the same tag": [
    "e258.3 READ EXT lba 0 count 2 tag 0x18ae0003, sent 2 times",
    "e258.3 reply READ EXT: ok 1024 bytes 249 us after 2 sends tag 0x18ae0003",
  ],
  "discovery: a 32-byte broadcast to every shelf and slot": [
    "e*.* config query tag 0x0",
    'e258.3 reply config query: "" buffers 16 firmware 0x4012 sectors 2 83 us tag 0x0',
  ],
  "WRITE EXT of two sectors, W and E set": [
    "e258.3 WRITE EXT lba 100 count 2 tag 0x30001",
    "e258.3 reply WRITE EXT: ok 83 us tag 0x30001",
  ],
  "READ EXT past the end": [
    "e258.3 READ EXT lba 2047 count 2 tag 0x20006",
    "e258.3 reply READ EXT: status 0x41 error 0x10: the sector is not on the disk 83 us " +
    "tag 0x20006",
  ],
};

Deno.test("chosen golden frames are shown as they should be", () => {
  const shown: Record<string, readonly [string, string]> = {};
  for (const { pairs } of loadGolden()) {
    const screen = new Screen();
    for (const { name, request, reply } of pairs) {
      const asked = screen.text(bytesOf(request));
      const answer = reply === null ? "" : screen.text(bytesOf(reply));
      if (name in LINES) shown[name] = [asked, answer];
    }
  }
  assertEquals(shown, LINES);
});

const READ = { opcode: 0x24, aflags: 0x40, count: 2, lba: 9, tag: 1 } as const;
/** A reply goes the other way. */
const BACK = { dst: 0x02_00_00_00_00_11, src: 0x02_00_00_00_aa_01, flags: 8, tag: 1 } as const;

/** Replies of other targets to that READ of two sectors, and the words for them. */
const REPLIES: readonly (readonly [string, Uint8Array<ArrayBuffer>, string, Line["tone"]])[] = [
  [
    "ggaoed refuses with 24 bytes",
    anyFrame(0, { ...BACK, flags: 12, error: 2 }),
    "error 2 (an argument is wrong)",
    "trouble",
  ],
  [
    "ggaoed refuses and leaves the request behind it",
    anyFrame(0, { ...BACK, flags: 12, error: 6 }, new Uint8Array(36).fill(0xee)),
    "error 6 (the disk is reserved for others)",
    "trouble",
  ],
  [
    "qaoed says E with error 0",
    anyFrame(0, { ...BACK, flags: 12, error: 0 }, new Uint8Array(1036)),
    "error 0 (for no known reason)",
    "trouble",
  ],
  [
    "kvblade has the status 01 only, unpadded",
    ataFrame({ ...BACK, opcode: 0x01, feature: 0x10 }),
    "status 0x01 error 0x10: the sector is not on the disk",
    "trouble",
  ],
  [
    "qaoed leaves the count",
    ataFrame({ ...BACK, opcode: 0x40, count: 2, data: new Uint8Array(1024) }),
    "ok 1024 bytes",
    "plain",
  ],
  [
    "aoeserver sends 12 bytes too many",
    ataFrame({ ...BACK, opcode: 0x40, data: new Uint8Array(1036) }),
    "ok 1036 bytes",
    "plain",
  ],
  [
    "too little data",
    ataFrame({ ...BACK, opcode: 0x40, data: new Uint8Array(512) }),
    "ok 512 of 1024 bytes",
    "trouble",
  ],
];
for (const [name, reply, words, tone] of REPLIES) {
  Deno.test(`a reply is understood: ${name}`, () => {
    const screen = new Screen();
    screen.see(ataFrame(READ));
    const line = screen.line(reply);
    assert(line.text.includes(` e258.3 reply READ EXT: ${words} 83 us tag 0x1`), line.text);
    assertEquals(line.tone, tone);
  });
}

Deno.test("a FLUSH that ggaoed answers with its own code is not called aborted", () => {
  const screen = new Screen();
  screen.see(ataFrame({ opcode: 0xe7, tag: 1 }));
  const line = screen.text(ataFrame({ ...BACK, opcode: 0xe7 }));
  assertEquals(line, "e258.3 reply FLUSH: status 0xe7 error 0x00 83 us tag 0x1");
});

Deno.test("a reply to what was not seen is shown without its command and time", () => {
  const data = new Uint8Array(512);
  const line = new Screen().text(ataFrame({ ...BACK, opcode: 0x40, data }));
  assertEquals(line, "e258.3 reply ATA: ok 512 bytes tag 0x1");
});

Deno.test("an advertisement of version 0, as vblade sends it, is shown as one", () => {
  const fields = { ...BACK, tag: 0, version: 0, dst: 0xffffffffffff };
  assertEquals(
    new Screen().text(configFrame({ ...fields, ccmd: 0, string: "x" })),
    'e258.3 advertises "x" buffers 258 firmware 0x304 sectors 5 tag 0x0 [version 0]',
  );
});

Deno.test("no byte from the wire gets to the terminal as it is", () => {
  const string = Array.from({ length: 256 }, (_, byte) => byte);
  const seen = new Screen().see(configFrame({ ccmd: 3, string }));
  for (const text of [describe(seen).text, JSON.stringify(reportOf(seen))]) {
    assertMatch(text, /^[ -~]+$/);
  }
  assertEquals(escapeBytes([0x1b, 0x5b, 0x22, 0x5c, 0x41, 0x9b]), '\\x1b[\\"\\\\A\\x9b');
});

Deno.test("a frame in VLANs is shown with their numbers", () => {
  const plain = ataFrame(READ);
  const tags = bytesOf("88a8 0007 8100 e005");
  const tagged = new Uint8Array([...plain.subarray(0, 12), ...tags, ...plain.subarray(12)]);
  const seen = new Screen().see(tagged);
  assertEquals(seen.decoded.header?.vlans, [7, 5]);
  assertEquals(seen.decoded.bytes, plain);
  assert(describe(seen).text.includes(" vlan 7 vlan 5 e258.3 READ EXT lba 9 count 2 tag 0x1"));
});

Deno.test("frames that end anywhere are shown as far as they go", () => {
  const whole = ataFrame({ ...READ, opcode: 0x34, aflags: 0x41, data: new Uint8Array(1024) });
  for (let size = 0; size < whole.length; size++) {
    const line = new Screen().line(whole.slice(0, size));
    assertEquals(line.tone, "trouble", `${size} bytes: ${line.text}`);
  }
  const cut = new Screen().see(whole.slice(0, 100), whole.length);
  assert(cut.decoded.faults.includes("only 100 of its bytes were taken"));
});

Deno.test("another EtherType is not taken for AoE", () => {
  const line = new Screen().line(anyFrame(0, { etherType: 0x0800 }));
  assert(line.text.endsWith("eth0 24 bytes [EtherType 0x0800 is not AoE]"), line.text);
});

Deno.test("any bytes at all make one printable line and one object", () => {
  const random = new Random(7);
  const screen = new Screen();
  for (let turn = 0; turn < 20_000; turn++) {
    const bytes = new Uint8Array(random.below(turn % 50 === 0 ? 1600 : 90));
    for (let at = 0; at < bytes.length; at++) bytes[at] = random.below(256);
    if (turn % 8 !== 0) {
      // Mostly past the first checks: EtherType, version, a known command, few tags.
      if (bytes.length > 14) bytes.set([0x88, 0xa2, 0x10 | random.below(16)], 12);
      if (bytes.length > 23) bytes.set([random.below(5), 0, 0, 0, random.below(3)], 19);
    }
    const seen = screen.see(bytes);
    const line = describe(seen).text;
    assertMatch(line, /^[ -~]+$/);
    JSON.parse(JSON.stringify(reportOf(seen)));
  }
});

Deno.test("a dump has all bytes, in digits and as characters", () => {
  assertEquals(
    dump(new Uint8Array([...Array(16).keys(), 0x41, 0x1b])),
    "    0000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  ................\n" +
      `    0010  41 1b${" ".repeat(3 * 14)}  A.`,
  );
});
