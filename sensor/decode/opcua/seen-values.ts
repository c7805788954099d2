/**
 * The value that each node of each server was last seen to have, so that a write can be told with what it
 * replaced. Reads that are only counted are not looked at, so a value stands here with when it was seen.
 */
import { MAX_VALUE_TEXT } from '#sensor/model/bounds.ts';
import type { OpcuaValue } from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';

/** Values remembered, at some 300 bytes each; beyond it the one seen longest ago is forgotten. */
const MAX_VALUES = 32_768;

export interface SeenValue {
  readonly value: OpcuaValue;
  readonly at: Micros;
}

export class SeenValues {
  readonly #values = new Map<string, SeenValue>();

  get(server: string, node: string, attribute: number): SeenValue | undefined {
    return this.#values.get(`${server} ${attribute} ${node}`);
  }

  /** Undefined: whatever it was, it is that no more. So it is of one that is too large to be kept. */
  set(server: string, node: string, attribute: number, seen: SeenValue | undefined): void {
    const key = `${server} ${attribute} ${node}`;
    this.#values.delete(key);
    if (seen === undefined || !isSmall(seen.value)) return;
    if (this.#values.size === MAX_VALUES) {
      const [oldest] = this.#values.keys();
      if (oldest !== undefined) this.#values.delete(oldest);
    }
    this.#values.set(key, seen);
  }
}

const isSmall = (value: OpcuaValue): boolean =>
  typeof value === 'string' || Array.isArray(value)
    ? JSON.stringify(value).length <= MAX_VALUE_TEXT
    : true;
