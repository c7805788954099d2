import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { connect, type SecureVersion, TLSSocket } from 'node:tls';
import fc from 'fast-check';
import forge from 'node-forge';
import { beforeAll, describe, expect, test } from 'vitest';
import { SecurityConversation } from '#sensor/decode/modbus/security-conversation.ts';
import type { Chunk } from '#sensor/decode/protocol.ts';
import { MAX_WAITING_COST, Waiting } from '#sensor/decode/waiting.ts';
import type { Fact } from '#sensor/model/fact.ts';
import { micros } from '#sensor/model/time.ts';
import { Connection, type ConversationOptions, hex } from '../../../support/conversation.ts';

const ROLE = '1.3.6.1.4.1.50316.802.1';

interface Party {
  readonly key: string;
  readonly cert: string;
}

/** A certificate of its own, with a role where one is given. */
function party(name: string, role?: string): Party {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const made = forge.pki.createCertificate();
  made.publicKey = keys.publicKey;
  made.serialNumber = '0a';
  made.validity.notBefore = new Date('2020-01-02T03:04:05Z');
  made.validity.notAfter = new Date('2040-01-02T03:04:05Z');
  made.setSubject([{ name: 'commonName', value: name }]);
  made.setIssuer([{ name: 'commonName', value: name }]);
  const { asn1 } = forge;
  const text = (value: string) =>
    asn1.toDer(asn1.create(asn1.Class.UNIVERSAL, asn1.Type.UTF8, false, value)).getBytes();
  made.setExtensions([
    { name: 'basicConstraints', cA: true },
    ...(role === undefined ? [] : [{ id: ROLE, value: text(role) }]),
  ]);
  made.sign(keys.privateKey, forge.md.sha256.create());
  return {
    key: forge.pki.privateKeyToPem(keys.privateKey),
    cert: forge.pki.certificateToPem(made),
  };
}

type Said = readonly (readonly [side: 0 | 1, bytes: Buffer])[];

/** What a client (side 0) and a server say to each other over TLS, a first message included. */
async function talk(
  version: SecureVersion,
  server: Party,
  client: Party | undefined,
): Promise<Said> {
  const said: [0 | 1, Buffer][] = [];
  const [left, farLeft] = duplexPair();
  const [right, farRight] = duplexPair();
  farLeft.on('data', (bytes: Buffer) => {
    said.push([0, Buffer.from(bytes)]);
    farRight.write(bytes);
  });
  farRight.on('data', (bytes: Buffer) => {
    said.push([1, Buffer.from(bytes)]);
    farLeft.write(bytes);
  });
  const options = { minVersion: version, maxVersion: version } as const;
  const serving = new TLSSocket(right, {
    ...options,
    isServer: true,
    ...server,
    requestCert: client !== undefined,
    rejectUnauthorized: false,
  });
  const asking = connect({ ...options, ...client, socket: left, rejectUnauthorized: false });
  await once(asking, 'secureConnect');
  asking.write(hex('0001 0000 0006 01 03 0064 0002'));
  await once(serving, 'data');
  asking.destroy();
  serving.destroy();
  return said;
}

const secure: ConversationOptions = { ports: [40_000, 802] };

function play(said: Said, options = secure): Connection {
  const connection = new Connection(options);
  for (const [side, bytes] of said) connection.send(side, bytes);
  return connection;
}

const chunkOf = (bytes: Buffer): Chunk => ({
  ...{ side: 0, bytes, view: new DataView(bytes.buffer), offset: 0, place: 0 },
  ...{ length: bytes.length, frame: 1, at: micros(0) },
});

const texts = ({ events }: Connection) =>
  events.flatMap(({ facts }) => facts.map(({ name, text }) => `${name}: ${text}`));

let plc: Party;
let hmi: Party;
beforeAll(() => {
  plc = party('plc-12');
  hmi = party('hmi-1', 'operator');
});

describe('Modbus/TCP Security', () => {
  test('shows certificates and the role of the client, with TLS 1.2', async () => {
    const connection = play(await talk('TLSv1.2', plc, hmi));
    expect(texts(connection)).toEqual([
      'modbus.encrypted: Modbus/TCP Security: what is said is encrypted by TLS, TLS 1.2',
      expect.stringMatching(
        /^modbus.server-certificate: the server shows `CN=plc-12`, issued by `CN=plc-12`, valid 2020-01-02T03:04:05Z to 2040-01-02T03:04:05Z, thumbprint [0-9a-f]{40}$/,
      ),
      expect.stringMatching(
        /^modbus.client-certificate: the client shows `CN=hmi-1`, .*, role `operator`$/,
      ),
    ]);
    expect(connection.events).toMatchObject([{ kind: 'fault', client: { port: 40_000 } }]);
    expect(connection.counters.requests).toBe(0);
  });

  test('says that the client showed none, with TLS 1.2', async () => {
    expect(play(await talk('TLSv1.2', plc, undefined)).facts).toEqual([
      'modbus.encrypted',
      'modbus.server-certificate',
      'modbus.no-client-certificate',
    ]);
  });

  test('says that TLS 1.3 hides them', async () => {
    const connection = play(await talk('TLSv1.3', plc, hmi));
    expect(texts(connection)).toEqual([
      'modbus.encrypted: Modbus/TCP Security: what is said is encrypted by TLS, TLS 1.3',
      'modbus.certificates-hidden: TLS 1.3 encrypts the certificates of both sides, and the role of the client',
    ]);
  });

  test('is the same however the stream is cut', async () => {
    const said = await talk('TLSv1.2', plc, hmi);
    const whole = texts(play(said));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (size) => {
        const connection = new Connection(secure);
        for (const [side, bytes] of said) {
          for (let at = 0; at < bytes.length; at += size) {
            connection.send(side, bytes.subarray(at, at + size));
          }
        }
        expect(texts(connection)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  test('is told of its middle, without what was not seen', async () => {
    const middle = (await talk('TLSv1.2', plc, hmi)).slice(-1);
    const connection = play(middle, { ...secure, fromStart: false }).end();
    expect(texts(connection)).toEqual([
      'modbus.encrypted: Modbus/TCP Security: what is said is encrypted by TLS, a version that was not seen',
    ]);
  });

  test('tells what ended its handshake', async () => {
    const [hello] = await talk('TLSv1.2', plc, hmi);
    const connection = play([...(hello ? [hello] : []), [1, hex('15 0303 0002 02 28')]]);
    expect(connection.facts).toEqual(['modbus.encrypted', 'modbus.tls-alert']);
  });

  test('is known by its port alone', async () => {
    const said = await talk('TLSv1.2', plc, hmi);
    expect(play(said, { ports: [40_000, 4433] }).events).toEqual([]);
  });

  test('and Modbus without TLS on its port is Modbus', () => {
    const connection = new Connection(secure);
    connection.send(0, '0001 0000 0006 01 03 0064 0002');
    connection.send(1, '0001 0000 0007 01 03 04 000a 000b');
    expect(connection.exchanges).toHaveLength(1);
  });

  test('takes no more memory than there is for all connections, and says which it gave up', () => {
    const account = new Waiting();
    const facts: string[] = [];
    const ends = { client: { ip: '192.0.2.1', port: 1 }, server: { ip: '192.0.2.2', port: 802 } };
    const sink = {
      event: (event: { readonly facts: readonly Fact[] }) =>
        void facts.push(...event.facts.map(({ name }) => name)),
      routine: () => undefined,
    };
    // A certificate of which a part never comes.
    const begun = Buffer.alloc(16_000);
    hex('16 0303 4000 0b 003ff0').copy(begun);
    const chunk = chunkOf(begun);
    for (let i = 0; i < 5000; i++) {
      const parts = { ...ends, clientSide: 0, sink, waiting: account } as const;
      new SecurityConversation(parts).bytes(chunk);
      expect(account.cost).toBeLessThanOrEqual(MAX_WAITING_COST);
    }
    expect(account.cost).toBeGreaterThan(MAX_WAITING_COST / 2);
    const given = facts.filter((name) => name === 'modbus.memory-limit').length;
    expect(given).toBeGreaterThan(500);
    expect(facts.filter((name) => name === 'modbus.encrypted')).toHaveLength(given);
  });

  test('costs nothing any more once it was told', async () => {
    const account = new Waiting();
    const ends = { client: { ip: '192.0.2.1', port: 1 }, server: { ip: '192.0.2.2', port: 802 } };
    const sink = { event: () => undefined, routine: () => undefined };
    const parts = { ...ends, clientSide: 0, sink, waiting: account } as const;
    const conversation = new SecurityConversation(parts);
    let most = 0;
    for (const [side, bytes] of await talk('TLSv1.2', plc, hmi)) {
      conversation.bytes({ ...chunkOf(bytes), side });
      most = Math.max(most, account.cost);
    }
    expect(most).toBeGreaterThan(500);
    expect(account.cost).toBe(0);
  });

  test('never throws, whatever comes', async () => {
    const said = await talk('TLSv1.2', plc, hmi);
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(255), (place, value) => {
        const connection = new Connection(secure);
        for (const [side, bytes] of said) {
          const broken = Buffer.from(bytes);
          if (place < broken.length) broken[place] = value;
          connection.send(side, broken);
        }
        connection.end();
      }),
    );
  });
});
