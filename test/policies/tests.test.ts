import { describe, expect, test } from 'vitest';
import { runTests } from '#policies/tests.ts';
import { edited, plantOf } from '../support/plant.ts';

/** Runs one sentence, as it would stand in the file. */
function run(sentence: string) {
  const plant = plantOf(
    edited('- { as: vendor:acme, grant: acme-press, on: plc, deny: [program] }', `- ${sentence}`),
  );
  return runTests(plant);
}

const HOLD = [
  '{ as: asset:hmi, on: plc, allow: ["modbus fc8/2", "modbus fc7", "modbus fc20"], deny: ["modbus fc8/4", "modbus fc8/99", "modbus fc21", "modbus fc17"] }',
  '{ as: asset:hmi, on: plc, allow: [read, "modbus fc16 100+10"] }',
  '{ as: zone:hall, on: asset:plc, allow: [read], deny: ["modbus fc5 0"] }',
  '{ as: any, on: "zone:safety", deny: [write, control, program, identify] }',
  '{ as: zone:dmz, on: sis, deny: [everything] }',
  '{ as: vendor:acme, on: sis, deny: [everything] }',
  '{ as: vendor:acme, on: plc, allow: [read], deny: ["modbus fc6 120 value 0"] }',
  '{ as: vendor:acme, grant: acme-press, on: plc, allow: ["modbus fc6 100 value 10"], deny: ["modbus fc6 100 value 9"] }',
  '{ as: vendor:acme, grant: acme-press, on: "zone:safety", deny: [everything] }',
  '{ as: vendor:acme, grant: acme-press, on: plc, deny: ["modbus fc3 0 unit 2", "modbus fc8/2", "modbus fc22 100", "modbus fc90"] }',
  '{ as: vendor:other, on: sis, deny: [read] }',
];

test.each(HOLD)('holds: %s', (sentence) => {
  const { failures, statements } = run(sentence);
  expect(failures).toEqual([]);
  expect(statements).toBeGreaterThan(0);
});

const FAIL: readonly [string, string][] = [
  ['{ as: asset:hmi, on: plc, allow: [write] }', 'may not write'],
  ['{ as: asset:hmi, on: plc, deny: [write] }', 'may write 0 to holding register 100'],
  ['{ as: any, on: plc, deny: ["modbus fc3 0"] }', 'may read holding register 0'],
  // The gate is a host of its zone too, and through its conduit it reads.
  ['{ as: zone:dmz, on: plc, deny: [read] }', 'the gate (10.0.10.1) may read'],
  // ... but the other hosts of the zone do not.
  ['{ as: zone:dmz, on: plc, allow: [read] }', 'a host of zone dmz (10.0.10.255) may not read'],
  ['{ as: any, on: "zone:safety", deny: ["modbus fc3 9"] }', 'may read holding register 9'],
  ['{ as: any, on: "zone:hall", deny: [read] }', 'may read'],
  [
    '{ as: vendor:acme, grant: acme-press, on: plc, deny: [write] }',
    'may write 10 to holding register 100',
  ],
  [
    '{ as: vendor:acme, grant: acme-press, on: plc, allow: ["modbus fc16 100+2"] }',
    'write unknown values',
  ],
  [
    '{ as: vendor:acme, grant: acme-press, on: plc, allow: [program] }',
    'no function that is decoded does this',
  ],
  [
    '{ as: vendor:acme, grant: acme-press, on: hmi, allow: ["modbus fc3 0"] }',
    'does not name asset `hmi`',
  ],
  [
    '{ as: vendor:acme, grant: acme-press, on: "zone:dmz", allow: ["modbus fc3 0"] }',
    'there is no way',
  ],
];

test.each(FAIL)('fails: %s: %s', (sentence, why) => {
  const { failures } = run(sentence);
  expect(failures[0]?.text).toContain(why);
  expect(failures[0]?.decision.because.length).toBeGreaterThan(0);
});

describe('a kind as a whole', () => {
  test('is denied only if no single register of it passes', () => {
    const text = edited(
      '{ fc: [6, 16], range: 100-109 }]',
      '{ fc: [6], range: 40001, value: { min: 7, max: 7 } }]',
    ).replace('grant: acme-press, on: plc, deny: [program]', 'on: plc, deny: [program]');
    const plant = plantOf(
      text.replace(
        'as: vendor:acme, on: plc, deny: [program]',
        'as: asset:hmi, on: plc, deny: [write]',
      ),
    );
    expect(runTests(plant).failures[0]?.text).toContain('may write 7 to holding register 40001');
  });

  test('is allowed only if all of it passes', () => {
    const all = edited(
      '{ ops: [read] }, { fc: [6, 16], range: 100-109 }]',
      '{ ops: [read], range: 0-65534 }]',
    ).replace(
      'as: vendor:acme, grant: acme-press, on: plc, deny: [program]',
      'as: asset:hmi, on: plc, allow: [read]',
    );
    expect(runTests(plantOf(all)).failures).toHaveLength(1);
    const registers = all.replace('0-65534', '0-65535');
    // Status, counters and files are read as well, and no line with addresses speaks of them.
    expect(runTests(plantOf(registers)).failures).toHaveLength(1);
    const rest = '{ fc: [7, 8, 11, 12, 20, 24], ops: [read] }';
    const whole = registers.replace('range: 0-65535 }', `$&, ${rest}`);
    expect(runTests(plantOf(whole)).failures).toHaveLength(0);
    expect(runTests(plantOf(registers.replace(', range: 0-65535', ''))).failures).toHaveLength(0);
  });
});
