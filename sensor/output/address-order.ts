/** Addresses in the order in which people count them. */

/** 10.0.0.9 before 10.0.0.10. */
export function compareAddresses(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
