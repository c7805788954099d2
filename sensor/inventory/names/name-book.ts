/**
 * What devices are called, by address and by hardware address: bounded, the newest kept, those that
 * contradict each other side by side.
 */
import type { Behaviour, HeardDetail, HeardName, NameSource } from '#sensor/model/inventory.ts';
import { isoMicros, type Micros } from '#sensor/model/time.ts';

/** Owners that are remembered; the longest unheard goes first. */
const MAX_OWNERS = 16_384;
/** Names and details of one owner that are kept. */
export const MAX_NAMES = 16;

interface Said {
  readonly names: Map<string, { readonly source: NameSource; readonly name: string; at: Micros }>;
  readonly details: Map<string, HeardDetail>;
  /** What it says that it is for. */
  readonly claims: Map<string, Behaviour>;
}

export class NameBook {
  /** By an address or a hardware address as text, the one heard last at the end. */
  readonly #owners = new Map<string, Said>();

  name(owner: string, source: NameSource, name: string, at: Micros): void {
    if (name === '') return;
    const { names } = this.#owner(owner);
    const key = `${source} ${name.toLowerCase()}`;
    names.delete(key);
    names.set(key, { source, name, at });
    dropOldest(names);
  }

  detail(owner: string, detail: HeardDetail): void {
    if (detail.text === '') return;
    const { details } = this.#owner(owner);
    const key = `${detail.source} ${detail.about}`;
    details.delete(key);
    details.set(key, detail);
    dropOldest(details);
  }

  claim(owner: string, claim: Behaviour): void {
    this.#owner(owner).claims.set(claim.role, claim);
  }

  /** The newest first. */
  names(owner: string): readonly HeardName[] {
    const names = [...(this.#owners.get(owner)?.names.values() ?? [])];
    return names
      .reverse()
      .map(({ name, source, at }) => ({ name, source, last_seen: isoMicros(at) }));
  }

  details(owner: string): readonly HeardDetail[] {
    return [...(this.#owners.get(owner)?.details.values() ?? [])];
  }

  claims(owner: string): readonly Behaviour[] {
    return [...(this.#owners.get(owner)?.claims.values() ?? [])];
  }

  #owner(owner: string): Said {
    const said: Said = this.#owners.get(owner) ?? {
      names: new Map(),
      details: new Map(),
      claims: new Map(),
    };
    this.#owners.delete(owner);
    this.#owners.set(owner, said);
    for (const oldest of this.#owners.keys()) {
      if (this.#owners.size <= MAX_OWNERS) break;
      this.#owners.delete(oldest);
    }
    return said;
  }
}

function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= MAX_NAMES) return;
    map.delete(key);
  }
}
