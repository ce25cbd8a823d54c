/**
 * The plain engine goes through the suites of all engines.
 *
 * @module
 */
import { openEngine } from "../lib/engine/open.ts";
import { engineCases, type OpenEngine } from "./engine_case.ts";
import { engineManyCases } from "./engine_many_case.ts";
import { enginePortsCases } from "./engine_ports_case.ts";

const openPlain: OpenEngine = (options, ports) => openEngine("plain", options, ports).engine;

engineCases("plain", openPlain);
enginePortsCases("plain", openPlain);
engineManyCases("plain", openPlain);
