import { describe, expect, test } from 'vitest';
import {
  type Draft,
  draftFault,
  draftFor,
  labelOf,
  submission,
} from '#broker/portal/requests/draft.ts';

const entry = {
  id: 'acme-press-maintenance',
  why: 'yearly maintenance',
  targets: [{ id: 'plc-12', name: 'Press 12', zone: 'cell-1' }],
  mayRequest: [
    { text: 'read', operations: ['read'], addresses: [{ first: 0, last: 199 }] },
    { text: 'write', operations: ['write'], addresses: [{ first: 100, last: 109 }] },
    { text: 'identify', operations: ['identify'] },
  ],
  limits: { max: 14_400_000_000, idle: 600_000_000, readGrace: 600_000_000 },
  quorum: 2,
  approvers: ['approver@cell-1'],
  windows: [],
} as const;

const draft: Draft = {
  ...draftFor(entry, new Date('2026-11-23T13:00:00Z'), 'Europe/Berlin'),
  purpose: 'change the dosing curve',
};

const writing = (first: string, last: string): Draft => ({
  ...draft,
  operations: [
    { wanted: false, first: '', last: '' },
    { wanted: true, first, last },
    { wanted: false, first: '', last: '' },
  ],
});

describe('a draft', () => {
  test('begins now, lasts an hour, reads only', () => {
    expect([draft.from, draft.until]).toEqual(['2026-11-23T14:00', '2026-11-23T15:00']);
    expect(draft.operations.map((o) => o.wanted)).toEqual([true, false, false]);
  });

  test.for([
    ['nothing is wrong', draft, undefined],
    ['nothing is wanted', { ...draft, operations: [] }, 'choose at least one thing to do'],
    ['no purpose', { ...draft, purpose: ' ' }, 'say what you are going to do'],
    ['it ends before it starts', { ...draft, until: draft.from }, 'it must end after it starts'],
    ['the first address allowed', writing('100', '100'), undefined],
    ['the last address allowed', writing('109', '109'), undefined],
    ['one below', writing('99', '100'), 'write: must lie inside 100-109'],
    ['one above', writing('109', '110'), 'write: must lie inside 100-109'],
    ['half a number', writing('100.5', '101'), 'write: a range is two whole numbers'],
    ['nothing typed', writing('', ''), 'write: a range is two whole numbers'],
    ['backwards', writing('105', '100'), 'write: the first address comes before the last'],
  ] as const)('%s', ([, given, fault]) => {
    expect(draftFault(given as Draft, entry)).toBe(fault);
  });

  test('becomes a submission with instants in UTC and ranges only where the policy bounds them', () => {
    const all: Draft = {
      ...draft,
      operations: [
        { wanted: false, first: '', last: '' },
        { wanted: true, first: '100', last: '101' },
        { wanted: true, first: '', last: '' },
      ],
    };
    expect(submission(all, entry, 'Europe/Berlin')).toEqual({
      entry: 'acme-press-maintenance',
      asset: 'plc-12',
      operations: [{ allowance: 1, addresses: [{ first: 100, last: 101 }] }, { allowance: 2 }],
      notBefore: '2026-11-23T13:00:00.000Z',
      notAfter: '2026-11-23T14:00:00.000Z',
      readGrace: true,
      purpose: 'change the dosing curve',
    });
  });
});

describe('the length of a visit', () => {
  test.for([
    ['2026-11-23T17:59', undefined],
    ['2026-11-23T18:00', undefined],
    ['2026-11-23T18:01', 'it may last 4 h at most'],
  ] as const)('from 14:00 until %s', ([until, fault]) => {
    expect(draftFault({ ...draft, until }, entry)).toBe(fault);
  });
});

test.for([
  ['notAfter', 'Writes stop at'],
  ['operations', 'What to do'],
  ['operations.0.addresses', 'write'],
  ['readGrace', 'Let reads go on for 10 min after that, so that my tool can finish looking'],
  ['somethingNew', 'somethingNew'],
  ['constructor', 'constructor'],
] as const)('a refusal of %s is told at `%s`', ([field, label]) => {
  expect(labelOf(field, writing('100', '109'), entry)).toBe(label);
});
