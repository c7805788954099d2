import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Text, ipv6Text, macText } from '#sensor/wire/address-text.ts';

describe('text forms of addresses', () => {
  test.for([
    [0xc000_0207, '192.0.2.7'],
    [0xc000_0207 | 0, '192.0.2.7'],
    [0, '0.0.0.0'],
    [-1, '255.255.255.255'],
  ] as const)('IPv4 %d is %s', ([word, text]) => {
    expect(ipv4Text(word)).toBe(text);
  });

  // The examples of RFC 5952, sections 4 and 5.
  test.for([
    ['20010db8 00000000 00000000 00000001', '2001:db8::1'],
    ['20010db8 00000000 00000000 00020001', '2001:db8::2:1'],
    ['20010db8 00000001 00010001 00010001', '2001:db8:0:1:1:1:1:1'],
    ['20010000 00000001 00000000 00000001', '2001:0:0:1::1'],
    ['20010db8 00000000 00010000 00000001', '2001:db8::1:0:0:1'],
    ['20010db8 0000aaaa bbbbcccc ddddAAAA', '2001:db8:0:aaaa:bbbb:cccc:dddd:aaaa'],
    ['00000000 00000000 00000000 00000000', '::'],
    ['00000000 00000000 00000000 00000001', '::1'],
    ['fe800000 00000000 00000000 00000000', 'fe80::'],
    ['00000000 00000000 0000ffff c0000207', '::ffff:192.0.2.7'],
  ] as const)('IPv6 %s is %s', ([hex, text]) => {
    const [a, b, c, d] = hex.split(' ').map((word) => Number.parseInt(word, 16) | 0);
    expect(ipv6Text(a as number, b as number, c as number, d as number)).toBe(text);
  });

  test('every IPv6 text is an address and means the same words', () => {
    const word = fc.oneof(fc.integer(), fc.constantFrom(0, 1, 0x10000, -65_536));
    fc.assert(
      fc.property(word, word, word, word, (...words) => {
        const text = ipv6Text(...words);
        expect(isIPv6(text)).toBe(true);
        // URL normalises by RFC 5952, but writes the last 32 bits of a mapped address in hex.
        if (!text.startsWith('::ffff:'))
          expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
    );
  });

  test('a MAC address is upper case with hyphens', () => {
    expect(macText(0x0000, 0x5e00_5323)).toBe('00-00-5E-00-53-23');
    expect(macText(0xffff, -1)).toBe('FF-FF-FF-FF-FF-FF');
  });
});
