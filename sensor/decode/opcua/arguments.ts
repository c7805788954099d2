/**
 * Which arguments of method calls may be shown: numbers, times and statuses are what a plant is run with. A
 * text, bytes and whatever may hold them may be a password or a key, of any vendor's method.
 */

/** An array of signed or unsigned bytes is as good as a byte string. */
const SHOWN_ALONE = ['SByte', 'Byte'];

const SHOWN_IN_ARRAYS_TOO = [
  ...['Boolean', 'Int16', 'UInt16', 'Int32', 'UInt32', 'Int64', 'UInt64', 'Float', 'Double'],
  ...['DateTime', 'StatusCode'],
];

/** `Double`, `Double[]` */
export const SHOWN_ARGUMENTS: ReadonlySet<string> = new Set([
  ...SHOWN_ALONE,
  ...SHOWN_IN_ARRAYS_TOO.flatMap((name) => [name, `${name}[]`]),
]);
