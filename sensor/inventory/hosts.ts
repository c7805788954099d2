/**
 * The hosts of the plant as the inventory knows them, one after the other.
 *
 * An address is of the plant if it sent something and is private, or was seen on the link. Others are
 * peers. An address of loopback is a host only to those who know it from elsewhere.
 */
import type {
  HeardHost,
  HeardTransport,
  HostTraffic,
  RecognisedBy,
} from '#sensor/model/inventory.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import type { DirectionOf } from './conversations.ts';
import type { Inventory } from './inventory.ts';
import { linkProtocolNames } from './link-protocols.ts';

const TRANSPORTS: ReadonlyMap<number, HeardTransport> = new Map([
  [6, 'tcp'],
  [17, 'udp'],
]);

/** Protocols right above IP, by the registry of IANA; others are told by their number alone. */
const IP_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [2, 'igmp'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [58, 'icmpv6'],
  [89, 'ospf'],
  [112, 'vrrp'],
  [132, 'sctp'],
]);

/** Whether an address that sent something is one of the plant. `also`: known from elsewhere. */
function isHost({ addresses }: Inventory, entry: number, also: ReadonlySet<string>): boolean {
  if (!addresses.hasSent(entry)) return false;
  return (
    addresses.kind(entry) === 'private' ||
    (addresses.isOnLink(entry) && addresses.kind(entry) !== 'nobody') ||
    also.has(addresses.text(entry))
  );
}

/** `also`: addresses that are hosts wherever they lie. */
export function* heardHosts(inventory: Inventory, also: ReadonlySet<string>): Generator<HeardHost> {
  const { addresses } = inventory;
  const conversations = conversationsByAddress(inventory);
  const behind = offLinkByMac(inventory);
  for (const entry of addresses.entries()) {
    if (isHost(inventory, entry, also)) {
      yield hostOf(inventory, entry, conversations.get(entry) ?? [], behind);
    }
  }
}

function conversationsByAddress({ conversations }: Inventory): ReadonlyMap<number, number[]> {
  const byAddress = new Map<number, number[]>();
  for (const entry of conversations.entries()) {
    for (const end of new Set([conversations.client(entry), conversations.server(entry)])) {
      const known = byAddress.get(end);
      if (known === undefined) byAddress.set(end, [entry]);
      else known.push(entry);
    }
  }
  return byAddress;
}

/** For how many addresses of IPv4 each hardware address stands that were not seen on the link; of IPv6 a host has several. */
function offLinkByMac({ addresses }: Inventory): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const entry of addresses.entries()) {
    const mac = addresses.frameMac(entry);
    if (mac < 0 || addresses.isOnLink(entry) || !addresses.isIpv4(entry)) continue;
    counts.set(mac, (counts.get(mac) ?? 0) + 1);
  }
  return counts;
}

function hostOf(
  inventory: Inventory,
  entry: number,
  heard: readonly number[],
  behind: ReadonlyMap<number, number>,
): HeardHost {
  const { addresses, names } = inventory;
  const ip = addresses.text(entry);
  const own = addresses.ownMac(entry);
  const mac = own < 0 ? undefined : addresses.macText(own);
  const owners = mac === undefined ? [ip] : [ip, mac];
  const traffic = heard.flatMap((each) => trafficOf(inventory, each, entry) ?? []);
  const sent = heard.map((each) => sentLast(inventory, each, entry));
  const protocols = heard.flatMap((each) => spoken(inventory, each, entry) ?? []);
  const linked = own < 0 ? [] : linkProtocolNames(addresses.linkProtocols(own));
  const isRouting = addresses.isOnLink(entry) && own >= 0;
  const announced = addresses.isRouter(entry)
    ? [{ role: 'gateway', because: 'it announces itself as a router of IPv6' } as const]
    : [];
  return {
    ip,
    ...(mac !== undefined && { mac }),
    names: distinct(
      owners.flatMap((owner) => names.names(owner)),
      ({ source, name }) => `${source} ${name}`,
    ),
    details: distinct(
      owners.flatMap((owner) => names.details(owner)),
      ({ source, about }) => `${source} ${about}`,
    ),
    claims: distinct(
      [...owners.flatMap((owner) => names.claims(owner)), ...announced],
      ({ role }) => role,
    ),
    protocols: [...new Set([...protocols, ...linked])].sort(),
    traffic,
    behind: isRouting ? (behind.get(own) ?? 0) : 0,
    firstSeen: micros(addresses.firstSeen(entry)),
    lastSeen: micros(Math.max(addresses.lastSeen(entry), ...sent)),
  };
}

const distinct = <T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] =>
  [...new Map(values.toReversed().map((value) => [keyOf(value), value])).values()].reverse();

const sideOf = ({ conversations }: Inventory, entry: number, address: number): DirectionOf =>
  conversations.client(entry) === address ? 0 : 1;

const sentLast = (inventory: Inventory, entry: number, address: number): number =>
  inventory.conversations.lastSeen(entry, sideOf(inventory, entry, address));

/** What it speaks in this conversation; undefined where it never said anything, or nobody knows what. */
function spoken(inventory: Inventory, entry: number, address: number): string | undefined {
  const { conversations, recognition } = inventory;
  if (conversations.packets(entry, sideOf(inventory, entry, address)) === 0) return undefined;
  const transport = conversations.transport(entry);
  // That it answers a ping says nothing of it.
  if (!TRANSPORTS.has(transport)) return undefined;
  if (transport === 6 && !conversations.isAnswered(entry)) return undefined;
  return recognition.protocol(entry, transport === 6);
}

/** Undefined for what was said to nobody in particular, and for calls without an answer. */
function trafficOf(inventory: Inventory, entry: number, address: number): HostTraffic | undefined {
  const { addresses, conversations, recognition } = inventory;
  const own = sideOf(inventory, entry, address);
  const other = own === 0 ? 1 : 0;
  const peer = own === 0 ? conversations.server(entry) : conversations.client(entry);
  const number = conversations.transport(entry);
  if (peer === address || addresses.isGroup(peer)) return undefined;
  const isAnswered = conversations.isAnswered(entry);
  if (!isAnswered && (number === 6 || own === 1)) return undefined;
  const transport = TRANSPORTS.get(number) ?? 'ip';
  const known =
    transport === 'ip' ? IP_PROTOCOLS.get(number) : recognition.protocol(entry, number === 6);
  const by: RecognisedBy = transport === 'ip' ? 'content' : recognition.by(entry);
  const detail = transport === 'ip' ? undefined : recognition.detail(entry);
  const amount = (direction: DirectionOf) => ({
    packets: conversations.packets(entry, direction),
    bytes: conversations.bytes(entry, direction),
  });
  return {
    peer: addresses.text(peer),
    role: own === 0 ? 'client' : 'server',
    transport,
    port: transport === 'ip' ? number : conversations.port(entry),
    ...(known !== undefined && { protocol: known, by }),
    ...(detail !== undefined && { detail }),
    sent: amount(own),
    received: amount(other),
    first_seen: isoMicros(micros(conversations.firstSeen(entry))),
    last_seen: isoMicros(
      micros(Math.max(conversations.lastSeen(entry, 0), conversations.lastSeen(entry, 1))),
    ),
  };
}
