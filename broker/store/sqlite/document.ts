/** A row's `document` as the noun that it is. */
import { BrokerError } from '#broker/model/broker-error.ts';
import type { Row } from './database.ts';

/**
 * The checks of the schema hold that columns and document agree; this holds that the text is still
 * the one of that row. Throws `store` where the file was damaged.
 */
export function documentOf<T>(row: Row): T {
  const { id, document } = row;
  try {
    const value: unknown = JSON.parse(String(document));
    if (typeof value === 'object' && value !== null && 'id' in value && value.id === id) {
      return value as T;
    }
  } catch {
    // Said below, with the id.
  }
  throw new BrokerError(
    'store',
    `row \`${String(id)}\` is damaged; restore the store from a backup`,
  );
}
