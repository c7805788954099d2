import { describe, expect, test } from 'vitest';
import type { AssetPageView, AssetRowView } from '#broker/api/views-assets.ts';
import { type AssetFilter, assetFilter, assetQuery } from '#broker/console/assets/filter.ts';
import { counted, firstPages, matches, replaced } from '#broker/console/assets/rows.ts';
import { chosenCell } from '#broker/console/policy/cell.ts';
import { readQuery } from '#broker/ui/address-query.ts';

describe('the filter of the asset list in a URL', () => {
  test.for<[string, Readonly<Record<string, unknown>>, AssetFilter]>([
    ['nothing is everything', {}, { text: '' }],
    ['a zone that is empty is no zone', { zone: '' }, { text: '', zone: '' }],
    ['digits are words', readQuery('?text=12&zone=7'), { text: '12', zone: '7' }],
    ['what is unreadable is left out', { zone: ['a'], standing: 'x', protocol: '' }, { text: '' }],
    [
      'all together',
      { text: 'pump', zone: 'cell-1', protocol: 'modbus', standing: 'unknown' },
      { text: 'pump', zone: 'cell-1', protocol: 'modbus', standing: 'unknown' },
    ],
  ])('%s', ([, search, filter]) => {
    expect(assetFilter(search)).toEqual(filter);
  });

  test('is asked of the API as it stands, with the zone that is none', () => {
    expect(assetQuery({ text: '' })).toBe('');
    expect(assetQuery({ text: 'a b', zone: '', standing: 'named' }, 'c')).toBe(
      'text=a+b&zone=&standing=named&cursor=c',
    );
  });
});

const row = (more: Partial<AssetRowView> = {}): AssetRowView => ({
  address: '127.20.1.12',
  asset: { id: 'plc-12', name: 'Press PLC' },
  zone: { id: 'cell-1', name: 'Cell 1', purdue: 1 },
  isGate: false,
  roles: ['server'],
  protocols: ['modbus'],
  identity: 'OT P1 v1',
  heardName: 'press-plc.lan',
  vendor: 'Siemens AG',
  behaviour: ['controller'],
  ...more,
});

describe('an asset that was just heard', () => {
  const { asset: _, zone: __, ...stranger } = row();
  const gate = { ...stranger, isGate: true };
  test.for<[string, AssetFilter, AssetRowView, boolean]>([
    ['all', { text: '' }, row(), true],
    ['every word somewhere', { text: 'press p1  1.12' }, row(), true],
    [
      'a name that it was heard by, and who made it',
      { text: 'press-plc.lan siemens' },
      row(),
      true,
    ],
    ['a word nowhere', { text: 'press p2' }, row(), false],
    ['its zone', { text: '', zone: 'cell-1' }, row(), true],
    ['another zone', { text: '', zone: 'dmz' }, row(), false],
    ['no zone', { text: '', zone: '' }, stranger, true],
    ['no zone, and it has one', { text: '', zone: '' }, row(), false],
    ['its protocol', { text: '', protocol: 'modbus' }, row(), true],
    ['another protocol', { text: '', protocol: 'opcua' }, row(), false],
    ['named', { text: '', standing: 'named' }, row(), true],
    ['named, and it is not', { text: '', standing: 'named' }, stranger, false],
    ['unknown', { text: '', standing: 'unknown' }, stranger, true],
    ['unknown, and it is named', { text: '', standing: 'unknown' }, row(), false],
    ['unknown, and it is the gate', { text: '', standing: 'unknown' }, gate, false],
    ['named, and it is the gate', { text: '', standing: 'named' }, gate, true],
    ['never heard', { text: '', standing: 'unheard' }, row(), false],
  ])('%s', ([, filter, heard, found]) => {
    expect(matches(filter, heard)).toBe(found);
  });
});

const page = (...items: AssetRowView[]): AssetPageView => ({ items, zones: [], protocols: [] });

test('counts of alerts change in place: who is new does not come with them', () => {
  const other = row({ address: '127.20.2.10', openAlerts: 1 });
  const pages = [page(row({ openAlerts: 1 })), page(other)];
  const stranger = row({ address: '127.20.66.67', openAlerts: 1 });
  expect(counted(pages, [page(stranger, row({ openAlerts: 2 }))])).toEqual([
    page(row({ openAlerts: 2 })),
    page(other),
  ]);
});

test('rows that newcomers moved on to a later page are counted too', async () => {
  const of = (address: string) => row({ address, openAlerts: 2 });
  const pages = new Map([
    [undefined, { ...page(of('new'), of('a')), next: '2' }],
    ['2', { ...page(of('b'), of('c')), next: '3' }],
    ['3', page(of('d'))],
  ]);
  const asked = await firstPages(async (cursor) => pages.get(cursor) ?? page(), 2);
  const shown = [page(row({ address: 'a' }), row({ address: 'b' }))];
  expect(counted(shown, asked)).toEqual([page(of('a'), of('b'))]);
  expect(asked).toHaveLength(2);
});

test('an event takes its old place, and leaves the count of alerts as it was asked for', () => {
  const other = row({ address: '127.20.2.10' });
  const pages = [page(other), page(row({ openAlerts: 3 }))];
  const now = row({ lastSeen: '2026-11-28T10:00:00.000000Z' });
  expect(replaced(pages, now)).toEqual([page(other), page({ ...now, openAlerts: 3 })]);
  expect(replaced(pages, row({ address: '10.9.9.9' }))).toEqual(pages);
});

test.for([
  [
    { from: 'a', to: 'b' },
    { from: 'a', to: 'b' },
  ],
  [readQuery('?from=1&to=2'), { from: '1', to: '2' }],
  [{ from: 'a' }, {}],
  [{ from: ['a'], to: 'b' }, {}],
] as const)('the cell of the matrix in a URL: %j is %j', ([search, cell]) => {
  expect(chosenCell(search)).toEqual(cell);
});
