import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AlertBook,
  MAX_BOOK_TEXT,
  MAX_OBJECTS,
  MAX_STREAMS,
  STREAM_IDLE_MICROS,
} from '#sensor/detect/alert-book.ts';
import { type AssetView, UNKNOWN_PLANT } from '#sensor/detect/plant-view.ts';
import type { Rule } from '#sensor/detect/sigma/rule.ts';
import { MAX_SEEN } from '#sensor/model/bounds.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { exchange, health, SECOND, T0, write } from '../../support/exchange.ts';
import { shippedRules } from '../../support/shipped-rules.ts';

const RULES = shippedRules();
const find = (action: string): Rule => RULES.get(action) as Rule;
const NEW_WRITER = find('write-from-new-client');

const PLC: AssetView = {
  id: 'plc-12',
  zone: 'cell-1',
  criticality: 'high',
  safety: false,
  purdue: 1,
};

function createBook(
  overrides: Partial<ConstructorParameters<typeof AlertBook>[0]> = {},
): AlertBook {
  return new AlertBook({
    plant: { ...UNKNOWN_PLANT, asset: (ip) => (ip === '10.0.1.12' ? PLC : undefined) },
    describe: (seen) =>
      seen.protocol === 'modbus' ? { modbus: { unit_id: seen.modbus.unitId } } : {},
    evidence: () => undefined,
    ...overrides,
  });
}

const rogue = (at = 0, more = {}) => ({
  ...write({ from: '192.0.2.7', at, ...more }),
  facts: [{ name: 'baseline.new-writer', text: 'never wrote before (learned writers: hmi-1)' }],
});

test('an alert says in one sentence what happened', () => {
  const book = createBook();
  book.note(NEW_WRITER, rogue(), '19.1');
  const [alert] = book.takeChanged();
  expect(alert).toMatchObject({
    '@timestamp': isoMicros(T0),
    event: { kind: 'alert', severity: 78, action: 'write-from-new-client' },
    message:
      '192.0.2.7 wrote 1500 to holding register 100 (40101) of unit 1 on plc-12; never wrote before (learned writers: hmi-1)',
    rule: { id: NEW_WRITER.id, level: 'high', version: '3' },
    threat: {
      framework: 'MITRE ATT&CK for ICS',
      technique: [{ id: 'T0848' }, { id: 'T1692.001', legacy_id: 'T0855' }],
    },
    source: { ip: '192.0.2.7', port: 40_000 },
    destination: { ip: '10.0.1.12', port: 502 },
    modbus: { unit_id: 1 },
    lockkeeper: {
      alert: { count: 1, first_seen: isoMicros(T0), last_seen: isoMicros(T0), status: 'new' },
      attack_version: '19.1',
      frames: [1, 2],
      asset: { id: 'plc-12', zone: 'cell-1' },
      operation: { kind: 'write', object: 'holding register 100 (40101) of unit 1' },
      severity: [
        { part: 'rule level high', points: 60 },
        { part: 'criticality high of plc-12', points: 10 },
        { part: 'zone cell-1, Purdue level 1', points: 8 },
      ],
    },
  });
  expect(alert?.lockkeeper.alert.id).toMatch(/^al_[0-9a-f]{24}$/);
});

test('what a device refused was tried, and what nobody answered says so', () => {
  const book = createBook();
  book.note(NEW_WRITER, rogue(0, { exception: 2 }), '19.1');
  book.note(NEW_WRITER, rogue(0, { to: '10.0.1.13', unanswered: true }), '19.1');
  const [refused, unanswered] = book.takeChanged().map(({ message }) => message);
  expect(refused).toContain('tried to write 1500');
  expect(refused).toContain('plc-12 refused it with exception 2');
  expect(unanswered).toContain('on 10.0.1.13; no answer was seen');
});

test("the policy's answer stands in the alert, with its line", () => {
  const because = [{ rule: 'ops', at: { file: 'plant.yaml', line: 12 }, text: 'reads only' }];
  const plant = { ...UNKNOWN_PLANT, allowed: () => ({ allowed: false, because }) };
  const book = createBook({ plant });
  book.note(NEW_WRITER, rogue(), '19.1');
  expect(book.takeChanged()[0]?.lockkeeper.policy).toEqual({
    allowed: false,
    because: ['reads only (ops, plant.yaml:12)'],
  });
});

test("the sensor's own trouble is an alert without peers", () => {
  const book = createBook();
  book.note(find('sensor-packet-loss'), health({ dropped: 12 }), '19.1');
  const [alert] = book.takeChanged();
  expect(alert?.message).toBe(
    'the sensor lost 12 of 1000 packets on span0: until this ends, alerts may be missing',
  );
  expect(alert).not.toHaveProperty('source');
  expect(alert).not.toHaveProperty('threat');
});

describe('deduplication', () => {
  test('same rule, peers and object are one alert that counts', () => {
    const book = createBook();
    for (const at of [0, 1, 2]) book.note(NEW_WRITER, rogue(at * SECOND), '19.1');
    const [alert, ...more] = book.takeChanged();
    expect(more).toEqual([]);
    expect(alert?.lockkeeper.alert).toMatchObject({
      count: 3,
      first_seen: isoMicros(T0),
      last_seen: isoMicros(micros(T0 + 2 * SECOND)),
    });
    expect(alert?.lockkeeper.alert.seen).toHaveLength(3);
  });

  test('another object is another alert', () => {
    const book = createBook();
    for (const address of [100, 101, 101]) {
      book.note(NEW_WRITER, rogue(0, { address }), '19.1');
    }
    expect(book.takeChanged().map(({ lockkeeper }) => lockkeeper.alert.count)).toEqual([1, 2]);
  });

  test.for([
    [MAX_OBJECTS, MAX_OBJECTS],
    [MAX_OBJECTS + 1, MAX_OBJECTS + 1],
    [5 * MAX_OBJECTS, MAX_OBJECTS + 1],
  ] as const)('of %i objects of one pair come %i alerts', ([objects, expected]) => {
    const book = createBook();
    const all = () => {
      for (let address = 0; address < objects; address++) {
        book.note(NEW_WRITER, rogue(0, { address }), '19.1');
      }
    };
    all();
    expect(book.takeChanged()).toHaveLength(expected);
    all();
    const again = book.takeChanged();
    expect(again).toHaveLength(expected);
    const counted = again.reduce((sum, { lockkeeper }) => sum + lockkeeper.alert.count, 0);
    expect(counted).toBe(2 * objects);
    const other = rogue(0, { from: '192.0.2.99', address: 7 });
    book.note(NEW_WRITER, other, '19.1');
    expect(book.takeChanged()[0]?.source?.ip).toBe('192.0.2.99');
  });

  test('nothing is given out twice, and the id stays while it counts', () => {
    const book = createBook();
    book.note(NEW_WRITER, rogue(), '19.1');
    const [first] = book.takeChanged();
    expect(book.takeChanged()).toEqual([]);
    book.note(NEW_WRITER, rogue(SECOND), '19.1');
    const [second] = book.takeChanged();
    expect(second?.lockkeeper.alert.id).toBe(first?.lockkeeper.alert.id);
    expect(second?.lockkeeper.alert.count).toBe(2);
  });

  test('of many that count further some are given out at a time, and none is forgotten', () => {
    const book = createBook();
    const all = (at: number) => {
      for (const address of [1, 2, 3, 4, 5]) book.note(NEW_WRITER, rogue(at, { address }), '19.1');
    };
    const counts = (most?: number) =>
      book.takeChanged(most).map(({ lockkeeper }) => lockkeeper.alert.count);
    all(0);
    expect(counts(2)).toEqual([1, 1, 1, 1, 1]);
    all(1);
    expect(counts(2)).toEqual([2, 2]);
    all(2);
    book.note(NEW_WRITER, rogue(2, { address: 6 }), '19.1');
    // However many are new, those that go on get their turn.
    expect(counts(1)).toEqual([1, 3]);
    expect(counts(3)).toEqual([3, 3, 3]);
    expect(counts()).toEqual([3]);
    expect(counts()).toEqual([]);
  });

  test('the number of alerts is that of different keys, their counts that of all occurrences', () => {
    const ip = fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3');
    const step = fc.record({ from: ip, to: ip, rule: fc.constantFrom(...RULES.values()) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const book = createBook();
        for (const [i, { from, to, rule }] of steps.entries()) {
          book.note(rule, { ...rogue(i), ...exchange({ from, to, at: i }) }, '19.1');
        }
        const alerts = book.takeChanged();
        const keys = steps.map(({ from, to, rule }) =>
          rule.action.startsWith('sensor-') ? rule.id : `${rule.id} ${from} ${to}`,
        );
        expect(alerts).toHaveLength(new Set(keys).size);
        const counted = alerts.reduce((sum, { lockkeeper }) => sum + lockkeeper.alert.count, 0);
        expect(counted).toBe(steps.length);
        expect(new Set(alerts.map(({ lockkeeper }) => lockkeeper.alert.id)).size).toBe(
          alerts.length,
        );
      }),
    );
  });

  test('the same traffic gives the same ids', () => {
    const ids = () => {
      const book = createBook();
      book.note(NEW_WRITER, rogue(), '19.1');
      return book.takeChanged().map(({ lockkeeper }) => lockkeeper.alert.id);
    };
    expect(ids()).toEqual(ids());
  });

  test.each([
    ['one µs before a day of quiet', STREAM_IDLE_MICROS - 1, 1],
    ['after a day of quiet', STREAM_IDLE_MICROS, 2],
    ['one µs later', STREAM_IDLE_MICROS + 1, 2],
  ])('%s', (_name, at, expected) => {
    const book = createBook();
    book.note(NEW_WRITER, rogue(), '19.1');
    book.note(NEW_WRITER, rogue(at), '19.1');
    expect(book.takeChanged()).toHaveLength(expected);
  });

  test('the newest hundred times are kept', () => {
    const book = createBook();
    for (let i = 0; i <= MAX_SEEN; i++) book.note(NEW_WRITER, rogue(i), '19.1');
    const seen = book.takeChanged()[0]?.lockkeeper.alert.seen ?? [];
    expect(seen).toHaveLength(MAX_SEEN);
    expect(seen[0]).toBe(isoMicros(micros(T0 + 1)));
  });
});

test('a key of any length is short, and still tells apart', () => {
  const long = (last: number): Rule => ({
    ...NEW_WRITER,
    dedupKey: () => `${'x'.repeat(5000)}${last}`,
  });
  const book = createBook();
  for (const last of [1, 2, 1]) book.note(long(last), rogue(), '19.1');
  const keys = book.takeChanged().map(({ lockkeeper }) => lockkeeper.alert.dedup_key);
  expect(new Set(keys).size).toBe(2);
  expect(keys.map(({ length }) => length)).toEqual([400, 400]);
});

test('evidence is cut once, as the alert begins', () => {
  const cut: string[] = [];
  const book = createBook({
    evidence: ({ lockkeeper }) => {
      cut.push(lockkeeper.alert.id);
      return { pcap: 'x.pcapng', sha256: '00', complete: true };
    },
  });
  book.note(NEW_WRITER, rogue(), '19.1');
  book.note(NEW_WRITER, rogue(1), '19.1');
  const [alert] = book.takeChanged();
  expect(cut).toEqual([alert?.lockkeeper.alert.id]);
  expect(alert?.lockkeeper.evidence).toEqual({ pcap: 'x.pcapng', sha256: '00', complete: true });
});

test('an alert goes on after a restart', () => {
  const before = createBook();
  before.note(NEW_WRITER, rogue(), '19.1');
  const open = before.takeChanged();
  const after = createBook();
  after.restore(open);
  expect(after.takeChanged()).toEqual([]);
  after.note(NEW_WRITER, rogue(SECOND), '19.1');
  const [alert] = after.takeChanged();
  expect(alert?.lockkeeper.alert).toMatchObject({ id: open[0]?.lockkeeper.alert.id, count: 2 });
  expect(alert?.lockkeeper.alert.seen).toHaveLength(2);
});

test('the book is bounded; what is closed early is still told, and that it was is a fact', () => {
  const book = createBook();
  for (let i = 0; i <= MAX_STREAMS; i++) {
    const from = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    book.note(NEW_WRITER, { ...rogue(i), ...write({ from, at: i }) }, '19.1');
  }
  expect(book.takeChanged()).toHaveLength(MAX_STREAMS + 1);
  expect(book.takeFacts().map(({ name }) => name)).toEqual(['sensor.alerts-full']);
  expect(book.takeFacts()).toEqual([]);
});

test('large alerts take the room of many', () => {
  const value = 'x'.repeat(1_048_576);
  const book = createBook({ describe: () => ({ opcua: { nodes: [{ value }] } }) });
  const fitting = Math.floor(MAX_BOOK_TEXT / (value.length + 4096));
  const note = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      book.note(NEW_WRITER, { ...rogue(i), ...write({ from: `10.0.0.${i}`, at: i }) }, '19.1');
    }
  };
  note(0, fitting);
  expect(book.takeFacts()).toEqual([]);
  note(fitting, fitting + 2);
  expect(book.takeFacts()).toMatchObject([{ name: 'sensor.alerts-full' }]);
  // What is open goes on; the first, which was quiet longest, is a new alert.
  book.takeChanged();
  note(fitting, fitting + 1);
  note(0, 1);
  const counts = book.takeChanged().map(({ lockkeeper }) => lockkeeper.alert.count);
  expect(counts).toEqual([1, 2]);
});
