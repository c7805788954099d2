/**
 * Community ID version 1: one short name for both directions of a connection, the same in every tool.
 *
 *     "1:" + base64(sha1(seed u16 | source | destination | protocol u8 | 0 | port u16 | port u16))
 *
 * with the smaller end (address bytes, then port) first; of ICMP without an answer, the sender. Spec: github.com/corelight/community-id-spec.
 */
import { createHash } from 'node:crypto';

/** IANA protocol numbers. */
const PROTOCOLS = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 } as const;

type IdProtocol = keyof typeof PROTOCOLS;

/** Types of ICMP that ask and answer, both ways: they stand where ports do. */
const COUNTERPARTS: Partial<Readonly<Record<IdProtocol, ReadonlyMap<number, number>>>> = {
  icmp: pairs([8, 0], [13, 14], [15, 16], [10, 9], [17, 18]),
  icmp6: pairs([128, 129], [133, 134], [135, 136], [130, 131], [139, 140], [144, 145]),
};

export interface FlowEnd {
  readonly ip: string;
  /** Of ICMP the type at the sender and the code at the receiver. */
  readonly port: number;
}

/** Undefined iff an address is no IP address. */
export function communityId(
  protocol: IdProtocol,
  a: FlowEnd,
  b: FlowEnd,
  seed = 0,
): string | undefined {
  const [left, right] = [addressBytes(a.ip), addressBytes(b.ip)];
  if (left === undefined || right === undefined) return undefined;
  const counterparts = COUNTERPARTS[protocol];
  const answer = counterparts?.get(a.port);
  const isOneWay = counterparts !== undefined && answer === undefined;
  const ends = [
    { address: left, port: a.port },
    { address: right, port: answer ?? b.port },
  ] as const;
  const order = Buffer.compare(left, right) || ends[0].port - ends[1].port;
  const [first, second] = order > 0 && !isOneWay ? [ends[1], ends[0]] : ends;
  const head = Buffer.alloc(2);
  head.writeUInt16BE(seed);
  const tail = Buffer.alloc(6);
  tail.writeUInt8(PROTOCOLS[protocol], 0);
  tail.writeUInt16BE(first.port, 2);
  tail.writeUInt16BE(second.port, 4);
  const hash = createHash('sha1').update(head).update(first.address).update(second.address);
  return `1:${hash.update(tail).digest('base64')}`;
}

function pairs(...types: readonly (readonly [number, number])[]): ReadonlyMap<number, number> {
  return new Map(
    types.flatMap(([ask, answer]) => [[ask, answer] as const, [answer, ask] as const]),
  );
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
