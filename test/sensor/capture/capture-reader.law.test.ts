import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pcapFile } from '../../support/packets.ts';
import { PcapngBuilder } from '../../support/pcapng.ts';
import { readBytes } from '../../support/reading.ts';
import { runs } from '../../support/runs.ts';

const frame = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
const frames = fc.array(frame, { maxLength: 8 });

function pcapng(list: readonly Buffer[], littleEndian: boolean): Buffer {
  const file = new PcapngBuilder(littleEndian).section().interface();
  for (const [i, one] of list.entries()) {
    if (i % 3 === 2) file.block(0x4000_0bad, Buffer.alloc(16));
    file.packet(one, { units: BigInt(1_700_000_000_000_000 + i) });
  }
  return file.bytes();
}

const capture = fc
  .tuple(frames, fc.boolean(), fc.boolean())
  .map(([list, littleEndian, ng]) =>
    ng ? pcapng(list, littleEndian) : pcapFile(list, { littleEndian }),
  );

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 });

describe('reading a capture', () => {
  test('gives the same packets however the bytes arrive', () => {
    fc.assert(
      fc.property(capture, sizes, (bytes, pieces) => {
        expect(readBytes(bytes, pieces)).toEqual(readBytes(bytes));
      }),
    );
  });

  test('gives back the packets that were written', () => {
    fc.assert(
      fc.property(frames, fc.boolean(), (list, littleEndian) => {
        const written = list.map((one) => one.toString('hex'));
        expect(readBytes(pcapng(list, littleEndian)).packets.map(({ hex }) => hex)).toEqual(
          written,
        );
        expect(readBytes(pcapFile(list, { littleEndian })).packets.map(({ hex }) => hex)).toEqual(
          written,
        );
      }),
    );
  });

  test('never throws on damaged captures, and its times can be used', () => {
    const damage = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(capture, damage, sizes, (bytes, changes, pieces) => {
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        for (const { at, number } of readBytes(bytes, pieces).packets) {
          expect(Number.isSafeInteger(at) && at >= 0).toBe(true);
          expect(number).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  test('never throws on any bytes behind the magic number of any format', () => {
    const magic = fc.constantFrom(
      'd4c3b2a1',
      'a1b2c3d4',
      '4d3cb2a1',
      '34cdb2a1',
      '0a0d0d0a',
      '1f8b0800',
      '',
    );
    fc.assert(
      fc.property(
        magic,
        fc.uint8Array({ maxLength: 300, size: 'max' }),
        sizes,
        (start, rest, pieces) => {
          readBytes(Buffer.concat([Buffer.from(start, 'hex'), rest]), pieces);
        },
      ),
      { numRuns: runs(300) },
    );
  });
});
