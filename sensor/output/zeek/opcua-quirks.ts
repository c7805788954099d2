/**
 * Where the logs of ICSNPP-OPCUA-Binary have a form of their own, which who reads them compares and links by:
 *
 * - The groups of a Guid stand as their bytes do on the wire, and not as numbers.
 * - A time that is not set is the first of 1970.
 * - What a request says of auditing, and the nonces of a channel, are told also where they are empty.
 * - Namespace 0 of a name is told of what is read, and not of what is browsed or monitored.
 * - Timeouts and publishing intervals are whole milliseconds.
 * - `total_size` is that of request and response together, `sec_channel_id` has both where they differ.
 * - Services beside those of `opcua-logs.ts` are told by their headers alone.
 *
 * Not repeated: passwords, nonces, session tokens and signatures in clear, for which `(redacted)` stands; and what
 * becomes of messages in several chunks, of ciphertext, of type ids in other encodings, and behind a gap.
 */

/** A Guid in the order of its bytes. */
export function wireGuid(guid: string): string {
  const [first = '', second = '', third = '', ...rest] = guid.split('-');
  return [first, second, third].map(reversed).concat(rest).join('-');
}

const reversed = (hex: string): string => (hex.match(/../g) ?? []).reverse().join('');

/** Of a time that is not set. */
export const NO_TIME = 0;
