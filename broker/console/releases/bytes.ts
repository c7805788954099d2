/** `2,000 bytes`; from a MiB on also in the unit that people think in: `3.0 GiB (3,221,225,472 bytes)`. */
export function inBytes(bytes: number): string {
  const exact = `${bytes.toLocaleString('en')} ${bytes === 1 ? 'byte' : 'bytes'}`;
  for (const [unit, size] of [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit} (${exact})`;
  }
  return exact;
}
