/**
 * The plain engine goes through the suites of all engines.
 *
 * @module
 */
import { PlainEngine } from "../lib/engine/plain.ts";
import { engineCases } from "./engine_case.ts";
import { enginePortsCases } from "./engine_ports_case.ts";

engineCases("plain", PlainEngine.prepare);
enginePortsCases("plain", PlainEngine.prepare);
