/**
 * Addresses of the ends of flows as text. A host opens many connections, and each of them is told with its addresses:
 * here they share one text.
 */
import { ipv4Text, ipv6Text, macText } from '#sensor/wire/address-text.ts';

/** Of each kind; a scan of a large network begins anew, and what was told before keeps its text. */
const MAX_TEXTS = 65_536;

export class AddressBook {
  readonly #ipv4 = new Map<number, string>();
  readonly #ipv6 = new Map<string, string>();
  readonly #macs = new Map<number, string>();

  ipv4(word: number): string {
    return this.#ipv4.get(word) ?? kept(this.#ipv4, word, ipv4Text(word));
  }

  /** Four words of 32 bits. */
  ipv6(w0: number, w1: number, w2: number, w3: number): string {
    const text = ipv6Text(w0, w1, w2, w3);
    return this.#ipv6.get(text) ?? kept(this.#ipv6, text, text);
  }

  /** The upper 16 and the lower 32 bits. */
  mac(high: number, low: number): string {
    const key = high * 0x1_0000_0000 + (low >>> 0);
    return this.#macs.get(key) ?? kept(this.#macs, key, macText(high, low));
  }
}

function kept<K>(texts: Map<K, string>, key: K, text: string): string {
  if (texts.size === MAX_TEXTS) texts.clear();
  texts.set(key, text);
  return text;
}
