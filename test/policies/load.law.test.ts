import '../support/property-runs.ts';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { lint } from '#policies/lint.ts';
import { inspectPlant, loadPlant } from '#policies/load.ts';
import { runTests } from '#policies/tests.ts';
import { SMALL_PLANT } from '../support/plant.ts';

const EXAMPLE = readFileSync(new URL('../../policies/example-plant.yaml', import.meta.url), 'utf8');

/** Whatever the text: an answer, and where it is a plant, one that can be linted and tested. */
function takes(source: string | Uint8Array): void {
  const { faults, plant, broken } = inspectPlant(source, 'plant.yaml');
  lint(plant, broken);
  // Leaving out what only follows must never let a policy in that has a fault.
  if (faults.length === 0) expect(broken).toEqual(new Set());
  const loaded = loadPlant(source, 'plant.yaml');
  if (loaded.kind === 'faults') {
    expect(loaded.faults.length).toBeGreaterThan(0);
    for (const { line, column, message } of loaded.faults) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(message).not.toBe('');
    }
    return;
  }
  lint(loaded.plant);
  runTests(loaded.plant);
}

test('no bytes make the loader throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => takes(bytes)));
});

test('no text of YAML characters makes it throw', () => {
  const text = fc.string({
    unit: fc.constantFrom(...'ab1:-?[]{}&*!|>#%@"\',\n  \t<=~.'),
    maxLength: 200,
  });
  fc.assert(fc.property(text, (yaml) => takes(yaml)));
});

test('no policy with a piece cut out, doubled or replaced makes it throw', () => {
  const edit = fc.record({
    at: fc.nat({ max: SMALL_PLANT.length }),
    length: fc.nat({ max: 30 }),
    put: fc.oneof(
      fc.constantFrom(
        '',
        '\n',
        ': ',
        '- ',
        '[',
        '}',
        '*a',
        '&a ',
        '"',
        'null',
        '-1',
        '65536',
        '__proto__',
        '~',
      ),
      fc.string({ maxLength: 10 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      takes(
        edits.reduce(
          (text, { at, length, put }) => text.slice(0, at) + put + text.slice(at + length),
          SMALL_PLANT,
        ),
      );
    }),
  );
});

test('no values of any kind under the keys of the language make it throw', () => {
  const words = [
    ...new Set(EXAMPLE.match(/[a-z_]+(?=:)/g)),
    ...['plc', 'cell', 'dmz', '10.0.0.0/8', 'read', 'write', 'any', 'vendor:acme', 'modbus'],
  ];
  const word = fc.constantFrom(...words);
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(word, tie('any'), { maxKeys: 6 }),
    ),
  })).any;
  const sections = [
    'site',
    'gates',
    'zones',
    'assets',
    'vendors',
    'people',
    'conduits',
    'access',
    'tests',
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...sections), value), (policy) => {
      takes(stringify({ version: 1, ...policy }));
    }),
  );
});
