import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CaptureReader } from '#sensor/capture/capture-reader.ts';
import { Gunzip } from '#sensor/capture/gunzip.ts';
import { pcapFile, tcpFrame } from '../../support/packets.ts';
import { PcapngBuilder } from '../../support/pcapng.ts';
import { readBytes } from '../../support/reading.ts';
import { runs } from '../../support/runs.ts';

const FRAMES = Array.from({ length: 40 }, (_, i) =>
  tcpFrame({ sequence: i * 100, payload: Buffer.alloc(100, i) }),
);
const PCAP = pcapFile(FRAMES);

const pcapng = new PcapngBuilder().section().interface();
for (const frame of FRAMES) pcapng.packet(frame);
const PCAPNG = pcapng.bytes();

/** Unpacks with input in pieces of `piece` bytes and room for `room` bytes at a time. */
function unpack(packed: Uint8Array, piece: number, room: number) {
  const gunzip = new Gunzip(200_000);
  const out = Buffer.alloc(room);
  const parts: Buffer[] = [];
  for (let at = 0; at < packed.length; at += piece) {
    const bytes = packed.subarray(at, at + piece);
    expect(gunzip.makeRoom()).toBeGreaterThanOrEqual(bytes.length);
    gunzip.input.bytes.set(bytes, gunzip.input.end);
    gunzip.input.end += bytes.length;
    for (;;) {
      const count = gunzip.unpack(out, 0, out.length);
      if (count === 0) break;
      parts.push(Buffer.from(out.subarray(0, count)));
    }
  }
  return { bytes: Buffer.concat(parts), gunzip };
}

/** Bytes as they occur: random, repeated, and both in turn. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300, size: 'max' }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(2000))
        .map(([bytes, length]) => Buffer.alloc(length, Buffer.from(bytes))),
      fc.nat(40_000).map((length) => Buffer.alloc(length, 'registers of unit 7 ')),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

const packing = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FIXED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FILTERED,
  ),
  memLevel: fc.integer({ min: 1, max: 9 }),
});

describe('unpacking gzip', () => {
  test('gives what zlib packed, whatever the content, the way of packing, the cutting and the room', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(content, packing), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 70_000 }),
        (members, piece, room) => {
          const packed = members.map(([bytes, how]) => gzipSync(bytes, how));
          const { bytes, gunzip } = unpack(Buffer.concat(packed), piece, room);
          expect(bytes.equals(Buffer.concat(members.map(([each]) => each)))).toBe(true);
          expect([gunzip.whole, gunzip.damage]).toEqual([true, undefined]);
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test('passes over all that a header can hold, and zeros at the end', () => {
    const data = Buffer.from('every optional part');
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(data), 0);
    trailer.writeUInt32LE(data.length, 4);
    const header = Buffer.concat([
      Buffer.from('1f8b081f000000000003', 'hex'),
      Buffer.from('0400aabbccdd', 'hex'),
      Buffer.from('name.pcap\0comment\0'),
    ]);
    const sum = Buffer.alloc(2);
    sum.writeUInt16LE(crc32(header) & 0xffff);
    const file = Buffer.concat([header, sum, deflateRawSync(data), trailer, Buffer.alloc(512)]);
    for (const piece of [1, file.length]) {
      const { bytes, gunzip } = unpack(file, piece, 1000);
      expect([bytes.toString(), gunzip.whole]).toEqual([data.toString(), true]);
    }
  });

  test.for([
    ['another method', '1f8b0700000000000003', 'gzip: unknown compression method'],
    ['reserved flags', '1f8b0820000000000003', 'gzip: unknown header flags set'],
    ['a block of no kind', '1f8b080000000000000307', 'gzip: invalid block type'],
    [
      'a stored block of two lengths',
      '1f8b08000000000000030101000000',
      'gzip: invalid stored block lengths',
    ],
    [
      'a copy from before the start',
      '1f8b0800000000000003034100',
      'gzip: invalid distance too far back',
    ],
    ['a wrong check sum of the header', '1f8b08020000000000031234', 'gzip: header crc mismatch'],
  ] as const)('says what is wrong: %s', ([, hex, damage]) => {
    expect(unpack(Buffer.from(hex, 'hex'), 1000, 1000).gunzip.damage).toBe(damage);
  });

  test('says so where the check sum is wrong, behind the bytes', () => {
    const packed = gzipSync('content');
    packed.writeUInt8(packed.readUInt8(packed.length - 8) ^ 1, packed.length - 8);
    const { bytes, gunzip } = unpack(packed, 1000, 1000);
    expect([bytes.toString(), gunzip.damage]).toEqual(['content', 'gzip: incorrect data check']);
  });

  test('ends, whatever byte is changed, and never gives other bytes without saying so', () => {
    const packed = gzipSync(PCAP);
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(packed);
        damaged.writeUInt8(damaged.readUInt8(at) ^ change, at);
        const { bytes, gunzip } = unpack(damaged, 997, 1000);
        // Time, hints and system in the header say nothing about the content.
        if (gunzip.whole) expect(bytes.equals(PCAP)).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe.each([
  ['pcap', PCAP],
  ['pcapng', PCAPNG],
] as const)('a packed %s', (format, file) => {
  const plain = readBytes(file);
  const packed = gzipSync(file);

  test.for([[], [1], [3, 700, 11]])('is read like the plain one, in pieces of %j', (sizes) => {
    expect(readBytes(packed, sizes)).toEqual(plain);
    expect(plain.result).toMatchObject({ kind: 'read', format, packets: 40, faultCount: 0 });
  });

  test('may come in several members, cut anywhere', () => {
    const parts = [file.subarray(0, 3), file.subarray(3, 2000), file.subarray(2000)];
    expect(readBytes(Buffer.concat(parts.map((part) => gzipSync(part))), [13])).toEqual(plain);
  });

  test('that is cut is read as far as it goes, with a warning, wherever it is cut', () => {
    let least = 0;
    for (let length = 11; length < packed.length; length++) {
      const { packets, result } = readBytes(packed.subarray(0, length));
      expect(packets).toEqual(plain.packets.slice(0, packets.length));
      expect(packets.length).toBeGreaterThanOrEqual(least);
      least = packets.length;
      if (result.kind === 'read') {
        expect(result.faults.map(({ name }) => name)).toEqual(['capture.truncated']);
      } else expect(result.kind).toBe('no-capture');
    }
    expect(least).toBe(40);
  });

  test('that is damaged is read up to there', () => {
    const damaged = Buffer.concat([
      gzipSync(file.subarray(0, 3000)),
      Buffer.from('not gzip at all'),
    ]);
    const { packets, result } = readBytes(damaged);
    expect(packets).toEqual(plain.packets.slice(0, packets.length));
    expect(packets.length).toBeGreaterThan(10);
    expect(result).toMatchObject({ kind: 'read', faults: [{ name: 'capture.packed' }] });
  });
});

describe('what is packed and no capture', () => {
  test.for([
    [
      'text',
      gzipSync('hello, this is text'),
      'starts with 68 65 6c 6c, which is neither pcap nor pcapng',
    ],
    [
      'a capture that is packed twice',
      gzipSync(gzipSync(PCAP)),
      'starts with 1f 8b 08 00, which is neither pcap nor pcapng',
    ],
    ['nothing', gzipSync(''), 'is empty, unpacked'],
    [
      'damage from the start',
      Buffer.from('1f8b080000000000000307', 'hex'),
      'cannot be unpacked, gzip: invalid block type',
    ],
  ] as const)('%s', ([, bytes, text]) => {
    expect(readBytes(bytes).result).toEqual({ kind: 'no-capture', text });
  });
});

test('a few bytes that unpack to a quarter of a gigabyte take no memory', () => {
  const length = 2 ** 28;
  // A block of a type that is passed over, whose content is zeros.
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x0bad_beef, 0);
  head.writeUInt32LE(length, 4);
  const zeros = gzipSync(Buffer.alloc(length / 16));
  const bomb = Buffer.concat([
    gzipSync(new PcapngBuilder().section().interface().bytes()),
    gzipSync(head),
    ...Array.from({ length: 16 }, () => zeros),
  ]);
  expect(bomb.length).toBeLessThan(length / 900);
  const reader = new CaptureReader();
  const before = process.memoryUsage().arrayBuffers;
  for (let at = 0; at < bomb.length; ) {
    at += reader.append(bomb.subarray(at));
    while (reader.next()) expect.unreachable();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_000_000);
  }
  reader.finish();
  // The sixteen members are eight bytes more than the block.
  expect(reader.buffer.offset).toBeGreaterThan(length);
});
