/**
 * Operations that decide "does anything of this kind pass?" and "does everything?".
 *
 * An operation that passes does so with each of its objects alone, and ranges and value bounds that
 * meet do so at the first address and the smallest value of one of them. So a few operations on single
 * objects tell exactly whether anything passes; and everything passes iff the whole table does, with
 * values that nobody knows.
 */
import type { ModbusOperation, OperationKind } from '#sensor/model/operation.ts';
import { MAX_ADDRESS, type PolicyFunction, type PolicyFunctions } from './modbus-functions.ts';
import type { Allowance, ModbusAllowance } from './plant.ts';

/** `passed`: the functions that pass on this way. If one operation of `kind` passes under `allowances` (all that could matter), then one of these does. */
export function anyOf(
  kind: OperationKind,
  allowances: readonly Allowance[],
  { units, passed }: { readonly units: readonly number[]; readonly passed: PolicyFunctions },
): readonly ModbusOperation[] {
  const modbus = allowances.filter((each): each is ModbusAllowance => each.protocol === 'modbus');
  const firsts = distinct(modbus.flatMap(({ addresses }) => addresses?.map((r) => r.first) ?? []));
  const mins = distinct(modbus.flatMap(({ value }) => value?.min ?? []));
  return functionsOf(kind, passed).flatMap((known) =>
    units.flatMap((unit) => {
      if (known.files === true && kind === 'write') {
        return mins.map((value) => file(kind, known, { unit, values: [value] }));
      }
      if (known.files === true) return [file(kind, known, { unit })];
      if (known.table === undefined) return [device(kind, known, unit)];
      const isBit = known.table === 'coils' || known.table === 'discrete-inputs';
      const values = mins.filter((value) => !isBit || value <= 1);
      return firsts.flatMap((address) =>
        kind === 'write' && known.valueUnknown !== true
          ? values.map((value) => single(kind, known, { unit, address, value }))
          : [single(kind, known, { unit, address })],
      );
    }),
  );
}

/**
 * Every operation of `kind` passes iff all of these do; none where no function does it. A function that
 * also does something else is left out: it stands or falls with that. So is one that a line has to name:
 * whoever lets somebody write everything does not mean the tools that program the controller.
 */
export function allOf(
  kind: OperationKind,
  unit: number,
  passed: PolicyFunctions,
): readonly ModbusOperation[] {
  return functionsOf(kind, passed)
    .filter(({ onlyNamed }) => onlyNamed !== true)
    .filter(({ kinds, subFunctions }) => kinds.length === 1 || subFunctions !== undefined)
    .map((known) => {
      if (known.files === true) return file(kind, known, { unit });
      return known.table === undefined
        ? device(kind, known, unit)
        : {
            kind,
            protocol: 'modbus',
            functionCode: known.code,
            object: {
              kind: 'modbus-range',
              unit,
              table: known.table,
              address: 0,
              quantity: MAX_ADDRESS + 1,
            },
          };
    });
}

const functionsOf = (kind: OperationKind, passed: PolicyFunctions): readonly PolicyFunction[] =>
  [...passed.values()].filter(({ kinds }) => kinds.includes(kind));

const distinct = (numbers: readonly number[]): readonly number[] => [...new Set([0, ...numbers])];

const device = (kind: OperationKind, { code }: PolicyFunction, unit: number): ModbusOperation => ({
  kind,
  protocol: 'modbus',
  functionCode: code,
  object: { kind: 'modbus-device', unit },
});

/** Any file will do: the language names none. */
const file = (
  kind: OperationKind,
  { code }: PolicyFunction,
  { unit, values }: { readonly unit: number; readonly values?: readonly number[] },
): ModbusOperation => ({
  kind,
  protocol: 'modbus',
  functionCode: code,
  object: { kind: 'modbus-file', unit, file: 1, record: 0, quantity: 1 },
  ...(values !== undefined && { values }),
});

function single(
  kind: OperationKind,
  { code, table = 'holding-registers' }: PolicyFunction,
  at: { readonly unit: number; readonly address: number; readonly value?: number },
): ModbusOperation {
  const { unit, address, value } = at;
  return {
    kind,
    protocol: 'modbus',
    functionCode: code,
    object: { kind: 'modbus-range', unit, table, address, quantity: 1 },
    ...(value !== undefined && { values: [value] }),
  };
}
