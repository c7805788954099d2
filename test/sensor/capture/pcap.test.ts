import { describe, expect, test } from 'vitest';
import { MAX_CAPTURED_LENGTH } from '#sensor/capture/source.ts';
import { pcapFile } from '../../support/packets.ts';
import { readBytes } from '../../support/reading.ts';

const FRAMES = ['aabb', 'ccddee', '01'].map((hex) => Buffer.from(hex, 'hex'));

describe('a classic capture', () => {
  test.for([
    ['little-endian, µs', true, false],
    ['big-endian, µs', false, false],
    ['little-endian, ns', true, true],
    ['big-endian, ns', false, true],
  ] as const)('%s', ([, littleEndian, nanoseconds]) => {
    const bytes = pcapFile(FRAMES, {
      littleEndian,
      nanoseconds,
      startMicros: 1_700_000_000_999_500,
    });
    const { packets, result } = readBytes(bytes);
    expect(packets).toEqual(
      ['aabb', 'ccddee', '01'].map((hex, i) => ({
        hex,
        at: 1_700_000_000_999_500 + i * 1000,
        originalLength: hex.length / 2,
        linkType: 1,
        interfaceIndex: 0,
        number: i + 1,
      })),
    );
    expect(result).toMatchObject({
      kind: 'read',
      format: 'pcap',
      packets: 3,
      bytes: 6,
      faultCount: 0,
    });
  });

  test('of the modified form has records of 24 bytes', () => {
    const bytes = pcapFile(FRAMES.slice(0, 1));
    bytes.writeUInt32LE(0xa1b2_cd34, 0);
    const parts = [bytes.subarray(0, 40), Buffer.alloc(8), bytes.subarray(40)];
    expect(readBytes(Buffer.concat(parts)).packets.map(({ hex }) => hex)).toEqual(['aabb']);
  });

  test('whose snaplen cuts says how long the packets were', () => {
    const { packets } = readBytes(pcapFile(FRAMES, { snaplen: 2 }));
    expect(packets.map(({ hex, originalLength }) => [hex, originalLength])).toEqual([
      ['aabb', 2],
      ['ccdd', 3],
      ['01', 1],
    ]);
  });

  test('keeps the link type apart from the bits about the frame check sequence', () => {
    const bytes = pcapFile(FRAMES, { linkType: 0xf400_0071 });
    expect(readBytes(bytes).packets[0]?.linkType).toBe(113);
  });

  test('without packets is a capture', () => {
    expect(readBytes(pcapFile([])).result).toMatchObject({
      kind: 'read',
      packets: 0,
      faultCount: 0,
    });
  });
});

describe('a damaged capture', () => {
  const whole = pcapFile(FRAMES);

  test('cut anywhere gives every whole packet, and says where it was cut', () => {
    const ends = [24, 42, 61, 78];
    for (let cut = 4; cut < whole.length; cut++) {
      const { packets, result } = readBytes(whole.subarray(0, cut));
      const before = ends.filter((end) => end <= cut);
      expect(packets).toHaveLength(Math.max(0, before.length - 1));
      const faults = ends.includes(cut)
        ? []
        : [{ name: 'capture.truncated', offset: before.at(-1) ?? 0 }];
      expect(result).toMatchObject({ kind: 'read', faults });
    }
  });

  test.for([
    ['is too long by one', MAX_CAPTURED_LENGTH + 1],
    ['is negative', 0xffff_ffff],
  ] as const)('a record length that %s ends it, with the byte where it stands', ([, length]) => {
    const bytes = Buffer.from(whole);
    bytes.writeUInt32LE(length, 42 + 8);
    const { packets, result } = readBytes(bytes);
    expect(packets.map(({ hex }) => hex)).toEqual(['aabb']);
    expect(result).toMatchObject({
      kind: 'read',
      packets: 1,
      faultCount: 1,
      faults: [{ name: 'capture.record-length', offset: 42 }],
    });
  });

  test('the longest allowed record is read', () => {
    const { packets, result } = readBytes(
      pcapFile([Buffer.alloc(MAX_CAPTURED_LENGTH)], { snaplen: 300_000 }),
    );
    expect(packets).toHaveLength(1);
    expect(result).toMatchObject({ faultCount: 0 });
  });
});

describe('what is no capture', () => {
  test.for([
    ['nothing', '', 'no-capture', 'is empty'],
    ['three bytes', 'd4c3b2', 'no-capture', 'has only 3 bytes, too few for a capture'],
    [
      'text',
      '68656c6c6f',
      'no-capture',
      'starts with 68 65 6c 6c, which is neither pcap nor pcapng',
    ],
    ['the start of gzip', '1f8b0800', 'no-capture', 'is empty, unpacked'],
    [
      'zstd',
      '28b52ffd',
      'compressed',
      'is packed with zstd, which is not read yet; unpack it first',
    ],
    [
      'xz',
      'fd377a585a00',
      'compressed',
      'is packed with xz, which is not read yet; unpack it first',
    ],
    [
      'bzip2',
      '425a6839',
      'compressed',
      'is packed with bzip2, which is not read yet; unpack it first',
    ],
    ['lz4', '04224d18', 'compressed', 'is packed with lz4, which is not read yet; unpack it first'],
  ] as const)('%s', ([, hex, kind, text]) => {
    expect(readBytes(Buffer.from(hex, 'hex'), [1]).result).toEqual({ kind, text });
  });
});
