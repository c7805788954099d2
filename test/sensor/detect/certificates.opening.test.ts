import { describe, expect, test } from 'vitest';
import { certificateDetector } from '#sensor/detect/certificates.ts';
import { start } from '#sensor/detect/detector.ts';
import type { OpcuaExchange, Outcome } from '#sensor/model/event.ts';
import { exchange, T0 } from '../../support/exchange.ts';

const URI = 'urn:plc';

interface Shape {
  readonly client?: string;
  readonly server?: string;
  /** Of the server's certificate. */
  readonly uri?: string | undefined;
  readonly port?: number;
  readonly outcome?: Outcome;
}

/** A secured opening. A server refuses one by an ERR: what was asked then has no answer of its own. */
function opening({ client, server, outcome = 'success', port = 4840, ...more }: Shape) {
  const { modbus: _, ...heading } = exchange({ port, unanswered: outcome === 'unknown' });
  const uri = 'uri' in more ? more.uri : URI;
  const opened: OpcuaExchange = {
    ...heading,
    outcome,
    protocol: 'opcua',
    operations: [],
    opcua: {
      messageType: 'OPN',
      ...(client === undefined
        ? {}
        : { certificate: { thumbprint: client, applicationUri: 'urn:hmi' } }),
      ...(server === undefined
        ? {}
        : {
            serverCertificate: {
              thumbprint: server,
              ...(uri === undefined ? {} : { applicationUri: uri }),
            },
          }),
    },
  };
  return opened;
}

function textsOf(...openings: readonly OpcuaExchange[]): readonly string[][] {
  const inspect = start(certificateDetector({ phase: () => 'judge' }));
  return openings.map((each) => inspect(each, T0).map(({ text }) => text));
}

describe('the certificate of a client', () => {
  test.for(['unknown', 'failure'] as const)(
    'whose opening has outcome %s is neither known by it nor judged',
    (outcome) => {
      const refused = opening({ client: 'bad00000', outcome });
      expect(textsOf(refused, opening({ client: 'good0000' }), refused)).toEqual([[], [], []]);
    },
  );

  test('that was let in with another one than before is told, each time', () => {
    const stranger = opening({ client: 'bad00000' });
    const [first, ...rest] = textsOf(opening({ client: 'good0000' }), stranger, stranger);
    expect(first).toEqual([]);
    const text =
      'the client `urn:hmi` shows certificate bad00000 (no subject), and not good0000 as before';
    expect(rest).toEqual([[text], [text]]);
  });
});

describe('the certificate of a server', () => {
  const before = opening({ server: 'good0000' });

  test.for([
    ['with the same URI', URI, 'the server `urn:plc`'],
    ['with another URI', 'urn:other', 'the server at 10.0.1.12:4840'],
    ['without a URI', undefined, 'the server at 10.0.1.12:4840'],
  ] as const)('is told where its endpoint shows another one %s', ([, uri, who]) => {
    const stranger = opening({ server: 'bad00000', uri });
    const text = `${who} shows certificate bad00000 (no subject), and not good0000 as before`;
    expect(textsOf(before, stranger, stranger)).toEqual([[], [text], [text]]);
  });

  test('that is told is known by no other name either', () => {
    const stranger = opening({ server: 'bad00000', uri: 'urn:other' });
    const other = opening({ server: 'other000', uri: 'urn:other', port: 4841 });
    const told = textsOf(before, stranger, other, stranger).map(({ length }) => length);
    expect(told).toEqual([0, 1, 0, 1]);
  });

  test('of another application at another port is no change', () => {
    const other = opening({ server: 'other000', uri: 'urn:other', port: 4841 });
    expect(textsOf(before, other, before, other)).toEqual([[], [], [], []]);
  });
});
