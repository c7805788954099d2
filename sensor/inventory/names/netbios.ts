/**
 * Names in the name service of NetBIOS: registrations and answers say which address a name has.
 *
 *     header 12 as of DNS; flags: response 1, operation 4 (0 query, 5 registration, 8 refresh) ...
 *     name: 32, then 32 letters, each A + half a byte of the 16 bytes of the name, then a zero
 *     the name's last byte is what it is of: 0x00 workstation, 0x20 file server; groups are no device's name
 *     record data: flags 2 (0x8000 = of a group), address 4
 *
 * Spec: RFC 1001, 14; RFC 1002, 4.2.
 */
import { cleanText } from '../device-text.ts';
import { type AddressedName, ipv4Of } from './dns.ts';

const HEADER = 12;
const NAME = 34;
const GROUP = 0x8000;
const RESPONSE = 0x8000;
const REGISTRATION = 5;
const REFRESHES: ReadonlySet<number> = new Set([8, 9]);

/** Undefined where the message says nothing of the kind. */
export function readNetbiosName(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): AddressedName | undefined {
  if (end - start < HEADER + NAME) return undefined;
  const flags = view.getUint16(start + 2);
  const operation = (flags >>> 11) & 15;
  const isAnswer = (flags & RESPONSE) !== 0 && (flags & 15) === 0 && operation === 0;
  const isClaim =
    (flags & RESPONSE) === 0 && (operation === REGISTRATION || REFRESHES.has(operation));
  if (!isAnswer && !isClaim) return undefined;
  // An answer has its record first; a claim a question, whose name the record repeats by a pointer.
  const record = isAnswer ? start + HEADER + NAME : start + HEADER + NAME + 4 + 2;
  const data = record + 10;
  if (data + 6 > end || view.getUint16(record) !== 0x20) return undefined;
  if ((view.getUint16(data) & GROUP) !== 0) return undefined;
  const name = nameAt(bytes, start + HEADER);
  return name === undefined || name === ''
    ? undefined
    : { ...ipv4Of(view.getInt32(data + 2)), name };
}

/** Undefined where it is no name of a workstation or a file server. */
function nameAt(bytes: Uint8Array, at: number): string | undefined {
  if (bytes[at] !== 32) return undefined;
  const letters: number[] = [];
  for (let i = at + 1; i < at + 33; i += 2) {
    const [high, low] = [(bytes[i] as number) - 65, (bytes[i + 1] as number) - 65];
    if (high < 0 || high > 15 || low < 0 || low > 15) return undefined;
    letters.push((high << 4) | low);
  }
  const kind = letters.pop();
  return kind === 0 || kind === 0x20
    ? cleanText(Buffer.from(letters).toString('latin1'))
    : undefined;
}
