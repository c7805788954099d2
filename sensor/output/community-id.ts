/**
 * Community ID version 1: one short name for both directions of a connection, the same in every tool.
 *
 *     "1:" + base64(sha1(seed u16 | source | destination | protocol u8 | 0 | port u16 | port u16))
 *
 * with the smaller end (address bytes, then port) first. Spec: github.com/corelight/community-id-spec.
 */
import { createHash } from 'node:crypto';

/** IANA protocol numbers of the transports that have ports. */
const PROTOCOLS = { tcp: 6, udp: 17 } as const;

export interface FlowEnd {
  readonly ip: string;
  readonly port: number;
}

/** Undefined iff an address is no IP address. */
export function communityId(
  transport: keyof typeof PROTOCOLS,
  a: FlowEnd,
  b: FlowEnd,
  seed = 0,
): string | undefined {
  const [left, right] = [addressBytes(a.ip), addressBytes(b.ip)];
  if (left === undefined || right === undefined) return undefined;
  const order = Buffer.compare(left, right) || a.port - b.port;
  const ends = [
    { address: left, port: a.port },
    { address: right, port: b.port },
  ];
  if (order > 0) ends.reverse();
  const head = Buffer.alloc(2);
  head.writeUInt16BE(seed);
  const tail = Buffer.alloc(6);
  tail.writeUInt8(PROTOCOLS[transport], 0);
  for (const [i, { port }] of ends.entries()) tail.writeUInt16BE(port, 2 + i * 2);
  const hash = createHash('sha1').update(head);
  for (const { address } of ends) hash.update(address);
  return `1:${hash.update(tail).digest('base64')}`;
}

/** The 4 or 16 bytes of an address in text form; undefined if it is none. */
export function addressBytes(ip: string): Buffer | undefined {
  if (!ip.includes(':')) return ipv4Bytes(ip);
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(ip);
  const last = dotted === null ? undefined : ipv4Bytes(dotted[2] ?? '');
  if (dotted !== null && last === undefined) return undefined;
  const text =
    last === undefined
      ? ip
      : `${dotted?.[1]}${last.readUInt16BE(0).toString(16)}:${last.readUInt16BE(2).toString(16)}`;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function ipv4Bytes(ip: string): Buffer | undefined {
  const parts = ip.split('.');
  const valid = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && +part <= 255);
  return valid ? Buffer.from(parts.map(Number)) : undefined;
}
