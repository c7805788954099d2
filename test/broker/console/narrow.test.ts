import { describe, expect, test } from 'vitest';
import {
  type Edit,
  editOf,
  labelOf,
  narrowed,
  readRanges,
} from '#broker/console/approvals/narrow.ts';

describe('ranges as an approver types them', () => {
  test.for([
    ['100-109', [{ first: 100, last: 109 }]],
    [
      ' 100 - 101 , 7',
      [
        { first: 100, last: 101 },
        { first: 7, last: 7 },
      ],
    ],
    ['109-100', undefined],
    ['65536', undefined],
    ['1;2', undefined],
    ['', undefined],
    ['1,,2', undefined],
  ] as const)('`%s`', ([text, ranges]) => {
    expect(readRanges(text)).toEqual(ranges);
  });
});

const write = {
  text: 'write holding registers 100-109 of unit 1, values 0 to 1500',
  operations: ['write'],
  addresses: [{ first: 100, last: 109 }],
  value: { min: 0, max: 1500 },
} as const;

describe('approving less', () => {
  const edit: Edit = editOf(write);

  test('an untouched edit asks for what was asked', () => {
    expect(narrowed([edit])).toEqual({
      kind: 'ok',
      operations: [{ index: 0, addresses: write.addresses, value: write.value }],
    });
  });

  test('an operation that is not kept is left out, and the others keep their index', () => {
    expect(
      narrowed([
        { ...edit, keep: false },
        { ...edit, addresses: '100', max: '900' },
      ]),
    ).toEqual({
      kind: 'ok',
      operations: [
        { index: 1, addresses: [{ first: 100, last: 100 }], value: { min: 0, max: 900 } },
      ],
    });
  });

  test.for([
    ['a range that is none', { addresses: '100 to 109' }],
    ['a bound that is no whole number', { max: '12.5' }],
    ['a bound that is a word', { min: 'low' }],
  ] as const)('%s is named, not guessed', ([, part]) => {
    expect(narrowed([{ ...edit, ...part }])).toEqual({ kind: 'unreadable', index: 0 });
  });
});

test.for([
  ['notAfter', 'Writes stop at'],
  ['comment', 'Comment'],
  ['operations', 'Keep'],
  ['operations.0.addresses', 'second'],
  ['operations.1.addresses', 'Keep'],
  ['constructor', 'constructor'],
] as const)('a refusal of %s is told at `%s`', ([field, label]) => {
  const operations = ['first', 'second'].map((text) => ({ ...write, text }));
  const edits = operations.map((each, index) => ({ ...editOf(each), keep: index === 1 }));
  expect(labelOf(field, { operations }, edits)).toBe(label);
});
