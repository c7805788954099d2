/** `812 bytes`, `1.2 kB`, `34 MB`: how much it was, as people say it; never for something that is compared. */
export function amountText(bytes: number): string {
  for (const [unit, value] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (bytes < value) continue;
    const amount = bytes / value;
    return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
  }
  return `${bytes} bytes`;
}
