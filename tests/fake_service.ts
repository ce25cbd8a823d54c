/**
 * A service that remembers what it was asked, for the tests of the control socket and its commands.
 *
 * @module
 */
import {
  type AccessEdit,
  type AccessList,
  type ChangeReport,
  type ExportKeys,
  type ExportStatus,
  type InterfaceStatus,
  type Service,
  ServiceError,
  type ServiceStatus,
  type StateReport,
} from "../lib/control/service.ts";

const LATENCY = { count: 10, p50Us: 85, p90Us: 110.4, p99Us: 1240, maxUs: 20_000 };
const COUNTS = {
  reads: 100,
  writes: 50,
  flushes: 1,
  trims: 0,
  others: 9,
  readBytes: 819_200,
  writtenBytes: 409_600,
  readErrors: 0,
  writeErrors: 1,
  trimErrors: 0,
  syncErrors: 2,
};

/** An export as `e0.1`, with some of it otherwise. */
export function exportStatus(changes: Partial<ExportStatus> = {}): ExportStatus {
  return {
    name: "e0.1",
    shelf: 0,
    slot: 1,
    path: "/srv/one.img",
    sectors: 2048,
    condition: "serving",
    readOnly: false,
    sync: false,
    way: "cache",
    isFromFile: true,
    worker: 1,
    interfaces: ["eth0"],
    conflicts: [],
    buffers: 128,
    queueDepth: 3,
    counts: COUNTS,
    readLatency: LATENCY,
    writeLatency: { count: 0, p50Us: 0, p90Us: 0, p99Us: 0, maxUs: 0 },
    configString: "",
    masks: [],
    reservations: [],
    accept: null,
    deny: [],
    initiators: [],
    ...changes,
  };
}

/** An interface as `eth0`, with some of it otherwise. */
export function interfaceStatus(changes: Partial<InterfaceStatus> = {}): InterfaceStatus {
  return {
    name: "eth0",
    worker: 1,
    mac: "02:00:5e:10:00:01",
    mtu: 9000,
    sectorCount: 17,
    up: true,
    counts: { received: 1000, sent: 900, dropped: 4, noRoom: 1, cut: 0, sendErrors: 0 },
    ...changes,
  };
}

/** A service with `e0.1` and `eth0`, with some of it otherwise. */
export function serviceStatus(changes: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    version: "0.1.0",
    pid: 42,
    uptimeSeconds: 3723,
    nowMs: 1000,
    configFile: "/etc/dblade.toml",
    workers: 1,
    engine: "ring",
    exports: [exportStatus()],
    unserved: [],
    interfaces: [interfaceStatus()],
    ...changes,
  };
}

const NOTHING: ChangeReport = {
  added: [],
  removed: [],
  changed: [],
  unchanged: 1,
  problems: [],
  warnings: [],
};

/** The service. */
export class FakeService implements Service {
  /** What was asked: the method and its arguments. */
  readonly asked: (readonly unknown[])[] = [];
  /** What is answered to `status`, one after the other; the last one again and again. */
  statuses: readonly ServiceStatus[] = [serviceStatus()];
  /** What is answered to changes. */
  change: ChangeReport = NOTHING;
  /** The lists. */
  macs: readonly string[] = ["02:00:5e:10:00:0a"];
  /** What is stored. */
  state: StateReport = {
    name: "e0.1",
    path: "/var/lib/dblade/e0.1.json",
    configString: "web\n",
    masks: [],
    reservations: ["02:00:5e:10:00:0a"],
    setAside: null,
  };
  /** Thrown instead of an answer, where there is one. */
  failure: unknown;
  /** What is waited for before an answer. */
  gate: Promise<void> = Promise.resolve();

  status(): Promise<ServiceStatus> {
    const count = this.asked.filter(([method]) => method === "status").length;
    const status = this.statuses[Math.min(count, this.statuses.length - 1)];
    return this.#answer(status ?? serviceStatus(), "status");
  }

  reload(): Promise<ChangeReport> {
    return this.#answer(this.change, "reload");
  }

  add(keys: ExportKeys): Promise<ChangeReport> {
    return this.#answer(this.change, "add", keys);
  }

  remove(name: string): Promise<ChangeReport> {
    if (name !== "e0.1") throw new ServiceError(`there is no export "${name}"`, true);
    return this.#answer(this.change, "remove", name);
  }

  set(name: string, keys: ExportKeys): Promise<ChangeReport> {
    return this.#answer(this.change, "set", name, keys);
  }

  announce(name: string | undefined): Promise<number> {
    return this.#answer(name === undefined ? 3 : 1, "announce", name);
  }

  access(
    name: string,
    list: AccessList,
    edit: AccessEdit,
    macs: readonly string[],
  ): Promise<readonly string[]> {
    if (edit === "add") this.macs = [...this.macs, ...macs];
    if (edit === "del") this.macs = this.macs.filter((mac) => !macs.includes(mac));
    if (edit === "clear") this.macs = [];
    return this.#answer(this.macs, "access", name, list, edit, macs);
  }

  showState(name: string): Promise<StateReport> {
    return this.#answer(this.state, "showState", name);
  }

  clearState(name: string): Promise<StateReport> {
    this.state = { ...this.state, configString: "", reservations: [], setAside: null };
    return this.#answer(this.state, "clearState", name);
  }

  async #answer<T>(value: T, ...call: readonly unknown[]): Promise<T> {
    this.asked.push(call);
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    return value;
  }
}
