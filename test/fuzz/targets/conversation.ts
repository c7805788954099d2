/**
 * A connection as a decoder sees it. The input is a script, one line after the other:
 *
 *     offset  size  field
 *     0       1     flags        1 = of the server, 2 = a gap before it, 4 = 12 s before it, 8 = that side ends after it
 *     1       2     length       big-endian
 *     3       ..    payload
 */
import type { ConversationFault, Exchange } from '#sensor/model/event.ts';
import type { Protocol } from '#sensor/model/net.ts';
import { EcsWriter } from '#sensor/output/ecs.ts';
import { Connection } from '../../support/conversation.ts';
import * as ua from '../../support/opcua.ts';
import type { Target } from '../target.ts';
import { promised } from './broken.ts';

const OF_SERVER = 1;
const GAP = 2;
const WAIT = 4;
const ENDS = 8;
const HEAD = 3;
const WAIT_MICROS = 12_000_000;

const said = (flags: number, payload: Buffer): Buffer => {
  const head = Buffer.from([flags, 0, 0]);
  head.writeUInt16BE(payload.length, 1);
  return Buffer.concat([head, payload]);
};

const script = (...lines: readonly (readonly [flags: number, payload: Buffer])[]): Buffer =>
  Buffer.concat(lines.map((line) => said(...line)));

function play(protocol: Protocol, bytes: Buffer): void {
  const ports = [40_000, protocol === 'modbus' ? 502 : 4840] as const;
  const connection = new Connection({ protocol, ports, client: 0, everything: true });
  for (let at = 0; at + HEAD <= bytes.length; ) {
    const flags = bytes.readUInt8(at);
    const length = bytes.readUInt16BE(at + 1);
    const side = (flags & OF_SERVER) === 0 ? 0 : 1;
    if ((flags & WAIT) !== 0) connection.wait(WAIT_MICROS);
    if ((flags & GAP) !== 0) connection.gap(side);
    connection.send(side, bytes.subarray(at + HEAD, at + HEAD + length));
    at += HEAD + length;
    if ((flags & ENDS) !== 0) break;
  }
  connection.end();
  connection.flush();
  const writer = new EcsWriter();
  for (const event of connection.events) told(event, connection.frame, writer);
}

/** What is told names frames that were seen, and can be written. */
function told(event: Exchange | ConversationFault, frames: number, writer: EcsWriter): void {
  const named =
    event.kind === 'fault' ? [event.frame] : [...event.frames.request, ...event.frames.response];
  promised(named.length > 0, 'an event names no frame');
  promised(
    named.every((frame) => frame >= 0 && frame <= frames),
    `an event names frames ${named.join()} of ${frames}`,
  );
  for (const { name, text } of event.facts) promised(name !== '' && text !== '', 'a fact is empty');
  const document = JSON.stringify(writer.document(event));
  promised(!document.includes('null'), `null is written: ${document}`);
}

const adu = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

export const MODBUS_CONVERSATION: Target = {
  name: 'modbus-conversation',
  promise: 'what is told names frames that were seen, and can be written as JSON',
  most: 600,
  share: 150,
  words: ['0000 0006', '0001 0000 0006 01', '01 0000 06', '02 0000 06', '01 0000 05'].map(adu),
  work: { each: 100, fixed: 8000 },
  seeds: [
    script(
      [0, adu('0001 0000 0006 01 03 006b 0003')],
      [OF_SERVER, adu('0001 0000 0009 01 03 06 022b00000064')],
      [0, adu('0002 0000 0006 01 06 0001 0003')],
      [OF_SERVER, adu('0002 0000 0006 01 06 0001 0003')],
      [0, adu('0003 0000 0006 ff 05 00ac ff00')],
      [OF_SERVER, adu('0003 0000 0003 ff 85 02')],
    ),
    script(
      [0, adu('0001 0000 0006 01 01 0000 0010 0002 0000 0006 01 01 0000 0010')],
      [OF_SERVER, adu('0002 0000 0005 01 01 02 0000 0001 0000 0005 01 01 02 ffff')],
      [WAIT, adu('0003 0000 0005 01 2b 0e 01 00')],
      [OF_SERVER | GAP, adu('0003 0000 000d 01 2b 0e 01 01 00 00 01 00 03 414243')],
    ),
    script(
      [0, adu('0009 0000 0006 01')],
      [0, adu('08 0001 0000')],
      [OF_SERVER, adu('0009 0000 0006 01 08 0001 0000')],
      [0, adu('000a 0000 000b 01 10 0001 0002 04 000a 0102')],
      [OF_SERVER | ENDS, adu('000a 0000 0006 01 10 0001 0002')],
    ),
    script(
      [0, adu('01 03 0000 000a c5cd')],
      [OF_SERVER, adu('01 03 02 002a 399b')],
      [0, adu('01 06 0064 05dc cadc 01 03 0000 000a c5cd')],
      [GAP, adu('03 0000 01 06 0064 05dc cadc')],
    ),
    script(
      [0, adu('0001 0000 0005 01 2b 0e 03 00')],
      [OF_SERVER, adu('0001 0000 000d 01 2b 0e 03 83 ff 01 01 00 03 414243')],
      [0, adu('0002 0000 0005 01 2b 0e 03 01')],
      [OF_SERVER, adu('0002 0000 000d 01 2b 0e 03 83 00 00 01 80 03 414243')],
      [0, adu('0003 0000 000e 00 5a 00 10 434c0000 03 414243 00')],
      [OF_SERVER, adu('0003 0000 0005 00 5a 00 fe bc')],
    ),
  ],
  run: (bytes) => play('modbus', bytes),
};

const TOKEN = Buffer.from('token');

const opened = [
  [0, ua.hello()],
  [OF_SERVER, ua.acknowledge()],
  [0, ua.openRequest()],
  [OF_SERVER, ua.openResponse()],
] as const;

const message = (sequence: number, content: Buffer, chunk: 'F' | 'C' | 'A' = 'F'): Buffer =>
  ua.message({ sequence, request: sequence, chunk }, content);

const encrypted = Buffer.alloc(96, 0xa5);

export const OPCUA_CONVERSATION: Target = {
  name: 'opcua-conversation',
  promise: 'what is told names frames that were seen, and can be written as JSON',
  most: 2000,
  share: 120,
  words: [
    ...['HELF', 'ACKF', 'ERRF', 'RHEF', 'OPNF', 'CLOF', 'MSGF', 'MSGC', 'MSGA'].map((type) =>
      Buffer.from(type),
    ),
    ...[1, 2, 8, 24, 28, 64].map(ua.u32),
  ],
  work: { each: 100, fixed: 10_000 },
  seeds: [
    script(
      ...opened,
      [0, message(2, ua.createSessionRequest({ name: 'panel', uri: 'urn:hmi' }))],
      [OF_SERVER, message(2, ua.createSessionResponse(TOKEN))],
      [0, message(3, ua.activateSessionRequest(TOKEN, ua.userName('joe', 'secret')))],
      [OF_SERVER, message(3, ua.activateSessionResponse())],
      [0, message(4, ua.writeRequest(TOKEN, 'ns=2;s=SetPoint', ua.double(80.5)))],
      [OF_SERVER, message(4, ua.writeResponse(0))],
      [0, message(5, ua.closeSessionRequest(TOKEN))],
    ),
    script(
      ...opened,
      [0, message(2, ua.readRequest(TOKEN, ['i=2255', 'ns=2;i=7'])).subarray(0, 40)],
      [0, message(2, ua.readRequest(TOKEN, ['i=2255', 'ns=2;i=7'])).subarray(40)],
      [OF_SERVER, message(2, ua.readResponse([ua.texts(['urn:a', 'urn:b']), ua.double(1)]))],
      [GAP, message(4, ua.browseRequest(TOKEN, ['i=85']))],
    ),
    script(
      ...opened,
      [0, message(2, ua.writeRequest(TOKEN, 'i=5', ua.double(1)).subarray(0, 30), 'C')],
      [0, message(3, ua.writeRequest(TOKEN, 'i=5', ua.double(1)).subarray(30))],
      [OF_SERVER, message(2, ua.writeResponse(0), 'C')],
      [OF_SERVER | WAIT, message(3, Buffer.alloc(12), 'A')],
    ),
    script(
      [0, ua.hello()],
      [OF_SERVER, ua.acknowledge()],
      [0, ua.openRequest({ policy: 'Basic256Sha256', certificate: encrypted })],
      [OF_SERVER, ua.openResponse({ policy: 'Basic256Sha256', certificate: encrypted })],
      [0, message(2, encrypted)],
      [OF_SERVER, message(2, encrypted)],
    ),
  ],
  run: (bytes) => play('opcua', bytes),
};
