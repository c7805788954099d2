/** A conversation of real stacks as frames, to be carried by other links, and what was read of it. */
import { readCaptureFile } from '#sensor/capture/file.ts';
import type { ModbusExchange, SensorEvent } from '#sensor/model/event.ts';

/** pymodbus on both sides, over IPv4 and the loopback interface, which has no MAC addresses. */
const CAPTURE = 'test/captures/peers/modbus-pymodbus-all-fcs.pcap';
const SERVER_PORTS: ReadonlySet<number> = new Set([502, 5020]);
const CLIENT_MAC = '02005e100007';
const SERVER_MAC = '02005e10000a';

/** Its frames, untagged Ethernet, with MAC addresses: 02-00-5E-10-00-07 is the client, -0A the server. */
export function peerFrames(): Buffer[] {
  const frames: Buffer[] = [];
  readCaptureFile(CAPTURE, ({ bytes, offset, capturedLength }) => {
    const frame = Buffer.from(bytes.subarray(offset, offset + capturedLength));
    const fromServer = SERVER_PORTS.has(frame.readUInt16BE(34));
    const macs = fromServer ? CLIENT_MAC + SERVER_MAC : SERVER_MAC + CLIENT_MAC;
    frame.set(Buffer.from(macs, 'hex'));
    frames.push(frame);
  });
  return frames;
}

/** The same frame over IPv6: both addresses become `2001:db8::` and the IPv4 address. */
export function overSix(frame: Buffer): Buffer {
  const payload = frame.subarray(34, 14 + frame.readUInt16BE(16));
  const header = Buffer.alloc(40);
  header.writeUInt8(0x60, 0);
  header.writeUInt16BE(payload.length, 4);
  header.writeUInt8(6, 6);
  header.writeUInt8(64, 7);
  for (const [at, from] of [
    [8, 26],
    [24, 30],
  ] as const) {
    header.writeUInt32BE(0x2001_0db8, at);
    header.set(frame.subarray(from, from + 4), at + 12);
  }
  return Buffer.concat([frame.subarray(0, 12), Buffer.from('86dd', 'hex'), header, payload]);
}

/** The frame with another port of the client: the bits of `change` are turned. */
export function withOtherPort(frame: Buffer, change: number): Buffer {
  const copy = Buffer.from(frame);
  const ports = frame.readUInt16BE(12) === 0x86dd ? 54 : 34;
  const client = SERVER_PORTS.has(frame.readUInt16BE(ports)) ? ports + 2 : ports;
  copy.writeUInt16BE(frame.readUInt16BE(client) ^ change, client);
  return copy;
}

export const exchangesOf = (events: readonly SensorEvent[]): ModbusExchange[] =>
  events.flatMap((event) =>
    event.kind === 'exchange' && event.protocol === 'modbus' ? [event] : [],
  );

/** The exchanges without what a link decides: the form of the addresses, and MAC addresses. */
export const saidBy = (events: readonly SensorEvent[]) =>
  exchangesOf(events).map(({ client, server, ...rest }) => ({
    ...rest,
    ports: [client.port, server.port],
  }));

/** Frame number, transaction and function of each message, as `tsharkModbus` has them. */
export const messagesOf = (events: readonly SensorEvent[]): string[] =>
  exchangesOf(events)
    .flatMap(({ modbus: { transactionId, functionCode }, frames }) =>
      [frames.request.at(-1), frames.response.at(-1)]
        .filter((frame) => frame !== undefined)
        .map((frame) => `${frame} ${transactionId} ${functionCode}`),
    )
    .sort();
