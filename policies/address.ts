/** IP addresses and prefixes as numbers, so that zones can be compared. */
import { isIPv4, isIPv6 } from 'node:net';

export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export interface Prefix {
  readonly family: 4 | 6;
  /** Host bits are zero. */
  readonly network: bigint;
  /** Bits of the network part, 0..32 or 0..128. */
  readonly length: number;
}

const V4_BITS = 32;
const V6_BITS = 128;
/** `::ffff:192.0.2.1` is the host 192.0.2.1. RFC 4291, 2.5.5.2. */
const V4_MAPPED = 0xffffn << 32n;

const bitsOf = (family: 4 | 6): number => (family === 4 ? V4_BITS : V6_BITS);

/** Undefined for a text that is no IP address; one with a zone index (`fe80::1%eth0`) is none. */
export function parseIp(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { family: 4, value: v4Value(text) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const value = v6Value(text);
  return value >> 32n === V4_MAPPED >> 32n
    ? { family: 4, value: value & 0xffff_ffffn }
    : { family: 6, value };
}

/** A prefix in CIDR notation; undefined where it is none or where host bits are set. */
export function parsePrefix(text: string): Prefix | undefined {
  const [host = '', length = '', ...rest] = text.split('/');
  const address = parseIp(host);
  if (address === undefined || rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(length)) {
    return undefined;
  }
  // A mapped address in a prefix would change family and with it the meaning of the length.
  if (address.family === 4 && !isIPv4(host)) return undefined;
  const bits = bitsOf(address.family);
  const prefix = { family: address.family, network: address.value, length: Number(length) };
  if (prefix.length > bits) return undefined;
  const hostBits = BigInt(bits - prefix.length);
  return (address.value >> hostBits) << hostBits === address.value ? prefix : undefined;
}

export function contains(prefix: Prefix, ip: IpAddress): boolean {
  if (prefix.family !== ip.family) return false;
  const hostBits = BigInt(bitsOf(prefix.family) - prefix.length);
  return ip.value >> hostBits === prefix.network >> hostBits;
}

export function overlap(one: Prefix, other: Prefix): boolean {
  const [wide, narrow] = one.length <= other.length ? [one, other] : [other, one];
  return contains(wide, { family: narrow.family, value: narrow.network });
}

/** Text of an address; IPv6 in full, without compression. */
export function showIp({ family, value }: IpAddress): string {
  const [size, groups, radix] = family === 4 ? [8, 4, 10] : [16, 8, 16];
  return Array.from({ length: groups }, (_, i) =>
    ((value >> BigInt((groups - 1 - i) * size)) & ((1n << BigInt(size)) - 1n)).toString(radix),
  ).join(family === 4 ? '.' : ':');
}

function v4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
}

/** `text` is a valid IPv6 address. */
function v6Value(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  const middle = Array.from({ length: 8 - front.length - back.length }, () => 0n);
  return [...front, ...middle, ...back].reduce((value, group) => (value << 16n) | group, 0n);
}

/** The 16-bit groups of one side of `::`; a dotted IPv4 tail is two of them. */
function groupsOf(side: string): readonly bigint[] {
  if (side === '') return [];
  return side.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const value = v4Value(group);
    return [value >> 16n, value & 0xffffn];
  });
}
