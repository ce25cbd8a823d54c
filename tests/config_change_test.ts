/**
 * Config strings and lists of MACs, set on targets that answer in their own ways.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import {
  additions,
  deletions,
  editMaskList,
  readMaskList,
  readReserveList,
  setReserveList,
} from "../lib/client/access_lists.ts";
import { ConfigPresentError, setConfig, testConfig } from "../lib/client/config_change.ts";
import type { Path } from "../lib/client/lan.ts";
import { MaskEditError, RefusedError } from "../lib/client/target_error.ts";
import { SystemError, TimeoutError } from "../lib/error.ts";
import { printable } from "../lib/cli/text.ts";
import { ConfigCommand } from "../lib/wire/config.ts";
import type { MaskDirective } from "../lib/wire/requests.ts";
import { macList } from "./frames.ts";

type Reply = string | number | "silence";

/** A path to a target that answers config commands as listed, one after the other. */
function configPath(replies: readonly (readonly [ccmd: number, reply: Reply])[], mtu = 1500): Path {
  const rest = [...replies];
  const config = (_device: unknown, ccmd: number): Promise<Uint8Array> => {
    const [expected, reply = "silence"] = rest.shift() ?? [];
    assertEquals(ccmd, expected);
    if (typeof reply === "number") return Promise.reject(new RefusedError(reply));
    if (reply === "silence") return Promise.reject(new TimeoutError("silence"));
    return Promise.resolve(bytes(reply));
  };
  return stubPath({ config, link: { mtu } });
}

/** A path whose initiator is nothing but these. */
function stubPath(initiator: unknown): Path {
  const path: unknown = { interface: "eth0", initiator, device: {} };
  // The code under test asks for nothing else.
  return path as Path;
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

const { READ, TEST, SET, FORCE } = ConfigCommand;

for (
  const [name, ccmd, replies] of [
    ["a target that answers with the string", SET, [[SET, "new"]]],
    ["qaoed, that answers without it", SET, [[SET, ""], [READ, "new"]]],
    ["qaoed, asked again when it is set", SET, [[SET, 4], [READ, "new"]]],
    ["a target whose answer was lost", FORCE, [[FORCE, "silence"], [READ, "new"]]],
  ] as const
) {
  Deno.test(`setConfig() is done with ${name}`, async () => {
    await setConfig(configPath(replies), ccmd, bytes("new"), printable);
  });
}

Deno.test("setConfig() says what is set already", async () => {
  const path = configPath([[SET, 4], [READ, "old\n"]]);
  const error = await assertRejects(
    () => setConfig(path, SET, bytes("new"), printable),
    ConfigPresentError,
    'it is "old\\x0a"; "dblade config force" replaces it',
  );
  assertEquals([error.code, error.present], [4, bytes("old\n")]);
});

for (
  const [name, replies, type, says] of [
    ["is not able to store it", [[SET, "silence"], [READ, ""]], TimeoutError, "unable to store"],
    ["is gone", [[SET, "silence"], [READ, "silence"]], TimeoutError, "silence"],
    ["says that it is done and is not", [[SET, ""], [READ, "x"]], RefusedError, "has another"],
    ["refuses", [[SET, 2], [READ, ""]], RefusedError, "an argument is wrong"],
  ] as const
) {
  Deno.test(`setConfig() fails where the target ${name}`, async () => {
    const set = () => setConfig(configPath(replies), SET, bytes("new"), printable);
    const error = await assertRejects(set, Error, says);
    assertEquals(error instanceof type, true);
  });
}

Deno.test("setConfig() sends nothing that is too long for the interface", async () => {
  const path = configPath([], 600);
  const set = () => setConfig(path, SET, new Uint8Array(583), printable);
  await assertRejects(set, SystemError, "583 bytes");
  await setConfig(
    configPath([[SET, "x".repeat(582)]], 600),
    SET,
    bytes("x".repeat(582)),
    printable,
  );
});

Deno.test("testConfig() takes silence for no if the target answers afterwards", async () => {
  const test = (replies: Parameters<typeof configPath>[0]) =>
    testConfig(configPath(replies), TEST, bytes("a"));
  assertEquals(await test([[TEST, "a"]]), { matches: true, present: bytes("a") });
  const no = await test([[TEST, "silence"], [READ, "b"]]);
  assertEquals(no, { matches: false, present: bytes("b") });
  await assertRejects(() => test([[TEST, "silence"], [READ, "silence"]]), TimeoutError);
});

Deno.test("readMaskList() and readReserveList() say that a target has no such list", async () => {
  const answering = (error: Error): Path => {
    const refuse = (): Promise<never> => Promise.reject(error);
    return stubPath({ mask: refuse, reserve: refuse, link: { mtu: 1500 } });
  };
  for (const read of [readMaskList, readReserveList]) {
    const silent = () => read(answering(new TimeoutError("silence")));
    await assertRejects(silent, TimeoutError, "it seems to have none");
    const unknown = await assertRejects(() => read(answering(new RefusedError(1))), RefusedError);
    assertEquals(unknown.code, 1);
    assertEquals(unknown.message.includes("this target has no"), true);
    const long = () => read(answering(new RefusedError(2)));
    await assertRejects(long, RefusedError, "longer than the");
  }
});

Deno.test("editMaskList() sends as many frames as it takes, own MACs first or last", async () => {
  const frames: (readonly MaskDirective[])[] = [];
  const mask = (_device: unknown, directives: readonly MaskDirective[]) => {
    frames.push(directives);
    return Promise.resolve(directives.map(({ mac }) => mac));
  };
  const path = stubPath({ mask, link: { mtu: 94 } });
  const macs = macList(25);
  const own = macs.slice(20, 21);
  await editMaskList(path, additions(macs, own));
  assertEquals(frames.map(({ length }) => length), [10, 10, 5]);
  assertEquals(frames[0]?.[0], { directive: 1, mac: own[0] });
  assertEquals(frames.flat().map(({ mac }) => mac).toSorted(), macs);
  frames.length = 0;
  await editMaskList(path, deletions(macs, own));
  assertEquals(frames.at(-1)?.at(-1), { directive: 2, mac: own[0] });
  assertEquals(new Set(frames.flat().map(({ mac }) => mac)).size, 25);
});

Deno.test("editMaskList() tells where a target stopped", async () => {
  let count = 0;
  const mask = () => count++ === 0 ? Promise.resolve([]) : Promise.reject(new MaskEditError(3, 2));
  const macs = macList(25);
  const edit = () => editMaskList(stubPath({ mask, link: { mtu: 94 } }), additions(macs, []));
  const error = await assertRejects(edit, MaskEditError, "adding 02:00:5e:00:00:0c, number 13");
  assertEquals([error.error, error.index], [3, 12]);
  const silent = () => Promise.reject(new TimeoutError("silence"));
  const lost = () =>
    editMaskList(stubPath({ mask: silent, link: { mtu: 94 } }), additions(macs, []));
  await assertRejects(lost, TimeoutError, "nothing was changed");
});

Deno.test("setReserveList() tells for whom a disk is reserved", async () => {
  const reserve = (_device: unknown, macs?: readonly number[]) =>
    macs === undefined ? Promise.resolve(macList(2)) : Promise.reject(new RefusedError(6));
  const set = () => setReserveList(stubPath({ reserve, link: { mtu: 1500 } }), [1], false);
  const holders = "02:00:5e:00:00:00, 02:00:5e:00:00:01; --force";
  await assertRejects(set, RefusedError, holders);
});
