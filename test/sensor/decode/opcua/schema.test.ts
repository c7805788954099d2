import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BinaryReader } from '#sensor/decode/opcua/binary.ts';
import { Budget, type Datum, MAX_DATA } from '#sensor/decode/opcua/datum.ts';
import { isMessage, readMessage } from '#sensor/decode/opcua/read-message.ts';
import { codecNamed, STRUCTURES } from '#sensor/decode/opcua/schema/catalogue.ts';
import { emitMessage, FILL } from '../../../support/opcua-emit.ts';
import { structureOf } from '../../../support/opcua-trees.ts';
import { runs } from '../../../support/runs.ts';

const MESSAGES = STRUCTURES.map(({ name }) => name).filter(
  (name) =>
    /^(?!MonitoredItem|CallMethod).*(Request|Response)$/.test(name) || name === 'ServiceFault',
);

const ample = (): Budget => new Budget(1_000_000, 10_000_000);

/** `bytes` with all that must not leave the decoder overwritten. */
function masked(bytes: Buffer, secrets: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  for (let i = 0; i < secrets.length; i += 2) copy.fill(FILL, secrets[i], secrets[i + 1]);
  return copy;
}

const count = (datum: Datum): number => {
  if (typeof datum !== 'object') return 1;
  if (datum.kind === 'list')
    return 1 + datum.members.reduce<number>((n, each) => n + count(each), 0);
  if (datum.kind === 'structure') {
    return 1 + [...datum.fields.values()].reduce<number>((n, each) => n + count(each), 0);
  }
  if (datum.kind === 'variant') return 1 + count(datum.value);
  if (datum.kind === 'timed') return 1 + count(datum.value);
  return datum.kind === 'extension' ? 1 + count(datum.body) : 1;
};

describe('the schema', () => {
  test('has a request and a response of every service', () => {
    expect(MESSAGES).toHaveLength(2 * 39 + 1);
  });

  test.each(MESSAGES)('%s: what was read is what was written', (name) => {
    fc.assert(
      fc.property(structureOf(name), (tree) => {
        const bytes = emitMessage(tree);
        const read = readMessage(bytes, ample());
        expect(read.isExact).toBe(true);
        expect(isMessage(bytes)).toBe(true);
        if (read.tree === undefined) throw new Error('no tree');
        expect(emitMessage(read.tree)).toEqual(masked(bytes, read.secrets));
      }),
      { numRuns: runs(20) },
    );
  });

  test.each(MESSAGES)(
    '%s, cut or spoilt, never throws, and to pass over it finds the same',
    (name) => {
      fc.assert(
        fc.property(
          structureOf(name),
          fc.nat(),
          fc.nat(),
          fc.integer({ min: 0, max: 255 }),
          (tree, cut, place, value) => {
            const whole = emitMessage(tree);
            const bytes = Buffer.from(whole.subarray(0, cut % (whole.length + 1)));
            if (bytes.length > 4) bytes[4 + (place % (bytes.length - 4))] = value;
            const read = readMessage(bytes);
            expect(isMessage(bytes)).toBe(read.isExact);
            expect(count(read.tree)).toBeLessThan(2 * MAX_DATA);
          },
        ),
        { numRuns: runs(20) },
      );
    },
  );

  test('random bytes never throw, and are read as they are passed over', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STRUCTURES),
        fc.uint8Array({ maxLength: 200 }),
        ({ name }, random) => {
          const codec = codecNamed(name);
          const [read, skipped] = [0, 1].map(() => new BinaryReader(Buffer.from(random)));
          if (read === undefined || skipped === undefined) throw new Error('no reader');
          codec.read(read, new Budget());
          codec.skip(skipped);
          expect([skipped.at, skipped.fault?.name]).toEqual([read.at, read.fault?.name]);
          expect(skipped.secrets).toEqual(read.secrets);
        },
      ),
      { numRuns: runs(3000) },
    );
  });
});
