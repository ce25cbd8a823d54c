/**
 * Users and their groups, held against what `id` says.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { findUser } from "../ffi/user.ts";

function id(...args: string[]): string {
  const { stdout } = new Deno.Command("id", { args }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

/** Every user that the machine keeps in its file. */
const names = Deno.readTextFileSync("/etc/passwd").split("\n")
  .map((line) => line.split(":")[0] ?? "")
  .filter((name) => name !== "");

Deno.test("findUser() says of each user what id says, by name and by number", () => {
  assert(names.includes("root") && names.length > 5);
  for (const name of names) {
    const user = findUser(name);
    assertEquals(user?.name, name);
    assertEquals(`${user?.uid}`, id("-u", name));
    assertEquals(`${user?.gid}`, id("-g", name));
    const groups = id("-G", name).split(" ").map(Number);
    assertEquals(user?.groups.toSorted(), groups.toSorted());
    assertEquals(findUser(`${user?.uid}`)?.uid, user?.uid);
  }
});

Deno.test("findUser() takes a number that is nobody's", () => {
  const group = { gid: 3_999_999_999, groups: [3_999_999_999] };
  assertEquals(findUser("3999999999"), { name: "3999999999", uid: 3_999_999_999, ...group });
});

for (
  const name of ["no-such-user", "", "-1", "4294967295", "99999999999", "0x10", "root ", "root\0"]
) {
  Deno.test(`findUser(${JSON.stringify(name)}) is undefined`, () =>
    assertEquals(findUser(name), undefined));
}
