/**
 * Requests as they are where they are counted.
 *
 * @module
 */
import { Status } from "../lib/ata/command.ts";
import { FrameViews, type PortAddress, Request, type RequestKind } from "../lib/target/request.ts";
import { Command, FLAG_RESPONSE, VERSION } from "../lib/wire/frame.ts";

export const PORT: PortAddress = {
  name: "eth0",
  mac: 0x02_00_00_00_aa_01,
  mtu: 1500,
  loopback: false,
};

/** One that was answered without an error, with two sectors. */
export function requestOf(kind: RequestKind, source = 0x02_00_00_00_00_11): Request {
  const request = new Request(0, new FrameViews(new DataView(new ArrayBuffer(2048))));
  request.frame.setVersionAndFlags(VERSION, FLAG_RESPONSE);
  request.frame.command = Command.ATA;
  request.ata.finish(Status.READY, 0, 0);
  request.port = PORT;
  request.kind = kind;
  request.source = source;
  request.length = 1024;
  return request;
}
