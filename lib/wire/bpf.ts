/**
 * Programs for the kernel that look at a frame and say how much of it is let up (classic BPF,
 * linux/filter.h): their instructions, and a decision tree over ranges of numbers.
 *
 * @module
 */
import { assert } from "../assert.ts";

/** One instruction: code, jump if true, jump if false, operand. */
export type Instruction = readonly [code: number, jt: number, jf: number, k: number];

/** More instructions than this the kernel does not take (BPF_MAXINSNS). */
export const INSTRUCTIONS_MAX = 4096;

/** Codes of instructions: what is loaded is big-endian, and goes to the one register. */
export const Code = {
  LOAD_WORD: 0x20,
  LOAD_HALF: 0x28,
  LOAD_BYTE: 0x30,
  /** Sets the index register, which is added to the offset of what is loaded INDEXED. */
  LOAD_INDEX: 0x01,
  LOAD_HALF_INDEXED: 0x48,
  LOAD_BYTE_INDEXED: 0x50,
  SHIFT_RIGHT: 0x74,
  /** Its operand is how far; the other jumps have 8 bits for that. */
  JUMP: 0x05,
  JUMP_EQUAL: 0x15,
  JUMP_GREATER: 0x25,
  JUMP_NOT_LESS: 0x35,
  JUMP_BITS: 0x45,
  RETURN: 0x06,
} as const;

/** What a program returns to let up a frame of any size. */
export const WHOLE_FRAME = 0x40000;
/** The end of a program that lets the frame up. */
export const ACCEPT: Instruction = [Code.RETURN, 0, 0, WHOLE_FRAME];
/** The end of a program that does not. */
export const REJECT: Instruction = [Code.RETURN, 0, 0, 0];

/** Numbers from the first up to, and with, the last. */
export type KeyRange = readonly [first: number, last: number];

/** So many ranges share their ends: two instructions each, all in reach of a conditional jump. */
const BLOCK_RANGES = 120;
const JUMP_MAX = 255;

/**
 * A program that accepts where the register lies in one of `ranges`, which are in order and do not
 * touch. It takes about two instructions a range, and a frame runs through the logarithm of that.
 */
export function acceptRanges(ranges: readonly KeyRange[]): readonly Instruction[] {
  return ranges.length === 0 ? [REJECT] : split(ranges, 0);
}

/** Halves the ranges until the ends are in reach; `least` is what the register is known to be. */
function split(ranges: readonly KeyRange[], least: number): readonly Instruction[] {
  const middle = ranges.length >> 1;
  const start = ranges[middle]?.[0];
  if (ranges.length <= BLOCK_RANGES || start === undefined) return block(ranges, least);
  const left = split(ranges.slice(0, middle), least);
  const right = split(ranges.slice(middle), start);
  return [
    [Code.JUMP_NOT_LESS, 0, 1, start],
    [Code.JUMP, 0, 0, left.length],
    ...left,
    ...right,
  ];
}

/** A jump to an instruction of the same block, or to one of its ends. */
type Goal = number | "accept" | "reject";
type Test = readonly [code: number, yes: Goal, no: Goal, k: number];

/** A tree with its own two ends behind it. */
function block(ranges: readonly KeyRange[], least: number): readonly Instruction[] {
  const tests: Test[] = [];
  addTests(tests, ranges, least);
  const distance = (goal: Goal, at: number): number => {
    const place = goal === "accept" ? tests.length : goal === "reject" ? tests.length + 1 : goal;
    assert(place > at && place - at - 1 <= JUMP_MAX, "a jump is out of reach");
    return place - at - 1;
  };
  const jumps = tests.map(([code, yes, no, k], at): Instruction => [
    code,
    distance(yes, at),
    distance(no, at),
    k,
  ]);
  return [...jumps, ACCEPT, REJECT];
}

function addTests(tests: Test[], ranges: readonly KeyRange[], least: number): void {
  const middle = ranges.length >> 1;
  const [first, last] = ranges[middle] ?? [0, 0];
  const next = tests.length + 1;
  if (ranges.length > 1) {
    tests.push([Code.JUMP_NOT_LESS, next, next, first]);
    addTests(tests, ranges.slice(middle), first);
    tests[next - 1] = [Code.JUMP_NOT_LESS, next, tests.length, first];
    addTests(tests, ranges.slice(0, middle), least);
  } else if (first === last) {
    tests.push([Code.JUMP_EQUAL, "accept", "reject", first]);
  } else {
    if (least < first) tests.push([Code.JUMP_NOT_LESS, next, "reject", first]);
    tests.push([Code.JUMP_GREATER, "reject", "accept", last]);
  }
}
