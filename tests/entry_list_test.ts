/**
 * The linked list of table entries.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { EntryList } from "../lib/target/entry_list.ts";
import { Random } from "./random.ts";

function entriesOf(list: EntryList): number[] {
  const entries: number[] = [];
  for (let entry = list.first; entry !== list.end; entry = list.after(entry)) entries.push(entry);
  return entries;
}

Deno.test("EntryList keeps the order in which entries came, wherever one leaves", () => {
  const list = new EntryList(8);
  assertEquals(entriesOf(list), []);
  for (const entry of [3, 0, 7, 5]) list.append(entry);
  assertEquals(entriesOf(list), [3, 0, 7, 5]);
  list.remove(7);
  assertEquals(entriesOf(list), [3, 0, 5]);
  list.remove(3);
  list.append(7);
  list.remove(7);
  list.remove(5);
  assertEquals(entriesOf(list), [0]);
  list.remove(0);
  list.append(1);
  assertEquals(entriesOf(list), [1]);
});

Deno.test("EntryList goes on behind an entry that was just taken out", () => {
  const list = new EntryList(4);
  for (const entry of [2, 0, 3]) list.append(entry);
  list.remove(0);
  assertEquals(list.after(0), 3);
  list.remove(3);
  assertEquals(list.after(3), list.end);
});

Deno.test("EntryList does what an array does", () => {
  const random = new Random(5);
  const list = new EntryList(16);
  let model: number[] = [];
  for (let turn = 0; turn < 5000; turn++) {
    const entry = random.below(16);
    if (model.includes(entry)) {
      list.remove(entry);
      model = model.filter((other) => other !== entry);
    } else {
      list.append(entry);
      model.push(entry);
    }
    assertEquals(entriesOf(list), model);
  }
});
