/** What a reading cost and found, as one JSON object: `--stats` of docs/contracts.md. */
import type { LinkAccount } from '#sensor/model/link-account.ts';
import { lossOf } from './links.ts';

export interface ReadingStats {
  readonly packets: number;
  /** Of these, copies that the mirror port gave. */
  readonly duplicates: number;
  /** Captured bytes, without the headers of the file format. */
  readonly bytes: number;
  readonly exchanges: number;
  readonly requests: ReadonlyMap<string, number>;
  readonly alerts: number;
  /** Facts of decoding and reassembly, by name. */
  readonly faults: ReadonlyMap<string, number>;
  readonly links: readonly LinkAccount[];
  /** Packets that came in a tunnel, by its kind. */
  readonly tunnels: ReadonlyMap<string, number>;
  /** Packets, and whole files, that were not understood, by reason. */
  readonly unread: ReadonlyMap<string, number>;
  readonly cpuSeconds: number;
  readonly rssMib: number;
}

export function statsDocument(stats: ReadingStats): Readonly<Record<string, unknown>> {
  return {
    packets: stats.packets,
    duplicates: stats.duplicates,
    bytes: stats.bytes,
    exchanges: stats.exchanges,
    requests: byName(stats.requests),
    alerts: stats.alerts,
    faults: byName(stats.faults),
    links: stats.links.map(linkDocument),
    tunnels: byName(stats.tunnels),
    unread: byName(stats.unread),
    cpu_s: round(stats.cpuSeconds, 3),
    rss_mib: round(stats.rssMib, 1),
  };
}

function linkDocument(account: LinkAccount): Readonly<Record<string, unknown>> {
  return {
    interface: account.interfaceIndex,
    ...(account.vlan < 0 ? {} : { vlan: account.vlan }),
    tcp_bytes: account.seenBytes,
    lost_bytes: account.lostBytes,
    holes: account.holes,
    loss: round(lossOf(account), 6),
    both_directions: account.bothWays,
    one_direction: account.oneWay,
  };
}

/** Without zeros, by name. */
const byName = (counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].filter(([, n]) => n > 0).sort(([a], [b]) => (a < b ? -1 : 1)));

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
