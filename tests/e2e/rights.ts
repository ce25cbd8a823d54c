/**
 * What docs/service.md says of the rights of each thread of a service that runs as a user.
 *
 * @module
 */
import { CAP_NET_RAW, NOBODY } from "./bare_root.ts";

/** The fields of a status file that tell of rights. */
export function rightsOf(status: string): Record<string, string> {
  const lines = status.matchAll(/^(Uid|Gid|Groups|Cap\w+|NoNewPrivs):\s*(.*?)\s*$/gm);
  return Object.fromEntries([...lines].map(([, name, value = ""]) => [name, value]));
}

/** The rights that such a thread has. */
export const RIGHTS: Readonly<Record<string, string>> = {
  Uid: new Array(4).fill(NOBODY).join("\t"),
  Gid: new Array(4).fill(NOBODY).join("\t"),
  Groups: `${NOBODY}`,
  CapInh: CAP_NET_RAW,
  CapPrm: CAP_NET_RAW,
  CapEff: CAP_NET_RAW,
  CapBnd: CAP_NET_RAW,
  CapAmb: CAP_NET_RAW,
  NoNewPrivs: "1",
};
