import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Look } from '#sensor/inventory/signatures/signature.ts';
import { SIGNATURES } from '#sensor/inventory/signatures/table.ts';
import { CLIENT, Ear, hex, SERVER, tcpTalk, udpTalk } from '../../support/inventory.ts';

/** A port that nothing is registered for. */
const ANY_PORT = 7777;

/** Bytes from the specifications. `by` at a port that says nothing, and at the registered one. */
interface Case {
  readonly protocol: string;
  readonly over: 'tcp' | 'udp';
  readonly asks?: Buffer;
  readonly answers?: Buffer;
  readonly anywhere: 'content' | undefined;
  readonly port: number;
  readonly atPort: 'content' | 'port';
  readonly detail?: string;
}

const text = (said: string): Buffer => Buffer.from(said, 'latin1');
const zeros = (count: number): string => '00'.repeat(count);

const DNS_QUESTION = '0001 0000 0000 0000 03 706c63 03 6c616e 00 0001 0001';
const NETBIOS_NAME = `20 ${'4550'.repeat(15)}4141 00`;
/** Random, session id, cipher, compression. */
const HELLO_HEAD = `0303 ${'11'.repeat(32)} 00`;

const CASES: readonly Case[] = [
  {
    protocol: 's7comm',
    over: 'tcp',
    asks: hex('0300 0019 02f080 32 01 0000 0001 0008 0000 f0 00 0001 0001 01e0'),
    answers: hex('0300 001b 02f080 32 03 0000 0001 0008 0000 0000 f0 00 0001 0001 00f0'),
    anywhere: 'content',
    port: 102,
    atPort: 'content',
  },
  {
    protocol: 's7comm',
    over: 'tcp',
    answers: hex('0300 0012 02f080 72 02 0003 32 0000 72 02 0000'),
    anywhere: 'content',
    port: 102,
    atPort: 'content',
    detail: 'S7comm-plus',
  },
  {
    protocol: 'enip',
    over: 'tcp',
    asks: hex(`6500 0400 00000000 00000000 ${zeros(8)} 00000000 0100 0000`),
    anywhere: 'content',
    port: 44_818,
    atPort: 'content',
  },
  {
    protocol: 'enip',
    over: 'udp',
    asks: hex(`6300 0000 00000000 00000000 ${zeros(8)} 00000000`),
    anywhere: 'content',
    port: 44_818,
    atPort: 'content',
  },
  {
    protocol: 'cip-io',
    over: 'udp',
    asks: hex('0200 0280 0800 01020304 00000001 b100 0400 01000000'),
    anywhere: 'content',
    port: 2222,
    atPort: 'content',
  },
  {
    protocol: 'omron-fins',
    over: 'tcp',
    asks: hex('46494e53 0000000c 00000000 00000000 00000000'),
    anywhere: 'content',
    port: 9600,
    atPort: 'content',
  },
  {
    protocol: 'omron-fins',
    over: 'udp',
    asks: hex('80 00 02 00 0a 00 00 07 00 19 0101 82 0064 00 0001'),
    answers: hex('c0 00 02 00 07 00 00 0a 00 19 0101 0000 0001'),
    anywhere: 'content',
    port: 9600,
    atPort: 'content',
  },
  {
    protocol: 'ge-srtp',
    over: 'tcp',
    asks: hex(`02 00 06 ${zeros(27)} 06 c0 ${zeros(24)}`),
    answers: hex(`03 00 06 ${zeros(27)} 06 d4 ${zeros(24)}`),
    anywhere: 'content',
    port: 18_245,
    atPort: 'content',
  },
  {
    protocol: 'profinet-cm',
    over: 'udp',
    asks: hex(
      `04 00 20 00 10 00 00 00 ${zeros(16)} 0100a0de 976c d111 827100a02442df7d ${zeros(40)}`,
    ),
    anywhere: 'content',
    port: 34_964,
    atPort: 'content',
  },
  {
    protocol: 'dnp3',
    over: 'tcp',
    // Reset of a link from 1024 to 1: the CRC is that of IEEE 1815.
    asks: hex('0564 05 c0 0100 0004 e921'),
    anywhere: 'content',
    port: 20_000,
    atPort: 'content',
  },
  {
    protocol: 'iec104',
    over: 'tcp',
    asks: hex('68 04 07 00 00 00'),
    answers: hex('68 04 0b 00 00 00'),
    anywhere: 'content',
    port: 2404,
    atPort: 'content',
  },
  {
    protocol: 'bacnet',
    over: 'udp',
    asks: hex('81 0b 000c 01 20 ffff 00 ff 10 08'),
    anywhere: 'content',
    port: 47_808,
    atPort: 'content',
  },
  {
    protocol: 'hart-ip',
    over: 'udp',
    asks: hex('01 00 00 00 0001 000d 01 0000ea60'),
    answers: hex('01 01 00 00 0001 000d 01 0000ea60'),
    anywhere: 'content',
    port: 5094,
    atPort: 'content',
  },
  {
    protocol: 'roc-plus',
    over: 'tcp',
    asks: hex('0102 0304 06 00 3a2f'),
    anywhere: 'content',
    port: 4000,
    atPort: 'content',
  },
  {
    protocol: 'genisys',
    over: 'tcp',
    asks: hex('fb 01 8340 f6'),
    answers: hex('f1 01 f6'),
    anywhere: 'content',
    port: 10_001,
    atPort: 'content',
  },
  {
    protocol: 'c1222',
    over: 'tcp',
    asks: hex('60 0f a2 03 060101 be 08 28 06 81 04 20000000'),
    anywhere: 'content',
    port: 1153,
    atPort: 'content',
  },
  {
    protocol: 'http',
    over: 'tcp',
    asks: text('GET /index.html HTTP/1.1\r\nHost: plc\r\n\r\n'),
    anywhere: 'content',
    port: 80,
    atPort: 'content',
  },
  {
    protocol: 'ssh',
    over: 'tcp',
    asks: text('SSH-2.0-PuTTY\r\n'),
    answers: text('SSH-2.0-dropbear_2022.83\r\n'),
    anywhere: 'content',
    port: 22,
    atPort: 'content',
    detail: 'SSH-2.0-dropbear_2022.83',
  },
  {
    protocol: 'vnc',
    over: 'tcp',
    answers: text('RFB 003.008\n'),
    anywhere: 'content',
    port: 5900,
    atPort: 'content',
    detail: 'RFB 003.008',
  },
  {
    protocol: 'telnet',
    over: 'tcp',
    answers: hex('ff fd 18 ff fd 20'),
    anywhere: 'content',
    port: 23,
    atPort: 'content',
  },
  {
    protocol: 'ftp',
    over: 'tcp',
    asks: text('USER operator\r\n'),
    answers: text('220 ready\r\n'),
    anywhere: 'content',
    port: 21,
    atPort: 'content',
  },
  {
    protocol: 'smtp',
    over: 'tcp',
    asks: text('EHLO scada\r\n'),
    answers: text('220 mail\r\n'),
    anywhere: 'content',
    port: 25,
    atPort: 'content',
  },
  {
    protocol: 'tftp',
    over: 'udp',
    asks: text('\0\x01firmware.bin\0octet\0'),
    anywhere: 'content',
    port: 69,
    atPort: 'content',
  },
  {
    protocol: 'tls',
    over: 'tcp',
    // Server name `hmi`, and an answer that chose TLS 1.3.
    asks: hex(
      `16 0301 003b 01 000037 ${HELLO_HEAD} 0002 1301 01 00 000c 0000 0008 0006 00 0003 686d69`,
    ),
    answers: hex(`16 0303 0032 02 00002e ${HELLO_HEAD} 1301 00 0006 002b 0002 0304`),
    anywhere: 'content',
    port: 443,
    atPort: 'content',
    detail: 'TLS 1.3 for hmi',
  },
  {
    protocol: 'mqtt',
    over: 'tcp',
    asks: hex('10 0e 0004 4d515454 04 02 003c 0002 6869'),
    anywhere: 'content',
    port: 1883,
    atPort: 'content',
  },
  {
    protocol: 'smb',
    over: 'tcp',
    asks: hex(`00 000040 ff534d42 ${zeros(60)}`),
    answers: hex(`00 000040 fe534d42 ${zeros(60)}`),
    anywhere: 'content',
    port: 445,
    atPort: 'content',
    detail: 'SMB 2 or 3',
  },
  {
    protocol: 'rdp',
    over: 'tcp',
    asks: hex('0300 0013 0e e0 0000 0000 00 01 00 0800 0b000000'),
    answers: hex('0300 0013 0e d0 0000 1234 00 02 1f 0800 02000000'),
    anywhere: 'content',
    port: 3389,
    atPort: 'content',
  },
  {
    protocol: 'snmp',
    over: 'udp',
    asks: hex('30 17 02 01 01 04 03 616263 a0 0d 02 01 01 02 01 00 02 01 00 30 02 05 00'),
    answers: hex('30 17 02 01 01 04 03 616263 a2 0d 02 01 01 02 01 00 02 01 00 30 02 05 00'),
    anywhere: 'content',
    port: 161,
    atPort: 'content',
    detail: 'SNMP 2c',
  },
  {
    protocol: 'ntp',
    over: 'udp',
    asks: hex(`23 00 06 ec ${zeros(44)}`),
    anywhere: undefined,
    port: 123,
    atPort: 'port',
  },
  {
    protocol: 'dhcp',
    over: 'udp',
    asks: hex(`01 01 06 00 ${zeros(232)} 63825363 35 01 01 ff`),
    anywhere: 'content',
    port: 67,
    atPort: 'content',
  },
  {
    protocol: 'dhcpv6',
    over: 'udp',
    asks: hex('01 000001 0008 0002 0000'),
    anywhere: undefined,
    port: 547,
    atPort: 'port',
  },
  {
    protocol: 'netbios-ns',
    over: 'udp',
    asks: hex(`0001 0110 0001 0000 0000 0000 ${NETBIOS_NAME} 0020 0001`),
    anywhere: 'content',
    port: 137,
    atPort: 'content',
  },
  {
    protocol: 'dns',
    over: 'udp',
    asks: hex(`1234 0100 ${DNS_QUESTION}`),
    anywhere: 'content',
    port: 53,
    atPort: 'content',
  },
  {
    protocol: 'dns',
    over: 'tcp',
    asks: hex(`0019 1234 0100 ${DNS_QUESTION}`),
    answers: hex(`0019 1234 8180 ${DNS_QUESTION}`),
    anywhere: 'content',
    port: 53,
    atPort: 'content',
  },
];

const named = ({ protocol, over, detail }: Case): string =>
  `${protocol} over ${over}${detail === undefined ? '' : `: ${detail}`}`;

const heard = (over: Case['over'], port: number, said: Pick<Case, 'asks' | 'answers'>) => {
  const { asks, answers } = said;
  const frames = (over === 'tcp' ? tcpTalk : udpTalk)({
    port,
    ...(asks && { asks }),
    ...(answers && { answers }),
  });
  const { traffic } = new Ear().hear(...frames).host(answers === undefined ? CLIENT : SERVER);
  return traffic[0];
};

describe('by its content, at whatever port', () => {
  test.for(CASES.map((each) => [named(each), each] as const))('%s', ([, each]) => {
    const at = each.port === 67 ? 67 : ANY_PORT;
    const anywhere = heard(each.over, at, each);
    const isKnown = each.anywhere !== undefined;
    expect(anywhere?.protocol).toBe(isKnown ? each.protocol : undefined);
    if (isKnown) expect(anywhere?.by).toBe(each.anywhere);
    const there = heard(each.over, each.port, each);
    expect([there?.protocol, there?.by]).toEqual([each.protocol, each.atPort]);
    expect(there?.detail).toBe(each.detail);
  });

  test('every signature has a case', () => {
    const tried = new Set(CASES.map(({ protocol }) => protocol));
    const missing = SIGNATURES.filter(({ protocol }) => !tried.has(protocol));
    // They are DNS by content, and told apart by their port: see below.
    expect(missing.map(({ protocol }) => protocol)).toEqual(['mdns', 'llmnr']);
  });

  test.for(['mdns', 'llmnr'] as const)('%s is DNS at its port', (protocol) => {
    const port = protocol === 'mdns' ? 5353 : 5355;
    const found = heard('udp', port, { asks: hex(`0000 0000 ${DNS_QUESTION}`) });
    expect([found?.protocol, found?.by]).toEqual([protocol, 'port']);
  });
});

describe('what says little', () => {
  test.for(
    CASES.filter(({ asks, answers }) => asks && answers).map(
      (each) => [named(each), each] as const,
    ),
  )(
    '%s: of one side alone it is content, or the port decided and that is said',
    ([, { protocol, over, port, asks }]) => {
      const signature = SIGNATURES.find(
        (each) => each.protocol === protocol && each.transports.includes(over),
      );
      const isWeak = signature?.proof === 'weak';
      if (asks === undefined) throw new Error('no question');
      // A client alone never makes a server over TCP, so the server sends something that says nothing.
      const found = heard(over, port, { asks, answers: Buffer.of(0) });
      const elsewhere = heard(over, ANY_PORT, { asks, answers: Buffer.of(0) });
      expect([found?.protocol, found?.by]).toEqual([protocol, isWeak ? 'port' : 'content']);
      expect(elsewhere?.protocol).toBe(isWeak ? undefined : protocol);
    },
  );

  test('is not looked at for ever', () => {
    const late = Buffer.from('SSH-2.0-late\r\n');
    const junk = Array.from({ length: 20 }, () => Buffer.of(1, 2, 3));
    const frames = (payloads: readonly Buffer[]) =>
      payloads.flatMap((asks) => udpTalk({ port: 1234, asks }));
    expect(
      new Ear().hear(...frames([...junk, late])).host(CLIENT).traffic[0]?.protocol,
    ).toBeUndefined();
  });
});

describe('one wrong byte is no recognition', () => {
  test.for(
    CASES.filter(({ protocol }) => ['dnp3', 'roc-plus', 'c1222', 'bacnet'].includes(protocol)),
  )('$protocol', ({ over, asks }) => {
    if (asks === undefined) throw new Error('no question');
    const changed = Buffer.from(asks);
    changed.writeUInt8(changed.readUInt8(3) ^ 1, 3);
    expect(
      heard(over, ANY_PORT, { asks: changed, answers: Buffer.of(0) })?.protocol,
    ).toBeUndefined();
  });
});

test('no signature throws or reads beyond the payload, whatever the bytes', () => {
  const heads = CASES.flatMap(({ asks, answers }) =>
    [asks, answers].filter((each) => each !== undefined),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc
      .tuple(fc.constantFrom(...heads), fc.nat(400), fc.uint8Array({ maxLength: 40 }))
      .map(([head, cut, tail]) => Buffer.concat([head.subarray(0, cut), tail])),
  );
  fc.assert(
    fc.property(bytes, fc.nat(3), (payload, missing) => {
      const look: Look = {
        bytes: payload,
        view: new DataView(payload.buffer, payload.byteOffset, payload.byteLength),
        at: 0,
        end: payload.length,
        missing,
      };
      for (const { asks, answers, askedDetail, answeredDetail } of SIGNATURES) {
        if (asks(look)) expect(typeof (askedDetail?.(look) ?? '')).toBe('string');
        if (answers(look)) expect(typeof (answeredDetail?.(look) ?? '')).toBe('string');
      }
    }),
  );
});
