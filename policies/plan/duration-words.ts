/** Durations as the language writes them: `4h`, `1h30m`, `90s` is `1m30s`. */

const MICROS_PER_SECOND = 1_000_000;
const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** `micros` is a whole number of seconds; `0` for none. */
export function describeDuration(micros: number): string {
  let left = Math.round(micros / MICROS_PER_SECOND);
  let text = '';
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(left / seconds);
    if (count > 0) text += `${count}${unit}`;
    left -= count * seconds;
  }
  return text === '' ? '0' : text;
}
