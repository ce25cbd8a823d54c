/**
 * `dblade status [EXPORT]`: how a service, its exports and its interfaces are, once or again and
 * again.
 *
 * @module
 */
import type { ControlClient } from "../../control/client.ts";
import { ratesOf } from "../../control/rates.ts";
import type { ServiceStatus } from "../../control/service.ts";
import { Exit } from "../exit.ts";
import { Interrupt } from "../interrupt.ts";
import { print } from "../output.ts";
import { Screen } from "../screen.ts";
import { exportOf, openService, optionalExportName } from "../service.ts";
import { statusText } from "../status_text.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

/** Time between the two answers that the first rates are from. */
const SAMPLE_MS = 500;
const INTERVAL_S = 2;
const INTERVAL_MIN_S = 0.1;
const INTERVAL_MAX_S = 86_400;

/** What is to be shown. */
interface View {
  /** The one export that it is about; undefined: all. */
  readonly name: string | undefined;
  readonly isJson: boolean;
  readonly hasClients: boolean;
}

/** Prints it. */
export async function run(values: CommandValues): Promise<number> {
  const name = optionalExportName(values);
  const hasClients = name !== undefined || values.has("clients");
  const view = { name, isJson: values.has("json"), hasClients };
  const interval = values.seconds("interval", INTERVAL_MIN_S, INTERVAL_MAX_S);
  if (interval !== undefined && !values.has("watch")) throw usage("--interval needs --watch");
  using service = await openService(values);
  if (values.has("watch")) await watch(service, view, (interval ?? INTERVAL_S) * 1000);
  else await once(service, view);
  return Exit.DONE;
}

async function once(service: ControlClient, view: View): Promise<void> {
  const before = await ask(service, view);
  await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  print(textOf(before, await ask(service, view), view, 2));
}

/**
 * Shows it until SIGINT or SIGTERM, or until nobody reads it; in the terminal's whole window where
 * there is one.
 */
async function watch(service: ControlClient, view: View, intervalMs: number): Promise<void> {
  let before = await ask(service, view);
  using interrupt = new Interrupt();
  // Whoever wishes the end does not wait for an answer.
  interrupt.signal.addEventListener("abort", () => service[Symbol.dispose]());
  using screen = Deno.stdout.isTerminal() && !view.isJson ? new Screen() : undefined;
  let isFirst = true;
  for (let waitMs = SAMPLE_MS;; waitMs = intervalMs) {
    await interrupt.sleep(waitMs);
    const now = interrupt.came ? undefined : await askUntil(interrupt, service, view);
    if (now === undefined) return;
    const text = textOf(before, now, view);
    if (screen !== undefined) screen.show(text);
    else if (!print(isFirst || view.isJson ? text : `\n${text}`)) return;
    isFirst = false;
    before = now;
  }
}

/** The status; undefined where a signal came first. */
async function askUntil(
  interrupt: Interrupt,
  service: ControlClient,
  view: View,
): Promise<ServiceStatus | undefined> {
  try {
    return await ask(service, view);
  } catch (error) {
    if (interrupt.came) return undefined;
    throw error;
  }
}

/** The status, with no more than the view is about. */
async function ask(service: ControlClient, { name }: View): Promise<ServiceStatus> {
  const status = await service.status();
  if (name === undefined) return status;
  const { served, unserved } = exportOf(status, name);
  if (served === undefined) {
    return { ...status, exports: [], unserved: [unserved], interfaces: [] };
  }
  const interfaces = status.interfaces.filter(({ name, worker }) =>
    served.interfaces.includes(name) && worker === served.worker
  );
  return { ...status, exports: [served], unserved: [], interfaces };
}

function textOf(before: ServiceStatus, now: ServiceStatus, view: View, indent?: number): string {
  const rates = ratesOf(before, now);
  if (view.isJson) return `${JSON.stringify({ ...now, rates }, undefined, indent)}\n`;
  return statusText(now, rates, view.hasClients);
}
