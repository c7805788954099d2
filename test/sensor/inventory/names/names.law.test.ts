import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDcp } from '#sensor/inventory/names/dcp.ts';
import { readDhcp } from '#sensor/inventory/names/dhcp.ts';
import { readDnsNames } from '#sensor/inventory/names/dns.ts';
import { readLldp } from '#sensor/inventory/names/lldp.ts';
import { readNetbiosName } from '#sensor/inventory/names/netbios.ts';
import { MAX_DEVICE_TEXT } from '#sensor/model/bounds.ts';
import { hex } from '../../../support/inventory.ts';

type Reader = (bytes: Uint8Array, view: DataView, start: number, end: number) => unknown;

/** Heads that lead a reader as far as it goes. */
const READERS: readonly (readonly [string, Reader, Buffer])[] = [
  [
    'DNS',
    readDnsNames,
    hex('1234 8180 0001 0004 0002 0001 03 706c63 c00c 0001 0001 c00c 0001 0001'),
  ],
  [
    'NetBIOS',
    readNetbiosName,
    hex(`0001 2910 0001 0000 0000 0001 20 ${'4142'.repeat(16)} 00 0020`),
  ],
  ['DHCP', readDhcp, Buffer.concat([hex('01 01 06'), Buffer.alloc(233), hex('63825363 51 08 04')])],
  ['LLDP', readLldp, hex('0207 04 00005e005301 1005 01 0a')],
  ['DCP', readDcp, hex('feff 05 01 00000001 0000 0100 0202 0006 0000 61')],
];

/** Bytes that mean something to such formats: lengths, pointers, ends. */
const telling = fc.constantFrom(0, 1, 2, 4, 12, 16, 32, 63, 64, 0xc0, 0xc1, 0xfe, 0xff);
const bytesOf = (head: Buffer) =>
  fc
    .tuple(fc.nat(head.length), fc.array(fc.oneof(telling, fc.nat(255)), { maxLength: 300 }))
    .map(([cut, tail]) => Buffer.concat([head.subarray(0, head.length - cut), Buffer.from(tail)]));

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

describe('never throws, stays within its bytes, and says nothing that cannot be shown', () => {
  test.for(READERS)('%s', ([, read, head]) => {
    fc.assert(
      fc.property(bytesOf(head), fc.nat(40), (payload, beyond) => {
        // Behind the end stand bytes of others, which must make no difference.
        const whole = Buffer.concat([payload, Buffer.alloc(beyond, 0x41)]);
        const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
        const found = read(whole, view, 0, payload.length);
        const alone = Buffer.from(payload);
        const own = new DataView(alone.buffer, alone.byteOffset, alone.byteLength);
        expect(found).toEqual(read(alone, own, 0, alone.length));
        for (const text of texts(found)) {
          expect(text).not.toMatch(/\p{C}/u);
          expect(text.length).toBeLessThanOrEqual(MAX_DEVICE_TEXT);
        }
      }),
    );
  });
});
