import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  createEnrolments,
  ENROLMENT_LIMIT,
  MAX_OPEN_ENROLMENTS,
} from '#broker/identity/enrolment.ts';
import { micros } from '#sensor/model/time.ts';

const START = micros(1_000_000_000_000);
const ASKED = { name: 'sensor-1', covers: ['127.20.0.0/16'], askedBy: 'ada' };
const LINK = { url: 'https://127.0.0.1:8445', pin: 'sha256/AAAA' };

test('a token carries where to go and whom to trust, and is good once', () => {
  const enrolments = createEnrolments(randomBytes);
  const { token } = enrolments.open(ASKED, LINK, START) ?? { token: '' };
  expect(JSON.parse(Buffer.from(token.slice(5), 'base64url').toString())).toMatchObject(LINK);
  expect(enrolments.redeem(token, START)).toMatchObject(ASKED);
  expect(enrolments.redeem(token, START)).toBeUndefined();
});

test.for([
  [-1, true],
  [0, false],
  [1, false],
] as const)('at its end %d µs a token is good: %s', ([shift, good]) => {
  const enrolments = createEnrolments(randomBytes);
  const { token } = enrolments.open(ASKED, LINK, START) ?? { token: '' };
  expect(enrolments.redeem(token, micros(START + ENROLMENT_LIMIT + shift)) !== undefined).toBe(
    good,
  );
});

test.for([
  '',
  'lks1.',
  'lks1.!!!',
  `lks1.${Buffer.from('null').toString('base64url')}`,
  `lks1.${Buffer.from('{"secret":7}').toString('base64url')}`,
  `lks1.${Buffer.from('{"secret":"guess"}').toString('base64url')}`,
  `lks2.${Buffer.from('{"secret":"guess"}').toString('base64url')}`,
  `lks1.${'A'.repeat(5_000)}`,
])('%j enrols nobody', (token) => {
  const enrolments = createEnrolments(randomBytes);
  enrolments.open(ASKED, LINK, START);
  expect(enrolments.redeem(token, START)).toBeUndefined();
});

test('open tokens are bounded, and old ones make room', () => {
  const enrolments = createEnrolments(randomBytes);
  for (let i = 0; i < MAX_OPEN_ENROLMENTS; i += 1) enrolments.open(ASKED, LINK, START);
  expect(enrolments.open(ASKED, LINK, START)).toBeUndefined();
  expect(enrolments.open(ASKED, LINK, micros(START + ENROLMENT_LIMIT))).toBeDefined();
});
