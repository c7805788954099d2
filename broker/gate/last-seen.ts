/**
 * The last value of each coil and register of an asset that passed the gate, so that a recording can
 * say what a write replaced. Seen by us, at a time: never claimed to be what stands there now.
 */
import type { RecordedValue, SeenValue } from '#broker/model/recording.ts';
import type { ModbusOperation, ModbusTable } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';

/** Of one asset; more is more than vendors look at, and costs about 5 MiB. The longest unseen goes first. */
const MAX_VALUES = 65_536;

const TABLE_INDEX: Readonly<Record<ModbusTable, number>> = {
  coils: 0,
  'discrete-inputs': 1,
  'input-registers': 2,
  'holding-registers': 3,
};

interface Range {
  readonly unit: number;
  readonly table: ModbusTable;
  readonly address: number;
}

export class LastSeen {
  /** By unit, table and address in one number. In order of the last sighting. */
  readonly #values = new Map<number, { readonly value: number; readonly at: Micros }>();

  see(range: Range, values: readonly number[], at: Micros): void {
    for (const [i, value] of values.entries()) {
      const key = keyOf(range, i);
      this.#values.delete(key);
      this.#values.set(key, { value, at });
    }
    while (this.#values.size > MAX_VALUES) {
      const [oldest] = this.#values.keys();
      if (oldest === undefined) return;
      this.#values.delete(oldest);
    }
  }

  /** What is known of `quantity` values from `range` on; those never seen are left out. */
  recall(range: Range, quantity: number, now: Micros): readonly SeenValue[] {
    const found: SeenValue[] = [];
    for (let i = 0; i < quantity; i++) {
      const seen = this.#values.get(keyOf(range, i));
      if (seen === undefined) continue;
      const ageMs = Math.max(0, Math.floor((now - seen.at) / 1000));
      found.push({ address: range.address + i, value: seen.value, ageMs });
    }
    return found;
  }
}

const keyOf = ({ unit, table, address }: Range, i: number): number =>
  (unit * 4 + TABLE_INDEX[table]) * 65_536 + address + i;

/** What a write puts where. Empty for anything else. */
export function writtenBy({ kind, object, values }: ModbusOperation): readonly RecordedValue[] {
  if (kind !== 'write' || object.kind !== 'modbus-range') return [];
  return (values ?? []).map((value, i) => ({ address: object.address + i, value }));
}
