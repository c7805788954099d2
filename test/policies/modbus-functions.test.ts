import { expect, test } from 'vitest';
import { POLICY_FUNCTIONS } from '#policies/modbus-functions.ts';
import { FUNCTIONS } from '#sensor/decode/modbus/functions.ts';

test('the policy language knows every function that the decoder knows, as the decoder does', () => {
  expect([...POLICY_FUNCTIONS.keys()].sort((a, b) => a - b)).toEqual(
    [...FUNCTIONS.keys()].sort((a, b) => a - b),
  );
  for (const [code, { kinds, table, maxRead, maxWrite }] of FUNCTIONS) {
    const known = POLICY_FUNCTIONS.get(code);
    expect(known?.kinds).toEqual(kinds);
    expect(known?.table).toBe(table);
    if (maxRead !== undefined) expect(known?.maxRead).toBe(maxRead);
    if (maxWrite !== undefined) expect(known?.maxWrite).toBe(maxWrite);
  }
});
