import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCaptureFile } from '#sensor/capture/file.ts';
import { PacketRing } from '#sensor/capture/ring.ts';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import { evidenceCutter } from '#sensor/judge/evidence.ts';
import type { Alert } from '#sensor/model/alert.ts';
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import { EcsWriter } from '#sensor/output/ecs.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { readCommand } from '#sensor/read/read.ts';
import { keptOf } from '#sensor/store/kept-exchange.ts';
import { SensorStore } from '#sensor/store/sensor-store.ts';
import { haveSharedCaptures, SHARED_CAPTURES } from '../../support/captures.ts';
import { fragments, payloadLength, piecesAt } from '../../support/fragments.ts';
import * as ua from '../../support/opcua.ts';
import { capturedPacket, tcpFrame } from '../../support/packets.ts';
import { TUNNELS } from '../../support/tunnels.ts';

/** Everything that leaves the sensor about some packets: events, and a slice around each of them. */
function everythingOf(feed: (sink: (packet: CapturedPacket) => void) => void): {
  readonly events: readonly SensorEvent[];
  readonly texts: readonly Buffer[];
  readonly slices: readonly Buffer[];
} {
  const ring = new PacketRing(4_000_000);
  const events: SensorEvent[] = [];
  const slices: Buffer[] = [];
  const cut = evidenceCutter({
    ring,
    save: (name, pcapng) => {
      slices.push(pcapng);
      return name;
    },
  });
  const pipeline = createPipeline({
    detect: (event) => event,
    event: (event) => {
      events.push(event);
      // As an alert does: while the next message of the same segment was not read yet.
      if (event.kind === 'exchange')
        cut(alertOf([...event.frames.request, ...event.frames.response]));
      if (event.kind === 'fault') cut(alertOf([event.frame]));
    },
    routine: () => undefined,
    servers: new KnownServers(),
    shield: ring,
    everything: true,
    seed: 1,
  });
  let last = 0;
  feed((packet) => {
    ring.add(packet);
    pipeline.packet(packet);
    last = packet.number;
    // No alert is about a connection of which nothing was understood.
    if (events.length > 0) cut(alertOf([last]));
  });
  pipeline.finish(micros(1_700_000_001_000_000));
  for (let frame = 1; frame <= last; frame++) cut(alertOf([frame]));
  const ecs = new EcsWriter();
  const texts = events.map((event) => Buffer.from(JSON.stringify([event, ecs.document(event)])));
  return { events, texts, slices };
}

const alertOf = (frames: readonly number[]): Alert =>
  ({
    message: 'something happened',
    rule: { name: 'a rule' },
    lockkeeper: { alert: { id: 'al_1' }, frames },
  }) as unknown as Alert;

const PASSWORD = 'correct horse battery';
const TOKEN = Buffer.from('this is the authentication token');
const CLIENT_NONCE = Buffer.from('nonce of the client, 32 bytes ..');
const SERVER_NONCE = Buffer.from('nonce of the server, 32 bytes ..');
const KEY_PASSWORD = 'opens the private key';
const PRIVATE_KEY = Buffer.from('-----BEGIN PRIVATE KEY-----');
const SECRETS: readonly Buffer[] = [
  ...[Buffer.from(PASSWORD), TOKEN, CLIENT_NONCE, SERVER_NONCE],
  ...[Buffer.from(KEY_PASSWORD), PRIVATE_KEY],
];

interface Sent {
  readonly fromClient: boolean;
  readonly bytes: Buffer;
}

/** A session with a password, as what each side sends. */
function session(): Sent[] {
  const sequences = { client: 1, server: 1 };
  const client = (request: number, content: Buffer): Sent => ({
    fromClient: true,
    bytes: ua.message({ sequence: ++sequences.client, request }, content),
  });
  const server = (request: number, content: Buffer): Sent => ({
    fromClient: false,
    bytes: ua.message({ sequence: ++sequences.server, request }, content),
  });
  return [
    { fromClient: true, bytes: ua.hello() },
    { fromClient: false, bytes: ua.acknowledge() },
    { fromClient: true, bytes: ua.openRequest({ nonce: CLIENT_NONCE }) },
    { fromClient: false, bytes: ua.openResponse({ nonce: SERVER_NONCE }) },
    client(2, ua.createSessionRequest({ nonce: CLIENT_NONCE })),
    server(2, ua.createSessionResponse(TOKEN, SERVER_NONCE)),
    client(3, ua.activateSessionRequest(TOKEN, ua.userName('joe', PASSWORD))),
    server(3, ua.activateSessionResponse(0, SERVER_NONCE)),
    client(4, ua.readRequest(TOKEN, ['ns=2;s=Boiler'])),
    server(4, ua.readResponse([ua.double(1.5)])),
    client(
      5,
      ua.callRequest(
        TOKEN,
        { object: 'ns=2;i=141', method: 'ns=2;i=154', arguments: [ua.string(KEY_PASSWORD)] },
        { object: 'i=14443', method: 'i=15215', arguments: [ua.string(KEY_PASSWORD)] },
      ),
    ),
    server(5, ua.callResponse([ua.byteString(PRIVATE_KEY)], [ua.byteString(PRIVATE_KEY)])),
    client(6, ua.closeSessionRequest(TOKEN)),
  ];
}

interface Segment extends Sent {
  /** Number of the first byte in its direction. */
  readonly from: number;
}

/** Cuts each message into pieces of `size` bytes. */
function segments(sent: readonly Sent[], size: number): Segment[] {
  const next = { client: 0, server: 0 };
  return sent.flatMap(({ fromClient, bytes }) => {
    const side = fromClient ? 'client' : 'server';
    const pieces: Segment[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size);
      pieces.push({ fromClient, bytes: piece, from: next[side] });
      next[side] += piece.length;
    }
    return pieces;
  });
}

/** How a frame comes; the number is its own. */
type Carry = (frame: Buffer, number: number) => readonly Buffer[];

const inPieces: Carry = (frame, number) => {
  const every = Array.from({ length: 40 }, (_, i) => 3 + 2 * i);
  return fragments(frame, piecesAt(every, payloadLength(frame)), number);
};

/** The segments as captured packets, a handshake before them unless the capture begins later. */
function play(list: readonly Segment[], handshake = true, carry: Carry = (frame) => [frame]) {
  return (sink: (packet: CapturedPacket) => void): void => {
    let number = 0;
    const send = (fromClient: boolean, sequence: number, flags: number, payload: Buffer): void => {
      const ends = fromClient
        ? { from: '192.0.2.7', to: '192.0.2.10', sourcePort: 49_152, destinationPort: 62_541 }
        : { from: '192.0.2.10', to: '192.0.2.7', sourcePort: 62_541, destinationPort: 49_152 };
      const frame = tcpFrame({ ...ends, sequence, flags, payload });
      for (const piece of carry(frame, number + 1)) {
        number++;
        sink(capturedPacket(piece, number));
      }
    };
    if (handshake) {
      send(true, 1000, 2, Buffer.alloc(0));
      send(false, 5000, 18, Buffer.alloc(0));
    }
    for (const { fromClient, from, bytes } of list) {
      send(fromClient, (fromClient ? 1001 : 5001) + from, 16, bytes);
    }
  };
}

/** Secrets that `haystack` holds, whole or their first or last eight bytes. */
function found(haystacks: readonly Buffer[], secrets: readonly Buffer[] = SECRETS): string[] {
  return secrets.flatMap((secret) => {
    const parts = [secret, secret.subarray(0, 8), secret.subarray(-8)];
    const forms = parts.flatMap((part) => [
      part,
      Buffer.from(part.toString('base64').slice(0, 8)),
      Buffer.from(part.toString('hex')),
    ]);
    const is = haystacks.some((haystack) => forms.some((form) => haystack.includes(form)));
    return is ? [secret.toString('latin1')] : [];
  });
}

describe('no secret leaves the sensor', () => {
  const whole = segments(session(), 100_000);

  test('the raw packets hold all of them, so that this test can fail', () => {
    expect(found(whole.map(({ bytes }) => bytes))).toHaveLength(SECRETS.length);
  });

  const shapes: readonly (readonly [string, readonly Segment[], boolean?])[] = [
    ['whole messages', whole],
    ['segments of 11 bytes, so that each straddles some', segments(session(), 11)],
    ['segments of one byte', segments(session(), 1)],
    ['each segment sent again', segments(session(), 100).flatMap((each) => [each, each])],
    ['each sent again much later', [...segments(session(), 40), ...segments(session(), 90)]],
    [
      'each two segments swapped',
      segments(session(), 60).flatMap((_, i, all) =>
        i % 2 === 0 ? [all[i + 1], all[i]].filter((each) => each !== undefined) : [],
      ),
    ],
    ['a capture that begins within', segments(session(), 30).slice(22), false],
    ['every seventh segment lost', segments(session(), 30).filter((_, i) => i % 7 !== 6)],
  ];

  test.for(shapes)('%s', ([, list, handshake = true]) => {
    const { texts, slices } = everythingOf(play(list, handshake));
    expect(slices.length).toBeGreaterThan(0);
    expect(found(texts)).toEqual([]);
    expect(found(slices)).toEqual([]);
  });

  test.for([
    ['packets that were cut into fragments on their way', inPieces],
    ...TUNNELS.flatMap(({ name, kind, wrap }): [string, Carry][] => [
      [name, (frame) => [wrap(frame)]],
      [`${name} around fragments`, (frame, number) => inPieces(frame, number).map(wrap)],
      ...(kind === 'mpls' || kind === 'pppoe'
        ? []
        : [
            [`${name} cut into fragments`, (frame, number) => inPieces(wrap(frame), number)] as [
              string,
              Carry,
            ],
          ]),
    ]),
  ] as const)('%s', ([, carry]) => {
    const { events, texts, slices } = everythingOf(play(whole, true, carry));
    expect(events.filter(({ kind }) => kind === 'exchange').length).toBeGreaterThan(5);
    expect(slices.length).toBeGreaterThan(0);
    expect(found([...texts, ...slices])).toEqual([]);
  });

  test('what is no secret can still be read in the slices', () => {
    const { slices } = everythingOf(play(whole));
    const all = Buffer.concat(slices);
    for (const word of ['opc.tcp://plc:4840', 'urn:client', 'a session', 'joe', 'Boiler']) {
      expect(all.includes(word)).toBe(true);
    }
  });

  test('a second message in the segment of the first one is hidden until it is read', () => {
    const [a, b, c, d, e, f, g, ...rest] = session();
    const parts = [a, b, c, d, e, f].filter((each) => each !== undefined);
    const last = rest.at(-1);
    if (g === undefined || last === undefined) throw new Error('no session');
    // The beginning of the password stands behind a whole message.
    const half = g.bytes.indexOf('horse');
    const joined = {
      fromClient: true,
      bytes: Buffer.concat([last.bytes, g.bytes.subarray(0, half)]),
    };
    const { texts, slices } = everythingOf(play(segments([...parts, joined], 10_000)));
    expect(found([...texts, ...slices])).toEqual([]);
  });
});

const CAPTURE = join(SHARED_CAPTURES, '_peers/opcua-none-userpass.pcap');

/** What stands behind the user name of the one who logs in. */
function encryptedPassword(path: string): Buffer {
  const bytes = readFileSync(path);
  const name = Buffer.concat([Buffer.from([8, 0, 0, 0]), Buffer.from('operator')]);
  const at = bytes.indexOf(name) + name.length;
  return Buffer.from(bytes.subarray(at + 4, at + 4 + bytes.readUInt32LE(at)));
}

describe.runIf(haveSharedCaptures())('the password of a real session', () => {
  /** node-opcua encrypts it with the server's key even where the channel is open; it is hidden all the same. */
  const secret = haveSharedCaptures() ? [encryptedPassword(CAPTURE)] : [];

  test('is in no event and no slice', () => {
    const { texts, slices, events } = everythingOf((sink) => readCaptureFile(CAPTURE, sink));
    expect(events.length).toBeGreaterThan(20);
    expect(found([readFileSync(CAPTURE)], secret)).toHaveLength(1);
    expect(found([...texts, ...slices], secret)).toEqual([]);
  });

  test('is in no output of sensor read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-secrets-'));
    try {
      const out = (name: string): string => join(folder, name);
      const shown: string[] = [];
      const code = readCommand(
        [
          CAPTURE,
          ...['exchanges', 'alerts', 'assets', 'stats', 'evidence'].flatMap((name) => [
            `--${name}`,
            out(name),
          ]),
          '--learn-until',
          'frame:1',
        ],
        {
          write: (text) => shown.push(text),
          complain: (text) => shown.push(text),
          ansi: false,
          cost: () => ({ cpuSeconds: 0, rssMib: 0 }),
          ownRules: 'rules',
          seed: 1,
        },
      );
      expect(code).toBe(0);
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
      expect(files.length).toBeGreaterThan(4);
      expect(found([...files, Buffer.from(shown.join('\n'))], secret)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('is not in the database of the sensor', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-secrets-'));
    try {
      const path = join(folder, 'sensor.db');
      const { events } = everythingOf((sink) => readCaptureFile(CAPTURE, sink));
      const exchanges = events.filter((event) => event.kind === 'exchange');
      const store = new SensorStore(path);
      const nothing = {
        alerts: [],
        routine: [],
        assets: [],
        faults: [],
        health: [],
        evidence: [],
      };
      store.commit({ ...nothing, exchanges: exchanges.map(keptOf) }, micros(1_700_000_000_000_000));
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
      store.close();
      expect(Buffer.concat(files).includes('Boiler.SetPoint')).toBe(true);
      expect(found(files, secret)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
