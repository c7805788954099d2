/** The columns that begin each row about something within a connection. */
import type { Endpoint } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { Column } from './zeek-log.ts';

export interface EventRow {
  readonly at: Micros;
  /** Undefined where the connection is not known. */
  readonly uid: string | undefined;
  readonly client: Endpoint;
  readonly server: Endpoint;
}

export const EVENT_COLUMNS: readonly Column<EventRow>[] = [
  ['ts', 'time', ({ at }) => at],
  ['uid', 'string', ({ uid }) => uid],
  ['id.orig_h', 'addr', ({ client }) => client.ip],
  ['id.orig_p', 'port', ({ client }) => client.port],
  ['id.resp_h', 'addr', ({ server }) => server.ip],
  ['id.resp_p', 'port', ({ server }) => server.port],
];

/** About a message of one direction. */
export interface DirectedRow extends EventRow {
  readonly fromClient: boolean;
}

/** ICSNPP names sender and receiver beside who opened the connection. */
export const DIRECTED_COLUMNS: readonly Column<DirectedRow>[] = [
  ...EVENT_COLUMNS,
  ['is_orig', 'bool', ({ fromClient }) => fromClient],
  ['source_h', 'addr', ({ fromClient, client, server }) => (fromClient ? client : server).ip],
  ['source_p', 'port', ({ fromClient, client, server }) => (fromClient ? client : server).port],
  ['destination_h', 'addr', ({ fromClient, client, server }) => (fromClient ? server : client).ip],
  [
    'destination_p',
    'port',
    ({ fromClient, client, server }) => (fromClient ? server : client).port,
  ],
];
