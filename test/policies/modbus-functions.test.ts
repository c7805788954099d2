import { describe, expect, test } from 'vitest';
import { POLICY_FUNCTIONS } from '#policies/modbus-functions.ts';
import { DIAGNOSTICS, diagnosticKind } from '#sensor/decode/modbus/diagnostics.ts';
import { FUNCTIONS } from '#sensor/decode/modbus/functions.ts';
import { operationsOf } from '#sensor/decode/modbus/operations.ts';
import { parseRequest } from '#sensor/decode/modbus/parse.ts';
import { UMAS_CODES } from '#sensor/decode/modbus/umas.ts';

describe('the policy language', () => {
  test('knows every function that the decoder knows, as the decoder does', () => {
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

  test('knows what each sub-function does', () => {
    const { subFunctions } = POLICY_FUNCTIONS.get(8) ?? {};
    expect([...(subFunctions ?? [])].sort(([a], [b]) => a - b)).toEqual(
      [...DIAGNOSTICS.keys()].map((code) => [code, diagnosticKind(code)]),
    );
  });

  test('knows what each code of UMAS does', () => {
    const { subFunctions } = POLICY_FUNCTIONS.get(90) ?? {};
    expect([...(subFunctions ?? [])].sort(([a], [b]) => a - b)).toEqual(
      [...UMAS_CODES].map(([code, { kind }]) => [code, kind]),
    );
  });

  /** A request of each function, the shortest that names something. */
  test.for([
    [1, '01 0000 0001'],
    [2, '02 0000 0001'],
    [3, '03 0000 0001'],
    [4, '04 0000 0001'],
    [5, '05 0000 ff00'],
    [6, '06 0000 0001'],
    [7, '07'],
    [8, '08 0002 0000'],
    [11, '0b'],
    [12, '0c'],
    [15, '0f 0000 0001 01 01'],
    [16, '10 0000 0001 02 0001'],
    [17, '11'],
    [20, '14 07 06 0001 0000 0001'],
    [21, '15 09 06 0001 0000 0001 0001'],
    [22, '16 0000 00ff 0001'],
    [23, '17 0000 0001 0000 0001 02 0001'],
    [24, '18 0000'],
    [43, '2b 0e 01 00'],
    [90, '5a 00 23 00000000 00'],
  ] as const)('and on which objects function %i works', ([code, pdu]) => {
    const known = POLICY_FUNCTIONS.get(code);
    const { pdu: request, faults } = parseRequest(Buffer.from(pdu.replaceAll(' ', ''), 'hex'));
    expect(faults).toEqual([]);
    const operations = operationsOf(request, 1);
    for (const { kind, object, values } of operations) {
      expect(known?.kinds).toContain(kind);
      const wanted =
        known?.files === true
          ? 'modbus-file'
          : known?.table === undefined
            ? 'modbus-device'
            : 'modbus-range';
      expect(object.kind).toBe(wanted);
      if (kind === 'write') expect(values === undefined).toBe(known?.valueUnknown === true);
    }
    const kinds = operations.map(({ kind }) => kind);
    if (known?.subFunctions !== undefined) expect(kinds).toHaveLength(1);
    else expect(kinds.sort()).toEqual([...(known?.kinds ?? [])].sort());
  });
});
