/**
 * States that a client reads the address space of an OPC UA server from end to end.
 *
 * Clients browse what they show, some hundred nodes at most. Namespace 0 alone has more than two thousand,
 * so the first walk through everything is over the threshold as well.
 */
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import { nodeDigest } from '#sensor/model/node-digest.ts';
import type { Micros } from '#sensor/model/time.ts';
import { type Detector, NO_FACTS } from './detector.ts';
import { pairKey } from './pair-key.ts';
import { RecentMap } from './recent-map.ts';

export const BROWSE_SWEEP = 'browse.sweep';
export const BROWSE_FULL = 'browse.memory-full';

export const BROWSE_WINDOW_MICROS = 300_000_000;
/** Different nodes browsed within the window; it takes more. */
export const BROWSED_NODES = 500;
/** Pairs of client and server watched at once; each keeps at most `BROWSED_NODES` + 1 digests. */
export const MAX_BROWSE_PAIRS = 512;

/** Digests of nodes that one client browsed on one server, each with its newest time, longest ago first. */
type Memory = RecentMap<string, Map<number, Micros>>;

export function browseSweepDetector(): Detector<Memory> {
  return {
    name: 'browse',
    remember: () => new RecentMap<string, Map<number, Micros>>(MAX_BROWSE_PAIRS),
    inspect: (event, now, memory) =>
      event.kind === 'exchange' && event.protocol === 'opcua'
        ? inspect(event, now, memory)
        : NO_FACTS,
  };
}

function inspect(
  { opcua, client, server }: OpcuaExchange,
  now: Micros,
  memory: Memory,
): readonly Fact[] {
  const { service, nodes = [], unlisted = [] } = opcua;
  if (service?.name !== 'Browse' || nodes.length + unlisted.length === 0) return NO_FACTS;
  const facts: Fact[] = [];
  const key = pairKey(client, server);
  const known = memory.touch(key);
  const seen = known ?? new Map<number, Micros>();
  if (known === undefined && memory.add(key, seen)) {
    const text = `${MAX_BROWSE_PAIRS} pairs of client and server are watched for sweeps; the one quiet longest was forgotten`;
    facts.push({ name: BROWSE_FULL, text });
  }
  for (const [node, at] of seen) {
    if (now - at < BROWSE_WINDOW_MICROS) break;
    seen.delete(node);
  }
  for (const { nodeId } of nodes) note(seen, nodeDigest(nodeId), now);
  for (const node of unlisted) note(seen, node, now);
  if (seen.size <= BROWSED_NODES) return facts;
  const text = `browsed more than ${BROWSED_NODES} different nodes within ${BROWSE_WINDOW_MICROS / 60e6} minutes`;
  return [...facts, { name: BROWSE_SWEEP, text }];
}

function note(seen: Map<number, Micros>, node: number, now: Micros): void {
  const isKnown = seen.delete(node);
  if (isKnown || seen.size <= BROWSED_NODES) seen.set(node, now);
}
