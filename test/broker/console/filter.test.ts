import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlertPageView, AlertRowView } from '#broker/api/views.ts';
import { alertFilter, alertQuery } from '#broker/console/alerts/filter.ts';
import { matches, replaced } from '#broker/console/alerts/rows.ts';
import { readQuery, writeQuery } from '#broker/ui/address-query.ts';

const DEFAULT = { status: ['new', 'acknowledged'], severity: 0, text: '' };

const ROW: AlertRowView = {
  id: 'al_1',
  version: 3,
  status: 'new',
  severity: 78,
  level: 'high',
  message: '127.20.66.66 wrote 1500 to holding register 100 of plc-12',
  rule: 'Operation not allowed by the plant policy',
  count: 1,
  firstSeen: '2026-11-23T14:05:09.000000Z',
  lastSeen: '2026-11-23T14:05:09.000000Z',
  asset: 'plc-12',
  techniques: [],
};

describe('the filter in the address', () => {
  test.for<[string, Record<string, unknown>, object]>([
    ['nothing said', {}, DEFAULT],
    [
      'all said',
      { status: ['closed'], severity: 70, text: 'plc' },
      { status: ['closed'], severity: 70, text: 'plc' },
    ],
    ['an unknown status', { status: ['open', 'new'] }, { ...DEFAULT, status: ['new'] }],
    ['one status alone', { status: 'new' }, { ...DEFAULT, status: ['new'] }],
    ['as a person types it', { status: 'closed,new' }, { ...DEFAULT, status: ['new', 'closed'] }],
    ['no status', { status: '' }, { ...DEFAULT, status: [] }],
    ['unknown words alone', { status: 'open' }, DEFAULT],
    ['a severity as the address has it', { severity: '70' }, { ...DEFAULT, severity: 70 }],
    ['a severity out of range', { severity: 101 }, DEFAULT],
    ['a severity in words', { severity: 'high' }, DEFAULT],
    ['digits to search for', { text: '1500' }, { ...DEFAULT, text: '1500' }],
  ])('%s', ([, search, expected]) => {
    expect(alertFilter(search)).toEqual(expected);
  });

  test('is readable whatever the address says, and reads what it gave', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('status', 'severity', 'text'), fc.anything()),
        (search) => {
          const filter = alertFilter(search);
          expect(alertFilter({ ...filter })).toEqual(filter);
          expect(alertFilter(readQuery(writeQuery({ ...filter })))).toEqual(filter);
          expect(alertQuery(filter)).toBeTypeOf('string');
        },
      ),
    );
  });
});

describe('a live row', () => {
  test.for<[Partial<ReturnType<typeof alertFilter>>, boolean]>([
    [{}, true],
    [{ status: ['closed'] }, false],
    [{ status: [] }, true],
    [{ severity: 78 }, true],
    [{ severity: 79 }, false],
    [{ text: 'PLC-12' }, true],
    [{ text: 'allowed plc-12' }, true],
    [{ text: 'allowed sis-1' }, false],
    [{ text: 'sis-1' }, false],
  ])('under %j counts as new: %s', ([part, expected]) => {
    expect(matches({ ...alertFilter({}), ...part }, ROW)).toBe(expected);
  });

  test('takes the place of its older self and never of a newer one', () => {
    const other = { ...ROW, id: 'al_2' };
    const page: AlertPageView = {
      items: [other, ROW],
      counts: { new: 2, acknowledged: 0, closed: 0 },
    };
    const newer = { ...ROW, version: 4, count: 2 };
    expect(replaced([page], newer)).toEqual([{ ...page, items: [other, newer] }]);
    expect(replaced([{ ...page, items: [other, newer] }], ROW)).toEqual([
      { ...page, items: [other, newer] },
    ]);
    expect(replaced([page], { ...ROW, id: 'al_3' })).toEqual([page]);
  });
});
