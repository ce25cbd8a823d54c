/**
 * The plain engine goes through the suite of all engines.
 *
 * @module
 */
import { PlainEngine } from "../lib/engine/plain.ts";
import { engineCases } from "./engine_case.ts";

engineCases("plain", PlainEngine.prepare);
