import { describe, expect, test } from 'vitest';
import { addressBytes, communityId } from '#sensor/output/community-id.ts';

describe('communityId', () => {
  test.for([
    // The vectors of the specification, and two of this trade; seed 0 unless said.
    ['tcp', '1.2.3.4', 1122, '5.6.7.8', 3344, 0, '1:wCb3OG7yAFWelaUydu0D+125CLM='],
    ['tcp', '1.2.3.4', 1122, '5.6.7.8', 3344, 1, '1:HhA1B+6CoLbiKPEs5nhNYN4XWfk='],
    ['udp', '1.2.3.4', 1122, '5.6.7.8', 3344, 0, '1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg='],
    ['tcp', '128.232.110.120', 34855, '66.35.250.204', 80, 0, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    ['tcp', '192.168.1.10', 47785, '192.168.1.200', 502, 0, '1:0bQ/X8G1JHx3AnaNi4d4KtJeC3I='],
    ['tcp', '10.0.0.5', 50001, '10.0.0.20', 4840, 0, '1:cCXQAQ5HnwHAfNn0tyCbnTpSpRw='],
  ] as const)('%s %s:%i %s:%i seed %i', ([transport, ip, port, toIp, toPort, seed, id]) => {
    expect(communityId(transport, { ip, port }, { ip: toIp, port: toPort }, seed)).toBe(id);
    expect(communityId(transport, { ip: toIp, port: toPort }, { ip, port }, seed)).toBe(id);
  });

  /** Protocol, sender, receiver, their ports or the type and the code, and the ids with seed 0 and 1, as the specification publishes them. */
  test.for([
    [
      'tcp',
      '2001:470:e5bf:dead:4957:2174:e82c:4887',
      '2607:f8b0:400c:c03::1a',
      63_943,
      25,
      '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=',
      '1:eJYTW6AOzFLlSUoESovMjnu7rMw=',
    ],
    [
      'tcp',
      '66.35.250.204',
      '128.232.110.120',
      80,
      34_855,
      '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
      '1:3V71V58M3Ksw/yuFALMcW0LAHvc=',
    ],
    [
      'udp',
      '192.168.1.52',
      '8.8.8.8',
      54_585,
      53,
      '1:d/FP5EW3wiY1vCndhwleRRKHowQ=',
      '1:Q9We8WO3piVF8yEQBNJF4uiSVrI=',
    ],
    [
      'sctp',
      '192.168.170.8',
      '192.168.170.56',
      7,
      7,
      '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=',
      '1:5w3ZRjeKBzqT3zsaEECDGjUbYeg=',
    ],
    [
      'icmp',
      '192.168.0.89',
      '192.168.0.1',
      8,
      0,
      '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=',
      '1:03g6IloqVBdcZlPyX8r0hgoE7kA=',
    ],
    [
      'icmp',
      '192.168.0.1',
      '192.168.0.89',
      0,
      0,
      '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=',
      '1:03g6IloqVBdcZlPyX8r0hgoE7kA=',
    ],
    [
      'icmp',
      '10.0.0.1',
      '10.0.0.2',
      11,
      0,
      '1:YHxtAirCG//0OzkcVAukqKQN9xM=',
      '1:XjUibYHaafLQ3pxQeiMI8g25q20=',
    ],
    [
      'icmp6',
      'fe80::200:86ff:fe05:80da',
      'fe80::260:97ff:fe07:69ea',
      135,
      0,
      '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=',
      '1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=',
    ],
    [
      'icmp6',
      'fe80::260:97ff:fe07:69ea',
      'fe80::200:86ff:fe05:80da',
      135,
      0,
      '1:zavyT/cezQr1fmImYCwYnMXbgck=',
      '1:2hSqmsDZ2kdcY9kbiUzOEBic0iM=',
    ],
    [
      'icmp6',
      '3ffe:501:1800:2345::2',
      '3ffe:507:0:1:200:86ff:fe05:80da',
      3,
      0,
      '1:2ObVBgIn28oZvibYZhZMBgh7WdQ=',
      '1:lVEtCZpYu84Xqaa++3lXFyuu2n4=',
    ],
    [
      'icmp6',
      '3ffe:501:0:1001::2',
      '3ffe:507:0:1:200:86ff:fe05:80da',
      129,
      0,
      '1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=',
      '1:GfZxjAkDk2MkegpBYHV6tadtFXQ=',
    ],
    [
      'icmp6',
      'fe80::260:97ff:fe07:69ea',
      'ff02::1',
      134,
      0,
      '1:pkvHqCL88/tg1k4cPigmZXUtL00=',
      '1:K/ee5UCqAMAQXDorP5nSa2CGLjc=',
    ],
  ] as const)(
    'is as published: %s %s %s %i %i',
    ([protocol, ip, toIp, port, toPort, id, seeded]) => {
      const [from, to] = [
        { ip, port },
        { ip: toIp, port: toPort },
      ];
      expect(communityId(protocol, from, to)).toBe(id);
      expect(communityId(protocol, from, to, 1)).toBe(seeded);
    },
  );

  test('orders by port between the same address', () => {
    const [a, b] = [
      { ip: '127.0.0.1', port: 502 },
      { ip: '127.0.0.1', port: 40_000 },
    ];
    expect(communityId('tcp', a, b)).toBe(communityId('tcp', b, a));
  });

  test('is not known for what is no address', () => {
    expect(
      communityId('tcp', { ip: 'plc-12', port: 1 }, { ip: '1.2.3.4', port: 2 }),
    ).toBeUndefined();
  });
});

describe('addressBytes', () => {
  test.for([
    ['192.0.2.7', 'c0000207'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
    ['fe80::', 'fe80'.padEnd(32, '0')],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['::ffff:192.0.2.7', `${'0'.repeat(20)}ffffc0000207`],
  ] as const)('reads %s', ([ip, hex]) => {
    expect(addressBytes(ip)?.toString('hex')).toBe(hex);
  });

  test.for([
    '',
    '1.2.3',
    '1.2.3.256',
    '1:2:3:4:5:6:7',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    'g::',
    '::1.2.3',
  ])('refuses `%s`', (ip) => {
    expect(addressBytes(ip)).toBeUndefined();
  });
});
