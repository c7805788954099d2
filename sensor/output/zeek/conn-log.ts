/**
 * `conn.log` of Zeek: a row for each flow. States and histories are Zeek's; where it decides after five seconds
 * or five minutes of silence that a connection is over, the sensor waits longer, so that one is not told as two.
 */
import type { FlowEnd, FlowEndState, FlowRecord } from '#sensor/model/flow.ts';
import type { Protocol } from '#sensor/model/net.ts';
import type { FlowNote } from '../flow-book.ts';
import { isLocal } from './local-address.ts';
import { type Column, ZeekLog } from './zeek-log.ts';

/** Names of Zeek's analyzers. */
const SERVICES: Readonly<Record<Protocol, string>> = { modbus: 'modbus', opcua: 'opcua-binary' };

const IP_PROTOCOLS = { tcp: 6, udp: 17 } as const;

interface ConnRow {
  readonly flow: FlowRecord;
  readonly note: FlowNote;
}

/** What one packet alone cannot tell. */
const lasting = ({ flow }: ConnRow, value: number): number | undefined =>
  flow.endedAt > flow.startedAt ? value : undefined;

const CONN: readonly Column<ConnRow>[] = [
  ['ts', 'time', ({ flow }) => flow.startedAt],
  ['uid', 'string', ({ note }) => note.uid],
  ['id.orig_h', 'addr', ({ flow }) => flow.originator.endpoint.ip],
  ['id.orig_p', 'port', ({ flow }) => flow.originator.endpoint.port],
  ['id.resp_h', 'addr', ({ flow }) => flow.responder.endpoint.ip],
  ['id.resp_p', 'port', ({ flow }) => flow.responder.endpoint.port],
  ['proto', 'enum', ({ flow }) => flow.transport],
  ['service', 'string', ({ note }) => note.protocol && SERVICES[note.protocol]],
  ['duration', 'interval', (row) => lasting(row, row.flow.endedAt - row.flow.startedAt)],
  ['orig_bytes', 'count', (row) => lasting(row, row.flow.originator.bytes)],
  ['resp_bytes', 'count', (row) => lasting(row, row.flow.responder.bytes)],
  ['conn_state', 'string', ({ flow }) => connState(flow)],
  ['local_orig', 'bool', ({ flow }) => isLocal(flow.originator.endpoint.ip)],
  ['local_resp', 'bool', ({ flow }) => isLocal(flow.responder.endpoint.ip)],
  ['missed_bytes', 'count', ({ flow }) => flow.missedBytes],
  ['history', 'string', ({ flow }) => flow.history || undefined],
  ['orig_pkts', 'count', ({ flow }) => flow.originator.packets],
  ['orig_ip_bytes', 'count', ({ flow }) => flow.originator.ipBytes],
  ['resp_pkts', 'count', ({ flow }) => flow.responder.packets],
  ['resp_ip_bytes', 'count', ({ flow }) => flow.responder.ipBytes],
  ['tunnel_parents', 'set[string]', () => undefined],
  ['ip_proto', 'count', ({ flow }) => IP_PROTOCOLS[flow.transport]],
  ['community_id', 'string', ({ note }) => note.communityId],
];

export const connLog = (folder: string): ZeekLog<ConnRow> => new ZeekLog(folder, 'conn', CONN);

/** `S0`, `SF`, `RSTO` and so on. */
export function connState({
  transport,
  originator,
  responder,
}: Pick<FlowRecord, 'transport' | 'originator' | 'responder'>): string {
  return transport === 'udp'
    ? datagramState(originator.state, responder.state)
    : segmentState(originator, responder);
}

function datagramState(originator: FlowEndState, responder: FlowEndState): string {
  if (originator === 'active') return responder === 'active' ? 'SF' : 'S0';
  return responder === 'active' ? 'SHR' : 'OTH';
}

const SILENT: ReadonlySet<FlowEndState> = new Set(['inactive', 'partial']);

function segmentState(originator: FlowEnd, responder: FlowEnd): string {
  const [from, to] = [originator.state, responder.state];
  if (to === 'reset') {
    const nothingSent = originator.bytes === 0 && responder.bytes === 0;
    const isRefused =
      from === 'syn-sent' || from === 'syn-ack-sent' || (from === 'reset' && nothingSent);
    if (isRefused) return 'REJ';
    return SILENT.has(from) ? 'RSTRH' : 'RSTR';
  }
  if (from === 'reset') return SILENT.has(to) ? 'RSTOS0' : 'RSTO';
  if (from === 'closed' && to === 'closed') return 'SF';
  if (from === 'closed') return SILENT.has(to) ? 'SH' : 'S2';
  if (to === 'closed') return SILENT.has(from) ? 'SHR' : 'S3';
  if (from === 'syn-sent' && to === 'inactive') return 'S0';
  return from === 'established' && to === 'established' ? 'S1' : 'OTH';
}
