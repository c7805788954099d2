/** Makes an allowance smaller, and never larger: what a vendor asks of an entry, what an approver leaves of it. */
import type { Allowance, ModbusAllowance } from '#policies/plant.ts';
import { type AddressRange, coversValue, holdsRange, type ValueBounds } from './allowance.ts';
import type { FieldFault } from './request.ts';

/** What to keep; an absent part stays as it is. */
export interface Less {
  readonly addresses?: readonly AddressRange[] | undefined;
  readonly value?:
    | { readonly min?: number | undefined; readonly max?: number | undefined }
    | undefined;
}

/** An approver reads every range. */
const MAX_RANGES = 32;

/** `allowance` with only the addresses and values that `less` names; faults where that would be more, not less. */
export function lessOf(
  allowance: Allowance,
  less: Less,
  field: string,
  faults: FieldFault[],
): Allowance | undefined {
  if (less.addresses === undefined && less.value === undefined) return allowance;
  if (allowance.protocol !== 'modbus') {
    faults.push({ field, message: 'has no addresses or values to narrow' });
    return undefined;
  }
  const value = less.value === undefined ? allowance.value : tighter(allowance.value, less.value);
  const addresses = less.addresses ?? allowance.addresses;
  const before = faults.length;
  const wrong = less.addresses && rangeFault(allowance, less.addresses);
  if (wrong !== undefined) faults.push({ field: `${field}.addresses`, message: wrong });
  if (less.value !== undefined && !(isBounds(value) && coversValue(allowance.value, value))) {
    faults.push({ field: `${field}.value`, message: 'lies outside the bounds of the allowance' });
  }
  return faults.length > before
    ? undefined
    : {
        ...allowance,
        ...(addresses === undefined ? {} : { addresses }),
        ...(value === undefined ? {} : { value }),
      };
}

function rangeFault(
  { addresses }: ModbusAllowance,
  asked: readonly AddressRange[],
): string | undefined {
  if (asked.length === 0) return 'name at least one range';
  if (asked.length > MAX_RANGES) return `at most ${MAX_RANGES} ranges`;
  const wrong = asked.find((range) => !isRange(range) || !holdsRange(addresses, range));
  return wrong && `${wrong.first}-${wrong.last} lies outside the allowance`;
}

const isWord = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffff;

const isRange = ({ first, last }: AddressRange): boolean =>
  isWord(first) && isWord(last) && first <= last;

const isBounds = (value: ValueBounds | undefined): boolean =>
  (value?.min === undefined || isWord(value.min)) &&
  (value?.max === undefined || isWord(value.max)) &&
  (value?.min === undefined || value.max === undefined || value.min <= value.max);

/** A bound that is not named stays as it is. */
function tighter(outer: ValueBounds | undefined, less: Less['value']): ValueBounds {
  const min = less?.min ?? outer?.min;
  const max = less?.max ?? outer?.max;
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
