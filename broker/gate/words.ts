/** Operations in words, for recordings, live screens and the vendor's terminal. */
import type { SeenValue } from '#broker/model/recording.ts';
import { describeObject, type ModbusOperation } from '#sensor/model/operation.ts';

/** Values that a sentence can carry; more are counted. */
const MAX_SHOWN = 8;

export type Tense =
  /** It was done: `wrote 1500 to ...`. */
  | 'past'
  /** It was or is wanted: `write 1500 to ...`. */
  | 'infinitive';

/** `wrote 1500 to holding register 100 (40101) of unit 1, was 1200 (3 s ago)` */
export function describeOperations(
  functionCode: number,
  operations: readonly ModbusOperation[],
  tense: Tense,
  old: readonly SeenValue[] = [],
): string {
  if (operations.length === 0) {
    return tense === 'past' ? `called function ${functionCode}` : `call function ${functionCode}`;
  }
  return operations.map((operation) => describe(operation, tense, old)).join(' and ');
}

function describe(operation: ModbusOperation, tense: Tense, old: readonly SeenValue[]): string {
  const { kind, object, values } = operation;
  const where = describeObject(object);
  switch (kind) {
    case 'read':
      return `read ${where}`;
    case 'write': {
      const verb = tense === 'past' ? 'wrote' : 'write';
      const value = values === undefined ? 'a value that cannot be told' : list(values);
      return `${verb} ${value} to ${where}${before(operation, old)}`;
    }
    case 'identify':
      return `read the identification of ${where}`;
    case 'control':
      return `${tense === 'past' ? 'controlled' : 'control'} ${where}`;
    case 'configure':
      return `${tense === 'past' ? 'configured' : 'configure'} ${where}`;
    case 'program':
    case 'browse':
    case 'subscribe':
      return `${kind} ${where}`;
    default:
      return kind satisfies never;
  }
}

function before({ object }: ModbusOperation, old: readonly SeenValue[]): string {
  if (old.length === 0 || object.kind !== 'modbus-range') return '';
  const seen = new Map(old.map(({ address, value }) => [address, value]));
  const shown = Array.from(
    { length: object.quantity },
    (_, i) => seen.get(object.address + i) ?? 'unknown',
  );
  const oldest = Math.max(...old.map(({ ageMs }) => ageMs));
  return `, was ${list(shown)} (${ago(oldest)})`;
}

function list(values: readonly (number | string)[]): string {
  const shown = values.slice(0, MAX_SHOWN).join(', ');
  return values.length > MAX_SHOWN ? `${shown} ... (${values.length} values)` : shown;
}

function ago(ms: number): string {
  if (ms < 1000) return 'just now';
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}
