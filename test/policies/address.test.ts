import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contains, overlap, parseIp, parsePrefix, showIp } from '#policies/address.ts';

describe('an address', () => {
  test.each([
    ['0.0.0.0', 4, 0n],
    ['192.0.2.1', 4, 0xc0000201n],
    ['255.255.255.255', 4, 0xffffffffn],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['2001:db8::8:800:200c:417a', 6, 0x20010db80000000000080800200c417an],
    ['fe80::', 6, 0xfe80n << 112n],
    ['64:ff9b::192.0.2.33', 6, (0x0064ff9bn << 96n) | 0xc0000221n],
    ['::ffff:192.0.2.1', 4, 0xc0000201n],
    ['::ffff:c000:201', 4, 0xc0000201n],
  ])('%s', (text, family, value) => {
    expect(parseIp(text)).toEqual({ family, value });
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    ' 1.2.3.4',
    '1.2.3.4/32',
    'fe80::1%eth0',
    '::g',
    '1::2::3',
    'host',
  ])('`%s` is none', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  test('is read as it is shown', () => {
    const ip = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(ip, (text) => {
        const address = parseIp(text);
        expect(address && parseIp(showIp(address))).toEqual(address);
      }),
    );
  });
});

describe('a prefix', () => {
  test.each(['10.0.0.0/8', '0.0.0.0/0', '192.0.2.1/32', '2001:db8::/32', '::/0', '::1/128'])(
    '%s',
    (text) => {
      expect(parsePrefix(text)).toBeDefined();
    },
  );

  test.each([
    '10.0.0.1/8',
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '::1/64',
    '::/129',
    '/8',
    '::ffff:10.0.0.0/104',
  ])('`%s` is none', (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });

  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['0.0.0.0/0', '::1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
  ])('%s holds %s: %s', (prefix, ip, expected) => {
    const [range, address] = [parsePrefix(prefix), parseIp(ip)];
    expect(range && address && contains(range, address)).toBe(expected);
  });

  test.each([
    ['10.0.0.0/8', '10.1.0.0/16', true],
    ['10.0.0.0/9', '10.128.0.0/9', false],
    ['0.0.0.0/0', '::/0', false],
  ])('%s overlaps %s, either way: %s', (one, other, expected) => {
    const [a, b] = [parsePrefix(one), parsePrefix(other)];
    expect(a && b && [overlap(a, b), overlap(b, a)]).toEqual([expected, expected]);
  });
});
