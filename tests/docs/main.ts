/**
 * `deno task docs`: writes the references of docs/ from the tables of the program.
 *
 * @module
 */
import { REFERENCE, reference } from "./commands.ts";
import { ROOT } from "./markdown.ts";
import { CONFIG_REFERENCE, configReference } from "./service_config.ts";

Deno.writeTextFileSync(ROOT + REFERENCE, await reference());
Deno.writeTextFileSync(ROOT + CONFIG_REFERENCE, await configReference());
