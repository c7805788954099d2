/**
 * Names in DNS messages: which name has which address, and which address has which name.
 *
 *     header 12, questions (name, type 2, class 2) ..., records (name, type 2, class 2, ttl 4, length 2, data) ...
 *     name: labels (length 1, bytes) to a zero, or a pointer 0xc000 | offset to the rest of an earlier name
 *
 * A pointer may only lead back, before the place that it stands in, so no name goes in a circle.
 * Spec: RFC 1035, 4.1; RFC 3596.
 */
import { ipv4Text, ipv6Text } from '#sensor/wire/address-text.ts';
import { type AddressKind, addressKind } from '../address-kind.ts';
import { cleanText } from '../device-text.ts';

export interface AddressedName {
  readonly ip: string;
  readonly kind: AddressKind;
  readonly name: string;
}

/** Records of one message that are read; more have no room in a datagram of the usual size. */
const MAX_RECORDS = 64;
/** RFC 1035, 2.3.4. */
const MAX_NAME = 255;
/** A name of 255 bytes has at most 127 labels; pointers come on top. */
const MAX_STEPS = 256;

const A = 1;
const PTR = 12;
const AAAA = 28;
const INTERNET = 1;

interface Message {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

/** Answers of a response that say which name an address has; empty for anything else. */
export function readDnsNames(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): readonly AddressedName[] {
  const message = { bytes, view, start, end };
  if (end - start < 12 || (view.getUint16(start + 2) & 0x8000) === 0) return [];
  let at = start + 12;
  const questions = view.getUint16(start + 4);
  const records = [6, 8, 10].reduce((sum, field) => sum + view.getUint16(start + field), 0);
  if (questions > MAX_RECORDS) return [];
  for (let i = 0; i < questions; i++) {
    at = nameEnd(message, at) + 4;
    if (at < 4 || at > end) return [];
  }
  const found: AddressedName[] = [];
  for (let i = 0; i < Math.min(records, MAX_RECORDS); i++) {
    const head = nameEnd(message, at);
    if (head < 0 || head + 10 > end) break;
    const data = head + 10;
    const next = data + view.getUint16(head + 8);
    if (next > end) break;
    // The highest bit is a flag of mDNS.
    const isInternet = (view.getUint16(head + 2) & 0x7fff) === INTERNET;
    const named = isInternet && recordOf(message, view.getUint16(head), at, data, next - data);
    if (named) found.push(named);
    at = next;
  }
  return found;
}

type Address = Pick<AddressedName, 'ip' | 'kind'>;

export const ipv4Of = (word: number): Address => ({
  ip: ipv4Text(word),
  kind: addressKind(4, 0, 0, 0, word | 0),
});

const ipv6Of = (words: readonly [number, number, number, number]): Address => ({
  ip: ipv6Text(...words),
  kind: addressKind(6, ...words),
});

function recordOf(
  message: Message,
  type: number,
  nameAt: number,
  data: number,
  length: number,
): AddressedName | undefined {
  const word = (index: number): number => message.view.getInt32(data + index * 4);
  if (type === A && length === 4) return named(ipv4Of(word(0)), nameText(message, nameAt));
  if (type === AAAA && length === 16) {
    return named(ipv6Of([word(0), word(1), word(2), word(3)]), nameText(message, nameAt));
  }
  if (type !== PTR) return undefined;
  return named(reverseAddress(nameText(message, nameAt) ?? ''), nameText(message, data));
}

const named = (
  address: Address | undefined,
  name: string | undefined,
): AddressedName | undefined =>
  address === undefined || name === undefined || name === '' ? undefined : { ...address, name };

/** `10.0.1.12` of `12.1.0.10.in-addr.arpa`; IPv6 likewise, of 32 digits before `ip6.arpa`. */
function reverseAddress(name: string): Address | undefined {
  const [top, family, ...digits] = name.toLowerCase().split('.').reverse();
  if (top !== 'arpa') return undefined;
  if (family === 'in-addr') {
    const isAddress =
      digits.length === 4 &&
      digits.every((digit) => /^\d{1,3}$/.test(digit) && Number(digit) < 256);
    return isAddress
      ? ipv4Of(digits.reduce((sum, digit) => (sum << 8) | Number(digit), 0))
      : undefined;
  }
  if (family !== 'ip6' || digits.length !== 32) return undefined;
  if (!digits.every((digit) => /^[0-9a-f]$/.test(digit))) return undefined;
  const word = (index: number): number =>
    Number.parseInt(digits.slice(index * 8, index * 8 + 8).join(''), 16) | 0;
  return ipv6Of([word(0), word(1), word(2), word(3)]);
}

/** Where a name ends in its place; -1 where it is cut or no name. */
function nameEnd({ bytes, end }: Message, from: number): number {
  let at = from;
  for (let steps = 0; steps < MAX_STEPS && at >= 0 && at < end; steps++) {
    const length = bytes[at] as number;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : -1;
    if (length > 63) return -1;
    at += 1 + length;
  }
  return -1;
}

/** Labels with dots between; undefined where it is no name. */
function nameText({ bytes, view, start, end }: Message, from: number): string | undefined {
  const labels: string[] = [];
  let at = from;
  /** Pointers lead before this place. */
  let before = from;
  let total = 0;
  for (let steps = 0; steps < MAX_STEPS && at < end; steps++) {
    const length = bytes[at] as number;
    if (length === 0) return cleanText(labels.join('.'));
    if (length >= 0xc0) {
      if (at + 2 > end) return undefined;
      const target = start + (view.getUint16(at) & 0x3fff);
      if (target >= before) return undefined;
      before = target;
      at = target;
      continue;
    }
    total += length + 1;
    if (length > 63 || total > MAX_NAME || at + 1 + length > end) return undefined;
    labels.push(new TextDecoder().decode(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return undefined;
}
