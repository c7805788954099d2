/** What a device says in ASCII; what is none, or would move the cursor of a terminal, becomes `?`. */
export function printable(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .trim();
}
