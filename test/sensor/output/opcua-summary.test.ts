/** What people see of OPC UA by default: who came with which security and as whom, and what they did. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { micros } from '#sensor/model/time.ts';
import { summaryText } from '#sensor/output/summary.ts';
import { Survey } from '#sensor/output/survey.ts';
import { readCommand } from '#sensor/read/read.ts';
import { haveSharedCaptures, SHARED_CAPTURES } from '../../support/captures.ts';
import { T0 } from '../../support/exchange.ts';
import { type OpcuaShape, opcuaExchange, toNode } from '../../support/opcua-exchange.ts';

/** The lines of one server, without its address. */
function linesOf(...shapes: readonly OpcuaShape[]): readonly string[] {
  const survey = new Survey();
  for (const shape of shapes) survey.event(opcuaExchange(shape));
  return linesIn(survey);
}

function linesIn(survey: Survey): readonly string[] {
  const text = summaryText({
    files: ['x.pcap'],
    packets: 1,
    bytes: 1,
    from: T0,
    to: micros(T0 + 1),
    survey,
    assets: [],
    exchanges: 1,
    alerts: [],
    unread: new Map(),
    warnings: [],
    ansi: false,
  });
  const [, , , ...lines] = text.slice(text.indexOf('\n\n')).trimEnd().split('\n');
  return lines.map((line) => line.trim());
}

const session = { name: 'a session' };
const joe = { type: 'user-name', user: 'joe' } as const;

describe('a client of OPC UA', () => {
  test.each<[string, NonNullable<OpcuaShape['opcua']>, string]>([
    [
      'signs',
      { security: { policy: 'Basic256Sha256', mode: 'Sign' }, session, identity: joe },
      'Basic256Sha256, signed, user joe',
    ],
    [
      'is anonymous without security',
      { security: { policy: 'None', mode: 'None' }, session, identity: { type: 'anonymous' } },
      'no security, anonymous',
    ],
    [
      'encrypts',
      {
        security: { policy: 'Basic256Sha256', mode: 'SignAndEncrypt', encrypted: true },
      },
      'Basic256Sha256, encrypted',
    ],
    ['came before the sensor did', { session, identity: joe }, 'security not known, user joe'],
  ])('that %s', (_, opcua, says) => {
    expect(linesOf({ opcua })).toContain(`127.20.2.10  session  ${says}`);
  });

  test('that the server did not let in', () => {
    const status = { code: '0x801F0000', name: 'BadUserAccessDenied' };
    const security = { policy: 'None', mode: 'None' } as const;
    const opcua = { security, session, identity: joe, status };
    expect(linesOf({ service: 'ActivateSession', outcome: 'failure', opcua })).toEqual([
      '127.20.2.10  session  no security, user joe, refused',
      'refused: BadUserAccessDenied 1×',
    ]);
  });

  test('with its certificate and that of the server', () => {
    const certificate = {
      thumbprint: 'aaaaaaaa01',
      applicationUri: 'urn:hmi',
      notAfter: '2036-11-25T00:00:00Z',
    };
    const serverCertificate = { thumbprint: 'bbbbbbbb01', subject: 'CN=boiler' };
    const opcua = { certificate, serverCertificate, serverUri: 'urn:boiler' };
    expect(
      linesOf(
        { service: 'CreateSession', opcua },
        { opcua: { certificate: { thumbprint: 'cccccccc01' } } },
      ),
    ).toEqual([
      'shows    certificate bbbbbbbb of CN=boiler',
      '127.20.2.10  shows    certificate aaaaaaaa of urn:hmi, valid to 2036-11-25',
      'shows    certificate cccccccc',
    ]);
  });

  test('of whom nobody can read what it says is counted all the same', () => {
    const survey = new Survey();
    const encrypted = {
      policy: 'Basic256Sha256',
      mode: 'SignAndEncrypt',
      encrypted: true,
    } as const;
    const { opcua, ...rest } = opcuaExchange();
    const event = { ...rest, opcua: { messageType: opcua.messageType, security: encrypted } };
    survey.event(event);
    const { client, server } = event;
    survey.routine({
      protocol: 'opcua',
      serviceId: 0,
      clientIp: client.ip,
      server,
      count: 9,
      from: T0,
      to: T0,
    });
    expect(linesIn(survey)).toContain('says     what only its ends can read  10×');
  });

  test('reads, writes, calls, browses and follows, and is refused by the name of the first bad node', () => {
    const call = {
      kind: 'control',
      protocol: 'opcua',
      service: 'Call',
      object: { kind: 'opcua-method', object: { id: 'i=1' }, method: { id: 'i=2' } },
    } as const;
    const publish = {
      kind: 'subscribe',
      protocol: 'opcua',
      service: 'Publish',
      object: { kind: 'opcua-server' },
    } as const;
    const nodes = [
      { nodeId: 'ns=1;s=A', status: 'BadNotWritable' },
      { nodeId: 'ns=1;s=B', status: 'BadNodeIdUnknown' },
    ];
    const status = { code: '0x00000000', name: 'Good' };
    expect(
      linesOf(
        { operations: [toNode('read', 'ns=1;s=A'), toNode('read', 'ns=1;s=B')] },
        {
          service: 'Write',
          outcome: 'failure',
          operations: [toNode('write', 'ns=1;s=A')],
          opcua: { nodes, status },
        },
        { operations: [call] },
        { operations: [toNode('browse', 'i=84')] },
        { operations: [publish] },
        { operations: [publish] },
      ),
    ).toEqual([
      '127.20.2.10  writes   ns=1;s=A  1×',
      'reads    ns=1;s=A, ns=1;s=B  2×',
      'calls    i=2  1×',
      'browses  i=84  1×',
      'follows  2×',
      'refused: BadNotWritable 1×',
    ]);
  });
});

describe.runIf(haveSharedCaptures())('real stacks', () => {
  test.each([
    [
      'opcua-none-anonymous',
      [
        'session  no security, anonymous',
        'calls    ns=1;s=Boiler.Reset  1×',
        'shows    certificate 6417dbd5 of urn:acme:plcsim, valid to 2036-11-19',
      ],
    ],
    [
      'opcua-none-userpass-wrong',
      ['session  no security, user operator, refused', 'refused: BadUserAccessDenied 1×'],
    ],
    ['opcua-basic256sha256-sign', ['session  Basic256Sha256, signed, anonymous']],
    [
      'opcua-aes256sha256rsapss-signandencrypt',
      ['session  Aes256_Sha256_RsaPss, encrypted', 'what only its ends can read'],
    ],
    [
      'opcua-open62541client-vs-node-basic256sha256',
      [
        'certificate 221d87be of urn:open62541.feas, valid to 2027-11-22',
        'session  Basic256Sha256, encrypted',
      ],
    ],
  ])('%s', (name, says) => {
    let text = '';
    const code = readCommand([join(SHARED_CAPTURES, '_peers', `${name}.pcap`)], {
      write: (part) => {
        text += part;
      },
      complain: (part) => {
        text += part;
      },
      ansi: false,
      cost: () => ({ cpuSeconds: 0, rssMib: 0 }),
      ownRules: 'rules',
      seed: 1,
    });
    expect(code).toBe(0);
    for (const line of says) expect(text).toContain(line);
  });
});
