/** A register, or two of them, as the value that the plant policy says it is. */
import { classicNumber, type ModbusTable } from './operation.ts';

export type RegisterType = 'bool' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32';

/** Which of two registers holds the upper 16 bits. */
export type WordOrder = 'high-first' | 'low-first';

/** A named value of a register map. */
export interface NamedRegister {
  readonly name: string;
  readonly table: ModbusTable;
  /** First address, 0-based. */
  readonly address: number;
  readonly type: RegisterType;
  /** Valid iff the type takes two registers; absent = `high-first`. */
  readonly wordOrder?: WordOrder;
  /** For people: `rpm`, `0.01 bar`. */
  readonly unit?: string;
}

export interface TypedValue {
  readonly table: ModbusTable;
  /** First address, 0-based. */
  readonly address: number;
  /** The 1-based number that people know it by: `40101`. */
  readonly number: string;
  readonly name: string;
  readonly type: RegisterType;
  /** Text where JSON has no number for it: `NaN`, `Infinity`. */
  readonly value: number | boolean | string;
  readonly unit?: string;
}

/** Values at consecutive addresses of one table. */
export interface SeenBlock {
  readonly table: ModbusTable;
  readonly address: number;
  readonly values: readonly number[];
}

/** The value of `register` if all of it lies in `block`. */
export function typedValue(register: NamedRegister, block: SeenBlock): TypedValue | undefined {
  const { name, table, address, type, unit } = register;
  if (table !== block.table) return undefined;
  const at = address - block.address;
  const value = read(register, block.values[at], block.values[at + 1]);
  if (at < 0 || value === undefined) return undefined;
  return {
    table,
    address,
    number: classicNumber(table, address),
    name,
    type,
    value,
    ...(unit === undefined ? {} : { unit }),
  };
}

function read(
  { type, wordOrder }: NamedRegister,
  first: number | undefined,
  second: number | undefined,
): TypedValue['value'] | undefined {
  if (first === undefined) return undefined;
  if (type === 'bool') return first !== 0;
  if (type === 'uint16') return first;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(first & 0xffff);
  if (type === 'int16') return bytes.readInt16BE();
  if (second === undefined) return undefined;
  const [high, low] = wordOrder === 'low-first' ? [second, first] : [first, second];
  bytes.writeUInt16BE(high & 0xffff);
  bytes.writeUInt16BE(low & 0xffff, 2);
  switch (type) {
    case 'int32':
      return bytes.readInt32BE();
    case 'uint32':
      return bytes.readUInt32BE();
    case 'float32':
      return shortest(bytes.readFloatBE());
    default:
      return type satisfies never;
  }
}

/** Digits that any number of 32 bits keeps, and those that none needs more than. */
const SURE_DIGITS = 6;
const ALL_DIGITS = 9;

/** 12.3 rather than 12.300000190734863, which is the same number of 32 bits. */
function shortest(value: number): number | string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = SURE_DIGITS; digits < ALL_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(ALL_DIGITS));
}

/** `pressure 12.5 bar`; with a unit that is a step, `temperature -5 × 0.1 °C`. */
export function typedInWords({ name, value, unit }: TypedValue): string {
  if (unit === undefined) return `${name} ${value}`;
  return `${name} ${value}${/^\d/.test(unit) ? ' ×' : ''} ${unit}`;
}
