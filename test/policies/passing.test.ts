import '../support/property-runs.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluateAccess } from '#policies/evaluate.ts';
import { shortfall } from '#policies/match.ts';
import { GATE_FUNCTIONS } from '#policies/modbus-functions.ts';
import { pairsOf, undecidedPair } from '#policies/pairs.ts';
import { passing } from '#policies/passing.ts';
import { describeAllowance } from '#policies/words.ts';
import type { ModbusOperation } from '#sensor/model/operation.ts';
import { edited, plantOf, SMALL_PLANT } from '../support/plant.ts';
import { granted } from './arbitrary.ts';

/** What a grant of all that the entry of the small plant lets ask comes to under an edited policy. */
function left(text: string): readonly string[] {
  const operations = plantOf(SMALL_PLANT).access.get('acme-press')?.mayRequest ?? [];
  const subject = { entry: 'acme-press', asset: 'plc', operations };
  return passing(plantOf(text), subject).map(describeAllowance);
}

const READ = 'read holding registers 0-199 (40001-40200) of unit 1, function 3';
const WRITE =
  'write holding registers 100-109 (40101-40110) of unit 1, values 10 to 1500, functions 6, 16';
const IDENTIFY = 'identify unit 1, function 43';

test('what passes whole is told as it was granted', () => {
  expect(left(SMALL_PLANT)).toEqual([READ, WRITE, IDENTIFY]);
});

test.each([
  [
    'a conduit with fewer addresses',
    'range: 100-119 }',
    'range: 100-104 }',
    [READ, WRITE.replace('109 (40101-40110)', '104 (40101-40105)'), IDENTIFY],
  ],
  [
    'a conduit with tighter values',
    'range: 100-119 }',
    'range: 100-119, value: { max: 1200 } }',
    [READ, WRITE.replace('1500', '1200'), IDENTIFY],
  ],
  [
    'a conduit with one function less',
    'fc: [6, 16, 23]',
    'fc: [6, 23]',
    [READ, WRITE.replace('functions 6, 16', 'function 6'), IDENTIFY],
  ],
  ['a conduit without writes', ', { fc: [6, 16, 23], range: 100-119 }', '', [READ, IDENTIFY]],
  [
    'an entry with two ranges where there was one',
    'range: 0-199',
    'range: [0-9, 50]',
    ['read holding registers 0-9 (40001-40010), 50 (40051) of unit 1, function 3', WRITE, IDENTIFY],
  ],
  [
    'a function that the gate does not pass',
    'fc: [43], units',
    'fc: [43, 17], units',
    [READ, WRITE, IDENTIFY],
  ],
  ['another unit behind the asset', 'units: [1, 2]', 'units: [2]', []],
  ['no way to the asset', 'via: gate', 'via: direct', []],
  ['no such entry', 'id: acme-press\n', 'id: other\n', []],
])('after an edit, what is left is told: %s', (_, find, replace, expected) => {
  expect(left(edited(find, replace).replace('grant: acme-press, ', ''))).toEqual(expected);
});

const knowsItsValues = ({ object, values }: ModbusOperation): boolean =>
  object.kind === 'modbus-range' && values?.length === object.quantity;

test('what is told is what is decided', () => {
  let allowed = 0;
  fc.assert(
    fc.property(granted, ({ random, subject, many }) => {
      const told = passing(random, subject);
      const known = random.assets.get(subject.asset);
      const pairs = known === undefined ? [] : pairsOf(known);
      for (const operation of many.flatMap(({ operations }) => operations)) {
        // Of any unit, that is: of any that the asset has.
        if (known?.modbus?.units.includes(operation.object.unit) === false) continue;
        // Bounds that hold every value refuse what is not known, and pairs of registers, all the same.
        if (operation.kind === 'write' && !knowsItsValues(operation)) continue;
        if (operation.kind === 'write' && undecidedPair(pairs, operation, true)) continue;
        const decided = evaluateAccess(random, subject, [operation]).allowed;
        // What is told is told of what the gate passes at all.
        const passes = GATE_FUNCTIONS.has(operation.functionCode);
        const isTold =
          passes && told.some((each) => shortfall(each, operation, pairs) === undefined);
        expect(isTold).toBe(decided);
        if (decided) allowed += 1;
      }
    }),
  );
  // A law that only ever saw refusals would say nothing.
  expect(allowed).toBeGreaterThan(50);
});
