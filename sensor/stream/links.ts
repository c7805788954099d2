/**
 * How well each link is heard: bytes of TCP that never came though others behind them did, and
 * connections of which one direction alone is seen.
 *
 * A link is a VLAN (the outermost tag) of a capturing interface: that is what a mirror session takes or
 * loses as one. A hole counts as lost once its bytes were acknowledged, or were waited for as long as a
 * sender takes to send them again; not what the snaplen cut. Where one direction alone is seen nothing is
 * acknowledged and nothing of the other is missed, so it is told apart from loss.
 */
import type { LinkAccount } from '#sensor/model/link-account.ts';

/** More VLANs than a plant mirrors to one sensor; what comes under others is counted in the last place. */
export const MAX_LINKS = 256;

/** Capturing interface and VLAN (-1: untagged) as one number. */
const VLANS = 4097;

export class Links {
  readonly #numbers = new Map<number, number>();
  readonly #seen = new Float64Array(MAX_LINKS);
  readonly #lost = new Float64Array(MAX_LINKS);
  readonly #holes = new Float64Array(MAX_LINKS);
  readonly #bothWays = new Float64Array(MAX_LINKS);
  readonly #oneWay = new Float64Array(MAX_LINKS);

  /** Place of a link; once for each connection. `vlan`: -1 where untagged. */
  placeOf(interfaceIndex: number, vlan: number): number {
    const key = interfaceIndex * VLANS + vlan + 1;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size === MAX_LINKS) return MAX_LINKS - 1;
    const place = this.#numbers.size;
    this.#numbers.set(key, place);
    return place;
  }

  seen(place: number, bytes: number): void {
    this.#seen[place] = (this.#seen[place] as number) + bytes;
  }

  lost(place: number, bytes: number): void {
    this.#lost[place] = (this.#lost[place] as number) + bytes;
    this.#holes[place] = (this.#holes[place] as number) + 1;
  }

  /** A connection of which it is known by now how it is seen. */
  judged(place: number, bothWays: boolean): void {
    const counts = bothWays ? this.#bothWays : this.#oneWay;
    counts[place] = (counts[place] as number) + 1;
  }

  /** Since the start, in the order in which the links were first heard. */
  accounts(): readonly LinkAccount[] {
    return [...this.#numbers].map(([key, place]) => ({
      interfaceIndex: Math.floor(key / VLANS),
      vlan: (key % VLANS) - 1,
      seenBytes: this.#seen[place] as number,
      lostBytes: this.#lost[place] as number,
      holes: this.#holes[place] as number,
      bothWays: this.#bothWays[place] as number,
      oneWay: this.#oneWay[place] as number,
    }));
  }
}
