/** How many packets of which kind were seen, and why the others were not read. Nothing is skipped silently. */
import {
  type PacketKind,
  type PacketView,
  TUNNEL_KINDS,
  type TunnelKind,
  UNREAD_REASONS,
  type UnreadReason,
} from './packet-view.ts';

export interface WireCounters {
  readonly kinds: Record<PacketKind, number>;
  /** Packets of kind `unread`, by reason. */
  readonly unread: Map<UnreadReason, number>;
  /** Packets that came in a tunnel of this kind; each counts in `kinds` too, as what is inside. */
  readonly tunnels: Map<TunnelKind, number>;
  /** Packets that the mirror port gave twice; the second one counts here alone. */
  duplicates: number;
}

export function createWireCounters(): WireCounters {
  return {
    kinds: { tcp: 0, udp: 0, arp: 0, 'ip-other': 0, 'link-other': 0, fragment: 0, unread: 0 },
    unread: new Map(UNREAD_REASONS.map((reason) => [reason, 0])),
    tunnels: new Map(TUNNEL_KINDS.map((kind) => [kind, 0])),
    duplicates: 0,
  };
}

/** Counts the packet that `view` was just filled from. */
export function countPacket(view: PacketView, counters: WireCounters): void {
  counters.kinds[view.kind]++;
  if (view.tunnels !== 0) countTunnels(view.tunnels, counters.tunnels);
  if (view.kind === 'unread') {
    counters.unread.set(view.unread, (counters.unread.get(view.unread) ?? 0) + 1);
  }
}

function countTunnels(opened: number, counts: Map<TunnelKind, number>): void {
  for (let i = 0; i < TUNNEL_KINDS.length; i++) {
    const kind = TUNNEL_KINDS[i];
    if (kind === undefined || (opened & (1 << i)) === 0) continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
}
