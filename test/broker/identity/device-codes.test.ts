import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  ALPHABET,
  CODE_LIMIT,
  createDeviceCodes,
  type DeviceCodes,
  MAX_OPEN,
  MAX_OPEN_PER_ADDRESS,
  MAX_OPEN_PER_GRANT,
  normaliseUserCode,
} from '#broker/identity/device-codes.ts';
import type { GrantId } from '#broker/model/ids.ts';
import { micros } from '#sensor/model/time.ts';

const GRANT = 'gr_000000000001' as GrantId;
const KEY = 'ab'.repeat(32);
const ASKED = { grant: GRANT, key: KEY, from: '192.0.2.1' };
const START = micros(1_000_000_000_000);
const begun = () => {
  const codes = createDeviceCodes(randomBytes);
  const one = codes.begin(ASKED, START);
  if (one === undefined) throw new Error('no code');
  return { codes, ...one };
};

test('a code is eight letters that nobody mistakes for another', () => {
  for (const lookAlike of 'AEIOU0123456789Y') expect(ALPHABET).not.toContain(lookAlike);
  expect(begun().code.userCode).toMatch(new RegExp(`^[${ALPHABET}]{4}-[${ALPHABET}]{4}$`));
});

test('the command hears nothing until its person confirmed, then once', () => {
  const { codes, deviceCode, code } = begun();
  expect(codes.poll(deviceCode, START)).toEqual({ kind: 'pending' });
  expect(codes.confirm(code.userCode, 'vera', START)).toBe(true);
  expect(codes.poll(deviceCode, START)).toEqual({
    kind: 'confirmed',
    grant: GRANT,
    key: KEY,
    person: 'vera',
  });
  expect(codes.poll(deviceCode, START)).toEqual({ kind: 'gone' });
});

test('a code is confirmed once', () => {
  const { codes, code } = begun();
  codes.confirm(code.userCode, 'vera', START);
  expect(codes.confirm(code.userCode, 'victor', START)).toBe(false);
  expect(codes.find(code.userCode, START)?.confirmedBy).toBe('vera');
});

test('the command hears once that it was refused, and why', () => {
  const { codes, deviceCode, code } = begun();
  expect(codes.refuse(code.userCode, { because: 'not mine', by: 'vera' }, START)).toBe(true);
  expect(codes.confirm(code.userCode, 'vera', START)).toBe(false);
  expect(codes.poll(deviceCode, START)).toEqual({ kind: 'refused', because: 'not mine' });
  expect(codes.poll(deviceCode, START)).toEqual({ kind: 'gone' });
});

test('what was confirmed is not refused afterwards', () => {
  const { codes, deviceCode, code } = begun();
  codes.confirm(code.userCode, 'vera', START);
  expect(codes.refuse(code.userCode, { because: 'not mine', by: 'vera' }, START)).toBe(false);
  expect(codes.poll(deviceCode, START).kind).toBe('confirmed');
});

test('the no of a person stands above that of the broker, whichever comes first', () => {
  const hindered = { because: 'locked' };
  const no = { because: 'not mine', by: 'vera' };
  for (const said of [
    [hindered, no],
    [no, hindered],
    [no, no],
    [hindered, no, hindered],
  ]) {
    const { codes, deviceCode, code } = begun();
    let isNo = false;
    for (const each of said) {
      // What is not taken would have been an answer that nobody gives to the command.
      expect(codes.refuse(code.userCode, each, START)).toBe(each === no || !isNo);
      isNo ||= each === no;
    }
    expect(codes.poll(deviceCode, START)).toEqual({ kind: 'refused', because: 'not mine' });
  }
  const { codes, code } = begun();
  codes.refuse(code.userCode, hindered, START);
  expect(codes.refuse(code.userCode, { because: 'no policy' }, START)).toBe(false);
});

test.for([
  [-1, 'pending'],
  [0, 'gone'],
  [1, 'gone'],
] as const)('at its end %d µs a code is %s', ([shift, kind]) => {
  const { codes, deviceCode, code } = begun();
  const now = micros(START + CODE_LIMIT + shift);
  expect(codes.poll(deviceCode, now).kind).toBe(kind);
  expect(codes.confirm(code.userCode, 'vera', now)).toBe(kind === 'pending');
});

test('the short code is not the secret of the command', () => {
  const { codes, code } = begun();
  codes.confirm(code.userCode, 'vera', START);
  expect(codes.poll(code.userCode, START)).toEqual({ kind: 'gone' });
});

/** Under a grant of its own, and from an address of its own unless one is named. */
const begin = (codes: DeviceCodes, i: number, from = `10.0.${Math.floor(i / 250)}.${i % 250}`) =>
  codes.begin({ ...ASKED, grant: `gr_${String(i).padStart(12, '1')}` as GrantId, from }, START);

test('one address cannot use up the codes of others', () => {
  const codes = createDeviceCodes(randomBytes);
  const from = '192.0.2.7';
  for (let i = 0; i < MAX_OPEN_PER_ADDRESS; i += 1) expect(begin(codes, i, from)).toBeDefined();
  expect(begin(codes, 500, from)).toBeUndefined();
  expect(begin(codes, 500)).toBeDefined();
});

test('one grant cannot use up the codes of others, and all together are bounded', () => {
  const codes = createDeviceCodes(randomBytes);
  for (let i = 0; i < MAX_OPEN_PER_GRANT; i += 1) expect(codes.begin(ASKED, START)).toBeDefined();
  expect(codes.begin(ASKED, START)).toBeUndefined();
  let open = MAX_OPEN_PER_GRANT;
  for (let i = 0; i < MAX_OPEN + 10; i += 1) {
    if (begin(codes, i) !== undefined) open += 1;
  }
  expect(open).toBe(MAX_OPEN);
  expect(codes.begin(ASKED, micros(START + CODE_LIMIT))).toBeDefined();
});

test.for([
  ['bcdf ghjk', 'BCDF-GHJK'],
  ['BCDFGHJK', 'BCDF-GHJK'],
  [' bcdf-ghjk ', 'BCDF-GHJK'],
])('%j is read as %s', ([typed, code]) => {
  expect(normaliseUserCode(typed ?? '')).toBe(code);
});
