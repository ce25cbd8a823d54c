/**
 * A small interpreter of the kernel's programs (classic BPF, linux/filter.h).
 *
 * @module
 */
import { assert, assertEquals, fail } from "@std/assert";
import { Code, type Instruction, INSTRUCTIONS_MAX } from "../lib/wire/bpf.ts";

/** sll_pkttype of a frame (linux/if_packet.h). */
export const HOST = 0;
export const BROADCAST = 1;
export const MULTICAST = 2;
export const OTHERHOST = 3;
export const OUTGOING = 4;

/** Index of the interface that a frame came by where nobody says. */
export const INDEX = 5;

const PACKET_TYPE = 0xfffff004;
const INTERFACE_INDEX = 0xfffff008;
const SIZES: Readonly<Record<number, number>> = {
  [Code.LOAD_WORD]: 4,
  [Code.LOAD_HALF]: 2,
  [Code.LOAD_BYTE]: 1,
};
/** The same, relative to the index register. */
const INDEXED_SIZES: Readonly<Record<number, number>> = {
  [Code.LOAD_HALF_INDEXED]: 2,
  [Code.LOAD_BYTE_INDEXED]: 1,
};
const CONDITIONS: Readonly<Record<number, (register: number, k: number) => boolean>> = {
  [Code.JUMP_EQUAL]: (register, k) => register === k,
  [Code.JUMP_GREATER]: (register, k) => register > k,
  [Code.JUMP_NOT_LESS]: (register, k) => register >= k,
  [Code.JUMP_BITS]: (register, k) => (register & k) !== 0,
};

/** Runs a program as the kernel does. Returns how many bytes of the frame it lets through. */
export function run(
  program: readonly Instruction[],
  frame: Uint8Array,
  packetType: number,
  index: number = INDEX,
): number {
  let register = 0;
  let indexRegister = 0;
  for (let at = 0; at < program.length; at++) {
    const [code, jt, jf, k] = program[at] ?? fail(`there is no instruction ${at}`);
    const offset = code in INDEXED_SIZES ? k + indexRegister : k;
    const size = SIZES[code] ?? INDEXED_SIZES[code];
    const condition = CONDITIONS[code];
    if (code === Code.RETURN) return k;
    if (code === Code.LOAD_INDEX) indexRegister = k;
    else if (code === Code.JUMP) at += k;
    else if (code === Code.SHIFT_RIGHT) register >>>= k;
    else if (condition !== undefined) at += condition(register, k) ? jt : jf;
    else if (size === undefined) fail(`the code ${code} is not known`);
    else if (k === PACKET_TYPE) register = packetType;
    else if (k === INTERFACE_INDEX) register = index;
    else if (offset + size > frame.length) return 0; // the kernel drops what it cannot load
    else {
      register = 0;
      for (let byte = 0; byte < size; byte++) {
        register = register * 256 + (frame[offset + byte] ?? 0);
      }
    }
  }
  return fail("the program ends without a return");
}

/** Fails where the kernel would not take the program. */
export function assertTakes(program: readonly Instruction[]): void {
  assert(program.length <= INSTRUCTIONS_MAX, `${program.length} instructions`);
  program.forEach(([code, jt, jf, k], at) => {
    const isJump = code in CONDITIONS;
    assert(isJump || (jt === 0 && jf === 0), `instruction ${at} is no jump`);
    const far = code === Code.JUMP ? k : Math.max(jt, jf);
    assert(!isJump || far <= 0xff, `instruction ${at} jumps too far`);
    assert(at + 1 + far < program.length || at + 1 === program.length, `${at} jumps out`);
  });
  assertEquals(program.at(-1)?.[0], Code.RETURN);
}
