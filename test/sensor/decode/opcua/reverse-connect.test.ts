import { describe, expect, test } from 'vitest';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import { AssetBook } from '#sensor/output/assets.ts';
import { isOpcua } from '../../../support/captures.ts';
import { Connection } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { readSegments, type Sent } from '../../../support/shapes.ts';

/** A server that opens the TCP connection to its client, and says so by RHE. OPC 10000-6, 7.1.3. */
const TOKEN = Buffer.from('token');
const SERVER = { ip: '192.0.2.7', port: 50_000 };
const CLIENT = { ip: '192.0.2.10', port: 4841 };
const [SYN, SYN_ACK, ACK] = [2, 18, 16];

/** Segments of the handshake of TCP. */
const HANDSHAKE = 3;

/** What the server (0) and the client (1) send, in the order of the wire. */
const DIALOGUE: readonly (readonly [0 | 1, Buffer])[] = [
  [0, ua.reverseHello('urn:plc', 'opc.tcp://plc:4840')],
  [1, ua.hello()],
  [0, ua.acknowledge()],
  [1, ua.openRequest()],
  [0, ua.openResponse()],
  [1, ua.message({ sequence: 2, request: 2 }, ua.writeRequest(TOKEN, 'i=84', ua.double(1)))],
  [0, ua.message({ sequence: 2, request: 2 }, ua.writeResponse(0))],
];

function segments(hasHandshake: boolean): Sent[] {
  const sent: Sent[] = [];
  const next: [number, number] = [1000, 2000];
  const send = (side: 0 | 1, flags: number, payload: Buffer): void => {
    const [from, to] = side === 0 ? [SERVER, CLIENT] : [CLIENT, SERVER];
    sent.push({
      from: from.ip,
      to: to.ip,
      sourcePort: from.port,
      destinationPort: to.port,
      sequence: next[side],
      acknowledgment: next[side === 0 ? 1 : 0],
      flags,
      payload,
      at: 1_700_000_000_000_000 + sent.length * 1000,
    });
    next[side] += payload.length + (flags === ACK ? 0 : 1);
  };
  if (hasHandshake) {
    send(0, SYN, Buffer.alloc(0));
    send(1, SYN_ACK, Buffer.alloc(0));
    send(0, ACK, Buffer.alloc(0));
  }
  for (const [side, bytes] of DIALOGUE) send(side, ACK, bytes);
  return sent;
}

describe('a server that calls', () => {
  test.each([
    ['seen from the handshake on', segments(true), 5],
    ['seen from its RHE on', segments(false), 5],
    ['whose RHE was lost', segments(true).filter((_, i) => i !== HANDSHAKE), 4],
  ])('%s is the server, and the other end the client', (_, sent, count) => {
    const exchanges = readSegments(sent).events.filter(isOpcua);
    expect(exchanges).toHaveLength(count);
    for (const { client, server, opcua, facts } of exchanges) {
      expect([client, server]).toMatchObject([CLIENT, SERVER]);
      expect(opcua.reverseConnect).toBe(true);
      expect(facts).toEqual([]);
    }
    expect(exchanges.at(-1)).toMatchObject({
      outcome: 'success',
      operations: [{ kind: 'write', service: 'Write' }],
    });
  });

  test('serves no port in the inventory', () => {
    const book = new AssetBook();
    for (const event of readSegments(segments(true)).events) book.event(event);
    const [server, client] = [...book.documents()];
    expect(server).toMatchObject({ ip: SERVER.ip, roles: ['server'], applications: ['urn:plc'] });
    expect(server).not.toHaveProperty('ports');
    expect(client).toMatchObject({ ip: CLIENT.ip, roles: ['client'] });
  });

  test('is not remembered as a server of the port from which it called', () => {
    const servers = new KnownServers();
    const connection = new Connection({
      protocol: 'opcua',
      ports: [50_000, 4841],
      client: 0,
      servers,
    });
    for (const [side, bytes] of DIALOGUE) connection.send(side, bytes);
    expect(connection.opcua).toHaveLength(5);
    // What it says from there later is nobody's, and no fault.
    const stranger = new Connection({
      protocol: 'opcua',
      ports: [50_000, 4842],
      client: 1,
      servers,
    });
    expect(stranger.send(1, Buffer.from('GET / HTTP/1.1')).end().events).toEqual([]);
  });
});

test('a server that answers and one that calls are told apart where only one side was captured', () => {
  const heard = (side: 0 | 1): unknown => {
    const sent = segments(false).filter(
      ({ sourcePort }) => (sourcePort === SERVER.port) === (side === 0),
    );
    return readSegments(sent)
      .events.filter(isOpcua)
      .map(({ client }) => client.ip);
  };
  expect(new Set(heard(0) as string[])).toEqual(new Set([CLIENT.ip]));
  expect(new Set(heard(1) as string[])).toEqual(new Set([CLIENT.ip]));
});
