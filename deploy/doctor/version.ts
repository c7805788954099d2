/** Which Lockkeeper this is: `--version` says it, and a report of a fault names it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of the product. */
export const PACKAGE_FILE = join(import.meta.dirname, '../../package.json');

/** `0.9.0` */
export function version(): string {
  const text = readFileSync(PACKAGE_FILE, 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
