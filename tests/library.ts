/**
 * Opens libc before the first test of a file: it stays open on purpose, and Deno before 2.9 takes a
 * library that a test leaves open for a leak of that test.
 *
 * @module
 */
import { libc } from "../ffi/libc.ts";

libc();
