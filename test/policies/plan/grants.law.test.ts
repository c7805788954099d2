import '../../support/property-runs.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluateAccess } from '#policies/evaluate.ts';
import { compareGrants } from '#policies/plan/grants.ts';
import type { Plant } from '#policies/plant.ts';
import type { ModbusOperation } from '#sensor/model/operation.ts';
import { isReal, plant, requests } from '../arbitrary.ts';

/** The most that a grant of the entry can give. */
function mayBeGranted(policy: Plant, asset: string, operation: ModbusOperation): boolean {
  const operations = policy.access.get('acme-press')?.mayRequest ?? [];
  const subject = { entry: 'acme-press', asset, operations };
  return evaluateAccess(policy, subject, [operation]).allowed;
}

test('what a grant can give is told of iff it changes, with values of two registers too', () => {
  const seen = { stays: 0, allowed: 0, denied: 0 };
  fc.assert(
    fc.property(plant, plant, requests, (before, after, many) => {
      const { changes, changesOf } = compareGrants(before, after);
      const asked = many.flatMap(({ operations }) => operations).filter(isReal);
      for (const operation of asked) {
        for (const asset of ['plc', 'sis']) {
          const [was, is] = [before, after].map((each) => mayBeGranted(each, asset, operation));
          const expected = was === is ? 'stays' : is ? 'allowed' : 'denied';
          seen[expected] += 1;
          const told = changesOf({ entry: 'acme-press', asset, operation });
          expect(told.length > 0, JSON.stringify({ asset, operation, changes })).toBe(was !== is);
          for (const { becomes } of told) expect(becomes).toBe(expected);
        }
      }
      for (const { becomes, asset, example } of changes) {
        const { operation } = example;
        if (operation.protocol !== 'modbus') throw new Error('grants are of Modbus');
        const answers = [before, after].map((each) => mayBeGranted(each, asset, operation));
        expect(answers, JSON.stringify(example)).toEqual([
          becomes === 'denied',
          becomes === 'allowed',
        ]);
      }
    }),
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
});
