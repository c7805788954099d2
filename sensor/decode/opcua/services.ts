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
const CLOSE_CHANNEL = 452;
export const CREATE_SESSION = 461;
export const ACTIVATE_SESSION = 467;
export const CLOSE_SESSION = 473;
export const ADD_NODES = 488;
export const ADD_REFERENCES = 494;
export const DELETE_NODES = 500;
export const DELETE_REFERENCES = 506;
export const TRANSLATE_PATHS = 554;
export const REGISTER_NODES = 560;
export const UNREGISTER_NODES = 566;
export const HISTORY_READ = 664;
export const HISTORY_UPDATE = 700;
export const CREATE_ITEMS = 751;
export const MODIFY_ITEMS = 763;
export const DELETE_ITEMS = 781;
export const CREATE_SUBSCRIPTION = 787;
export const REPUBLISH = 832;
export const DELETE_SUBSCRIPTIONS = 847;

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
  [ADD_NODES, 'AddNodes', 'configure'],
  [ADD_REFERENCES, 'AddReferences', 'configure'],
  [DELETE_NODES, 'DeleteNodes', 'configure'],
  [DELETE_REFERENCES, 'DeleteReferences', 'configure'],
  [BROWSE, 'Browse', 'browse'],
  [BROWSE_NEXT, 'BrowseNext', 'browse'],
  [TRANSLATE_PATHS, 'TranslateBrowsePathsToNodeIds', 'browse'],
  [REGISTER_NODES, 'RegisterNodes', 'browse'],
  [UNREGISTER_NODES, 'UnregisterNodes', 'browse'],
  [615, 'QueryFirst', 'browse'],
  [621, 'QueryNext', 'browse'],
  [READ, 'Read', 'read'],
  [HISTORY_READ, 'HistoryRead', 'read'],
  [WRITE, 'Write', 'write'],
  [HISTORY_UPDATE, 'HistoryUpdate', 'write'],
  [CALL, 'Call', 'control'],
  [CREATE_ITEMS, 'CreateMonitoredItems', 'subscribe'],
  [MODIFY_ITEMS, 'ModifyMonitoredItems', 'subscribe'],
  [769, 'SetMonitoringMode', 'subscribe'],
  [775, 'SetTriggering', 'subscribe'],
  [DELETE_ITEMS, 'DeleteMonitoredItems', 'subscribe'],
  [CREATE_SUBSCRIPTION, 'CreateSubscription', 'subscribe'],
  [793, 'ModifySubscription', 'subscribe'],
  [799, 'SetPublishingMode', 'subscribe'],
  [PUBLISH, 'Publish', 'subscribe'],
  [REPUBLISH, 'Republish', 'subscribe'],
  [841, 'TransferSubscriptions', 'subscribe'],
  [DELETE_SUBSCRIPTIONS, 'DeleteSubscriptions', 'subscribe'],
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
