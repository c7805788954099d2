import { expect, test } from 'vitest';
import { describeEvent } from '#sensor/detect/sentence.ts';
import { createPlantWatch } from '#sensor/judge/plant-watch.ts';
import { withTypedValues } from '#sensor/judge/typed-values.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import { detailFields } from '#sensor/output/detail.ts';
import { Connection } from '../../support/conversation.ts';
import { edited, plantOf } from '../../support/plant.ts';

const PLANT = edited(
  'plc: { zone: cell, address: 10.0.1.12, modbus: { units: [1, 2] }, tags: [press] }',
  `plc:
    zone: cell
    address: 192.0.2.2
    modbus: { units: [1, 2] }
    tags: [press]
    registers:
      speed: { table: holding-registers, address: 99, type: uint16, unit: rpm }
      pressure: { table: holding-registers, address: 100, type: float32, unit: bar }
      level: { table: holding-registers, address: 102, type: int32, word_order: low-first }
      open: { table: coils, address: 3, type: bool }`,
).replace('cidrs: [10.0.1.0/24]', 'cidrs: [10.0.1.0/24, 192.0.2.0/24]');

/** The event of one request and its answer, with what the plant policy says of its registers. */
function event(asked: string, answered: string): SensorEvent {
  const watch = createPlantWatch();
  watch.use(plantOf(PLANT));
  const [found] = new Connection({}).send(0, asked).send(1, answered).events;
  if (found === undefined) throw new Error('no event');
  return withTypedValues(found, watch.view.registers);
}

const typed = (asked: string, answered: string) => {
  const found = event(asked, answered);
  return found.kind === 'exchange' && found.protocol === 'modbus' ? found.modbus.typed : undefined;
};

const READ_FIVE = '0001 0000 0006 01 03 0063 0005';
const FIVE = '0001 0000 000d 01 03 0a 0384 4148 0000 fffe ffff';

test('what a read brings is told by name and type', () => {
  expect(typed(READ_FIVE, FIVE)).toMatchObject([
    { name: 'speed', address: 99, number: '40100', type: 'uint16', value: 900, unit: 'rpm' },
    { name: 'pressure', address: 100, number: '40101', type: 'float32', value: 12.5 },
    { name: 'level', address: 102, number: '40103', type: 'int32', value: -2 },
  ]);
});

test('what is written is told too, and said', () => {
  const write = event(
    '0001 0000 000b 01 10 0064 0002 04 4148 0000',
    '0001 0000 0006 01 10 0064 0002',
  );
  expect(describeEvent(write, (ip) => ip)).toBe(
    '192.0.2.1 wrote 16712, 0 (pressure 12.5 bar) to holding registers 100-101 (40101-40102) of unit 1 on 192.0.2.2',
  );
  if (write.kind !== 'exchange') return;
  expect(detailFields(write)).toMatchObject({ modbus: { typed: [{ name: 'pressure' }] } });
});

test('both halves of function 23 are told', () => {
  const asked = '0001 0000 000d 01 17 0066 0002 0063 0001 02 0005';
  expect(typed(asked, '0001 0000 0007 01 17 04 fffe ffff')).toMatchObject([
    { name: 'speed', value: 5 },
    { name: 'level', value: -2 },
  ]);
});

test('a register that is its own value is not said twice', () => {
  const write = event('0001 0000 0006 01 06 0063 0384', '0001 0000 0006 01 06 0063 0384');
  expect(describeEvent(write, (ip) => ip)).toBe(
    '192.0.2.1 wrote 900 to holding register 99 (40100) of unit 1 on 192.0.2.2',
  );
});

test.for([
  ['half of a value', '0001 0000 0006 01 06 0064 4148', '0001 0000 0006 01 06 0064 4148'],
  ['another table', '0001 0000 0006 01 04 0064 0002', '0001 0000 0007 01 04 04 4148 0000'],
  ['a read that was refused', READ_FIVE, '0001 0000 0003 01 83 02'],
  ['a masked write', '0001 0000 0008 01 16 0063 0000 0005', '0001 0000 0008 01 16 0063 0000 0005'],
  ['an identification', '0001 0000 0005 01 2b 0e 01 00', '0001 0000 0003 01 ab 01'],
] as const)('of %s nothing is', ([, asked, answered]) => {
  expect(typed(asked, answered)).toBeUndefined();
});

test('coils are true or false', () => {
  expect(typed('0001 0000 0006 01 01 0000 0008', '0001 0000 0004 01 01 01 08')).toMatchObject([
    { name: 'open', value: true, number: '00004' },
  ]);
});
