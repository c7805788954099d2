import { describe, expect, test } from 'vitest';
import type { AlertRowView } from '#broker/api/views.ts';
import { beside, readPlace } from '#broker/console/alerts/place.ts';
import { samePeers } from '#broker/console/alerts/rows.ts';

describe('the place in the alert list', () => {
  const place = readPlace(
    JSON.stringify({
      filter: { status: ['closed'], severity: 70, text: 'rogue' },
      ids: ['al_1', 'al_2', 3],
      at: 'al_2',
    }),
  );

  test('is read as it was left, without what is no alert', () => {
    expect(place).toEqual({
      filter: { status: ['closed'], severity: 70, text: 'rogue' },
      ids: ['al_1', 'al_2'],
      at: 'al_2',
    });
  });

  test.for([null, 'no json', 'null', '7', '{}'])('%j is the list as it opens first', (text) => {
    const { filter, ids, at } = readPlace(text);
    expect([filter.status, filter.text, ids, at]).toEqual([
      ['new', 'acknowledged'],
      '',
      [],
      undefined,
    ]);
  });

  test.for([
    ['al_1', 1, 'al_2'],
    ['al_2', -1, 'al_1'],
    ['al_2', 1, undefined],
    ['al_1', -1, undefined],
    ['al_9', 1, undefined],
  ] as const)('beside %s by %i is %s', ([id, by, next]) => {
    expect(beside(place, id, by)).toBe(next);
  });
});

describe('alerts between the same hosts', () => {
  const row = (id: string, source: string, destination: string) =>
    ({ id, source, destination }) as AlertRowView;
  const one = row('al_1', '127.20.66.66:41000', '127.20.1.12:5020');

  test.for([
    ['another connection', row('al_2', '127.20.66.66:41001', '127.20.1.12:5020'), true],
    ['no port', row('al_2', '127.20.66.66', '127.20.1.12'), true],
    ['itself', one, false],
    ['another client', row('al_2', '127.20.66.67:41000', '127.20.1.12:5020'), false],
    ['the other way round', row('al_2', '127.20.1.12:5020', '127.20.66.66:41000'), false],
  ] as const)('%s: %s', ([, other, same]) => {
    expect(samePeers(one, other)).toBe(same);
  });

  test('IPv6 addresses are told apart whole', () => {
    const six = row('al_1', '[fe80::1]:41000', 'fe80::2');
    expect(samePeers(six, row('al_2', 'fe80::1', '[fe80::2]:502'))).toBe(true);
    expect(samePeers(six, row('al_2', 'fe80::1:41000', '[fe80::2]:502'))).toBe(false);
  });
});
