/** `flow` and `tcp` of an EVE record: what was counted of a flow. */
import type { FlowEnd, FlowReason, FlowRecord } from '#sensor/model/flow.ts';
import type { FlowNote } from '../flow-book.ts';
import { eveTime } from './eve-time.ts';

const REASONS: Readonly<Record<FlowReason, string>> = {
  timeout: 'timeout',
  replaced: 'tcp_reuse',
  evicted: 'forced',
  'capture-end': 'shutdown',
};

export const flowFields = (
  { originator, responder, startedAt, endedAt, reason }: FlowRecord,
  { alerted, exchanges }: FlowNote,
) => ({
  pkts_toserver: originator.packets,
  pkts_toclient: responder.packets,
  bytes_toserver: originator.frameBytes,
  bytes_toclient: responder.frameBytes,
  start: eveTime(startedAt),
  end: eveTime(endedAt),
  age: Math.floor((endedAt - startedAt) / 1_000_000),
  state: stateOf(originator, responder),
  reason: REASONS[reason],
  alerted,
  ...(exchanges > 0 && { tx_cnt: exchanges }),
});

const OVER: ReadonlySet<string> = new Set(['closed', 'reset']);

function stateOf(originator: FlowEnd, responder: FlowEnd): string {
  if (OVER.has(originator.state) && OVER.has(responder.state)) return 'closed';
  if (originator.state === 'reset' || responder.state === 'reset') return 'closed';
  return originator.packets > 0 && responder.packets > 0 ? 'established' : 'new';
}

const FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ecn', 'cwr'] as const;

/** All flags that were seen, and those of each side. */
export function tcpFields({ originator, responder }: FlowRecord) {
  const all = originator.flags | responder.flags;
  const seen = FLAGS.filter((_, bit) => (all & (1 << bit)) !== 0);
  return {
    tcp_flags: hex(all),
    tcp_flags_ts: hex(originator.flags),
    tcp_flags_tc: hex(responder.flags),
    ...Object.fromEntries(seen.map((flag) => [flag, true] as const)),
  };
}

const hex = (flags: number): string => flags.toString(16).padStart(2, '0');
