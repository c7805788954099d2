/**
 * Who made a network card, by the first bytes of its address: the registry of the IEEE, as the
 * package `oui-data` has it. Read when the first address is looked up, not before.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cleanText } from './device-text.ts';

/** Of the first byte: given by whoever runs the machine, so nobody's in the registry. */
const LOCALLY_ADMINISTERED = 0x02;

/** Hex digits of the blocks that the registry gives out, the smallest block first. */
const BLOCKS = [9, 7, 6] as const;

export class Vendors {
  #registry: ReadonlyMap<string, string> | undefined;

  /** Of `00-1C-06-0B-26-ED`; undefined where nobody is registered. */
  of(mac: string): string | undefined {
    if ((Number.parseInt(mac.slice(0, 2), 16) & LOCALLY_ADMINISTERED) !== 0) return undefined;
    this.#registry ??= readRegistry();
    const digits = mac.replaceAll('-', '');
    for (const length of BLOCKS) {
      const name = this.#registry.get(digits.slice(0, length));
      if (name !== undefined) return name;
    }
    return undefined;
  }
}

/** The first line of each entry is the name, the others an address. */
function readRegistry(): ReadonlyMap<string, string> {
  const path = createRequire(import.meta.url).resolve('oui-data');
  const entries: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof entries !== 'object' || entries === null) return new Map();
  return new Map(
    Object.entries(entries).flatMap(([prefix, text]): (readonly [string, string])[] =>
      typeof text === 'string'
        ? [[prefix.toUpperCase(), cleanText(text.split('\n')[0] ?? '')]]
        : [],
    ),
  );
}
