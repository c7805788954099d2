/**
 * The services of OPC UA in one table: the encoding ids by which messages name them, and what calling
 * them does to the plant. OPC 10000-4, 5; ids OPC 10000-6, annex A.
 */
import type { OperationKind } from '#sensor/model/operation.ts';

export interface Service {
  /** Numeric id of the binary encoding of its request, in namespace 0. */
  readonly id: number;
  /** Of its response. */
  readonly response: number;
  readonly name: string;
  /** Absent where it is only about the conversation itself: channels, sessions, cancelling. */
  readonly kind?: OperationKind;
}

export const READ = 631;
export const WRITE = 673;
export const BROWSE = 527;
export const BROWSE_NEXT = 533;
export const CALL = 712;
export const PUBLISH = 826;
export const FIND_SERVERS = 422;
export const GET_ENDPOINTS = 428;
export const OPEN_CHANNEL = 446;
export const CLOSE_CHANNEL = 452;
export const CREATE_SESSION = 461;
export const ACTIVATE_SESSION = 467;
export const CLOSE_SESSION = 473;

/** The response to a request of any service. */
export const SERVICE_FAULT = 397;

type Row = readonly [id: number, name: string, kind?: OperationKind];

const ROWS: readonly Row[] = [
  [FIND_SERVERS, 'FindServers', 'identify'],
  [GET_ENDPOINTS, 'GetEndpoints', 'identify'],
  [437, 'RegisterServer', 'configure'],
  [OPEN_CHANNEL, 'OpenSecureChannel'],
  [CLOSE_CHANNEL, 'CloseSecureChannel'],
  [CREATE_SESSION, 'CreateSession'],
  [ACTIVATE_SESSION, 'ActivateSession'],
  [CLOSE_SESSION, 'CloseSession'],
  [479, 'Cancel'],
  [488, 'AddNodes', 'configure'],
  [494, 'AddReferences', 'configure'],
  [500, 'DeleteNodes', 'configure'],
  [506, 'DeleteReferences', 'configure'],
  [BROWSE, 'Browse', 'browse'],
  [BROWSE_NEXT, 'BrowseNext', 'browse'],
  [554, 'TranslateBrowsePathsToNodeIds', 'browse'],
  [560, 'RegisterNodes', 'browse'],
  [566, 'UnregisterNodes', 'browse'],
  [615, 'QueryFirst', 'browse'],
  [621, 'QueryNext', 'browse'],
  [READ, 'Read', 'read'],
  [664, 'HistoryRead', 'read'],
  [WRITE, 'Write', 'write'],
  [700, 'HistoryUpdate', 'write'],
  [CALL, 'Call', 'control'],
  [751, 'CreateMonitoredItems', 'subscribe'],
  [763, 'ModifyMonitoredItems', 'subscribe'],
  [769, 'SetMonitoringMode', 'subscribe'],
  [775, 'SetTriggering', 'subscribe'],
  [781, 'DeleteMonitoredItems', 'subscribe'],
  [787, 'CreateSubscription', 'subscribe'],
  [793, 'ModifySubscription', 'subscribe'],
  [799, 'SetPublishingMode', 'subscribe'],
  [PUBLISH, 'Publish', 'subscribe'],
  [832, 'Republish', 'subscribe'],
  [841, 'TransferSubscriptions', 'subscribe'],
  [847, 'DeleteSubscriptions', 'subscribe'],
];

/** Those of version 1.03, whose response follows at once. */
const LATER_ROWS: readonly Row[] = [
  [12_208, 'FindServersOnNetwork', 'identify'],
  [12_211, 'RegisterServer2', 'configure'],
];

const service = ([id, name, kind]: Row, step: number): Service => ({
  id,
  response: id + step,
  name,
  ...(kind === undefined ? {} : { kind }),
});

const ALL: readonly Service[] = [
  ...ROWS.map((row) => service(row, 3)),
  ...LATER_ROWS.map((row) => service(row, 1)),
];

export const SERVICES: ReadonlyMap<number, Service> = new Map(ALL.map((each) => [each.id, each]));

export const BY_RESPONSE: ReadonlyMap<number, Service> = new Map(
  ALL.map((each) => [each.response, each]),
);
