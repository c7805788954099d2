import { describe, expect, test } from 'vitest';
import { identityText } from '#sensor/model/modbus-identity.ts';
import { AssetBook } from '#sensor/output/assets.ts';
import { Survey } from '#sensor/output/survey.ts';
import { Connection } from '../../../support/conversation.ts';

interface Answer {
  readonly objects: readonly (readonly [id: number, value: string])[];
  readonly conformity?: number;
  readonly next?: number;
  readonly unit?: number;
}

/** A header around a PDU. */
function adu(unit: number, pdu: readonly number[]): Buffer {
  return Buffer.from([0, 1, 0, 0, 0, pdu.length + 1, unit, ...pdu]);
}

const asked = (level: number, object: number, unit = 1): Buffer =>
  adu(unit, [0x2b, 0x0e, level, object]);

function answered(level: number, answer: Answer): Buffer {
  const { objects, conformity = 0x83, next, unit = 1 } = answer;
  const said = objects.flatMap(([id, value]) => [
    id,
    value.length,
    ...Buffer.from(value, 'latin1'),
  ]);
  const more = next === undefined ? [0, 0] : [0xff, next];
  return adu(unit, [0x2b, 0x0e, level, conformity, ...more, objects.length, ...said]);
}

const FIRST = {
  objects: [
    [0, 'Acme'],
    [1, 'PX-200'],
  ],
  next: 2,
} as const;
const SECOND = {
  objects: [
    [2, '3.1'],
    [3, 'acme.example'],
    [4, 'Press drive'],
  ],
  next: 5,
} as const;
const THIRD = {
  objects: [
    [5, 'PX'],
    [6, 'Hall 1'],
    [128, 'A1\x1b'],
    [255, 'Z'],
  ],
} as const;

/** All three answers to one that asks for everything. */
const stream = (connection: Connection): Connection =>
  connection
    .send(0, asked(3, 0))
    .send(1, answered(3, FIRST))
    .send(0, asked(3, 2))
    .send(1, answered(3, SECOND))
    .send(0, asked(3, 5))
    .send(1, answered(3, THIRD));

const identities = ({ exchanges }: Connection) => exchanges.map(({ modbus }) => modbus.identity);

const ALL = {
  vendor: 'Acme',
  product: 'PX-200',
  revision: '3.1',
  url: 'acme.example',
  name: 'Press drive',
  model: 'PX',
  application: 'Hall 1',
};

describe('what a device says it is', () => {
  test('is put together over the answers that it takes', () => {
    const connection = stream(new Connection({}));
    const told = identities(connection);
    expect(told[0]).toEqual({
      vendor: 'Acme',
      product: 'PX-200',
      conformity: 'extended-individual',
    });
    expect(told[2]).toEqual({
      ...ALL,
      objects: [
        { id: 128, value: 'A1?' },
        { id: 255, value: 'Z' },
      ],
      conformity: 'extended-individual',
    });
    expect(connection.facts).toEqual([]);
  });

  test('begins anew with the first object, and is that of one unit', () => {
    const connection = stream(new Connection({})).send(0, asked(3, 0)).send(1, answered(3, FIRST));
    connection.send(0, asked(3, 2, 9)).send(1, answered(3, { ...SECOND, unit: 9 }));
    connection.send(0, asked(3, 7)).send(1, answered(3, SECOND));
    const [again, other, elsewhere] = identities(connection).slice(3);
    expect(again).toEqual({ vendor: 'Acme', product: 'PX-200', conformity: 'extended-individual' });
    expect(other).not.toHaveProperty('vendor');
    expect(elsewhere).not.toHaveProperty('vendor');
  });

  test('is also what it says of one object alone', () => {
    const connection = new Connection({}).send(0, asked(4, 5));
    connection.send(1, answered(4, { objects: [[5, 'PX']], conformity: 0x82 }));
    expect(identities(connection)).toEqual([{ model: 'PX', conformity: 'regular-individual' }]);
    expect(connection.facts).toEqual([]);
  });

  test.for([
    ['another object', [[4, 'PX']]],
    [
      'more than one',
      [
        [5, 'PX'],
        [6, 'Hall 1'],
      ],
    ],
    ['none', []],
  ] as const)('of %s than the one asked alone is told', ([, objects]) => {
    const connection = new Connection({}).send(0, asked(4, 5)).send(1, answered(4, { objects }));
    expect(connection.facts).toEqual(['modbus.response-mismatch']);
  });

  test('has no conformity of a code that is not assigned', () => {
    const connection = new Connection({}).send(0, asked(1, 0));
    connection.send(1, answered(1, { objects: [[0, 'Acme']], conformity: 7 }));
    expect(identities(connection)).toEqual([{ vendor: 'Acme' }]);
  });

  test('is kept of a few unfinished units of a connection', () => {
    const connection = new Connection({});
    for (let unit = 1; unit <= 9; unit++) {
      connection.send(0, asked(3, 0, unit)).send(1, answered(3, { ...FIRST, unit }));
    }
    for (const unit of [1, 9]) {
      connection.send(0, asked(3, 2, unit)).send(1, answered(3, { ...SECOND, unit }));
    }
    expect(identities(connection).slice(9)).toMatchObject([
      { revision: '3.1' },
      { vendor: 'Acme', revision: '3.1' },
    ]);
    expect(identities(connection)[9]).not.toHaveProperty('vendor');
  });
});

test('the inventory and the summary join what several answers say, and lose none', () => {
  const connection = stream(new Connection({}));
  connection.send(0, asked(4, 1)).send(1, answered(4, { objects: [[1, 'PX-201']] }));
  const [book, survey] = [new AssetBook(), new Survey()];
  for (const event of connection.events) {
    book.event(event);
    survey.event(event);
  }
  const [, server] = [...book.documents()];
  expect(server).toMatchObject({ units: [{ id: 1, identity: { ...ALL, product: 'PX-201' } }] });
  expect(JSON.stringify(server)).not.toContain('objects');
  const [tally] = survey.servers.values();
  expect(tally?.identities.get(1)).toMatchObject({ ...ALL, product: 'PX-201' });
});

test('in words it says each thing once', () => {
  expect(identityText(ALL)).toBe('Acme PX-200 3.1, Press drive, PX, Hall 1');
  expect(identityText({ model: 'PX', name: 'PX', vendor: '' })).toBe('PX');
  expect(identityText({})).toBe('');
});

test.for([
  ['11 0a 506c61746f2031 00 ff 00', 'Plato 1'],
  ['11 03 01 ff 41', undefined],
  ['11 02 4142', undefined],
] as const)('of a server id %s what is text is shown', ([pdu, text]) => {
  const bytes = [...Buffer.from(pdu.replaceAll(' ', ''), 'hex')];
  const connection = new Connection({}).send(0, adu(1, [0x11])).send(1, adu(1, bytes));
  const [exchange] = connection.exchanges;
  expect(exchange?.modbus.serverId).toBe(text);
  expect(exchange?.modbus.data?.response).toBe(pdu.replaceAll(' ', '').slice(4));
});
