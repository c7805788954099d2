/** What a device says in ASCII; what is none, or would move the cursor of a terminal, becomes `?`. */
export function printable(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .trim();
}

/** Fewer characters in a row may be anything. */
const SHORTEST_TEXT = 4;

/** The longest run of ASCII within bytes of no known layout; empty where there is none of some length. */
export function longestText(bytes: Buffer): string {
  const runs = bytes.toString('latin1').match(/[\x20-\x7e]+/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '').trim();
  return longest.length < SHORTEST_TEXT ? '' : longest;
}
