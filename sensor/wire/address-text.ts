/**
 * Text forms of addresses. They cost a string each, so they are made once per connection or asset,
 * never per packet.
 */

/** `192.0.2.7`, from the address as one big-endian 32-bit word (signed or unsigned). */
export function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
}

/**
 * RFC 5952: lower case, no leading zeros, the longest run of at least two zero groups (the first of
 * equal ones) as `::`. IPv4-mapped addresses end in dotted quad (section 5). From four 32-bit words.
 */
export function ipv6Text(w0: number, w1: number, w2: number, w3: number): string {
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return `::ffff:${ipv4Text(w3)}`;
  const groups = [w0, w1, w2, w3].flatMap((word) => [word >>> 16, word & 0xffff]);
  const { start, length } = longestZeroRun(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}

/** Two digits for each byte. */
const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0').toUpperCase(),
);

const pair = (byte: number): string => PAIRS[byte & 0xff] as string;

/** `00-00-5E-00-53-23`, as ECS wants it; from the upper 16 and the lower 32 bits. */
export function macText(high16: number, low32: number): string {
  const upper = `${pair(high16 >>> 8)}-${pair(high16)}-${pair(low32 >>> 24)}`;
  return `${upper}-${pair(low32 >>> 16)}-${pair(low32 >>> 8)}-${pair(low32)}`;
}
