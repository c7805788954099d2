import { expect, test } from 'vitest';
import { POLICY_FUNCTIONS } from '#policies/modbus-functions.ts';
import { FUNCTIONS } from '#sensor/decode/modbus/functions.ts';

const KINDS = {
  read: ['read'],
  write: ['write'],
  'read-write': ['read', 'write'],
  identify: ['identify'],
};

test('the policy language knows every function that has operations, as the decoder does', () => {
  const decoded = [...FUNCTIONS].filter(([, { effect }]) => effect in KINDS);
  expect([...POLICY_FUNCTIONS.keys()].sort((a, b) => a - b)).toEqual(
    decoded.map(([code]) => code).sort((a, b) => a - b),
  );
  for (const [code, { effect, table, maxRead, maxWrite }] of decoded) {
    const known = POLICY_FUNCTIONS.get(code);
    expect(known?.kinds).toEqual(KINDS[effect]);
    expect(known?.table).toBe(table);
    if (maxRead !== undefined) expect(known?.maxRead).toBe(maxRead);
    if (maxWrite !== undefined) expect(known?.maxWrite).toBe(maxWrite);
  }
});
