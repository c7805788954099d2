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
