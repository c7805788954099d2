/** Logs of subscriptions and monitored items; their filters are in `opcua-filters.ts`. */
import type { Datum, Structure } from '#sensor/decode/opcua/datum.ts';
import {
  choiceName,
  field,
  flag,
  members,
  nodeValues,
  number,
  text,
  type Values,
} from './opcua-data.ts';
import { filterResultRows, filterRows, filterTypeValues } from './opcua-filters.ts';
import type { OpcuaRows } from './opcua-rows.ts';
import { timestampsValues } from './opcua-session.ts';
import { diagnosticRows, SOURCES, statusRow } from './opcua-status.ts';

const whole = (datum: Datum): number | undefined => {
  const value = number(datum);
  return value === undefined || !Number.isFinite(value) ? undefined : Math.trunc(value);
};

export function createSubscriptionRequest(rows: OpcuaRows, body: Structure, link: string): void {
  rows.write('opcua_binary_create_subscription', {
    opcua_link_id: link,
    requested_publishing_interval: whole(field(body, 'requestedPublishingInterval')),
    requested_lifetime_count: number(field(body, 'requestedLifetimeCount')),
    requested_max_keep_alive_count: number(field(body, 'requestedMaxKeepAliveCount')),
    max_notifications_per_publish: number(field(body, 'maxNotificationsPerPublish')),
    publishing_enabled: flag(field(body, 'publishingEnabled')),
    priority: number(field(body, 'priority')),
  });
}

export function createSubscriptionResponse(rows: OpcuaRows, body: Structure, link: string): void {
  rows.write('opcua_binary_create_subscription', {
    opcua_link_id: link,
    subscription_id: number(field(body, 'subscriptionId')),
    revised_publishing_interval: whole(field(body, 'revisedPublishingInterval')),
    revised_lifetime_count: number(field(body, 'revisedLifetimeCount')),
    revised_max_keep_alive_count: number(field(body, 'revisedMaxKeepAliveCount')),
  });
}

export function createItemsRequest(rows: OpcuaRows, body: Structure, link: string): void {
  rows.write('opcua_binary_create_monitored_items', {
    opcua_link_id: link,
    subscription_id: number(field(body, 'subscriptionId')),
    ...timestampsValues(body),
    create_item_link_id: rows.each(
      field(body, 'itemsToCreate'),
      'create_item_link_id',
      'opcua_binary_create_monitored_items_create_item',
      (item) => itemValues(rows, item),
    ),
  });
}

function itemValues(rows: OpcuaRows, item: Datum): Values {
  const node = field(item, 'itemToMonitor');
  const encoding = field(node, 'dataEncoding');
  const named = typeof encoding === 'object' && encoding.kind === 'qualified';
  const parameters = field(item, 'requestedParameters');
  const filter = field(parameters, 'filter');
  return {
    ...nodeValues('item_to_monitor_node_id', field(node, 'nodeId')),
    item_to_monitor_attribute_id: choiceName(field(node, 'attributeId')),
    item_to_monitor_index_range: text(field(node, 'indexRange')),
    item_to_monitor_namespace_idx: named ? encoding.namespace || undefined : undefined,
    item_to_monitor_name: named ? text(encoding.name) : undefined,
    monitoring_mode: choiceName(field(item, 'monitoringMode')),
    monitoring_parameters_client_handle: number(field(parameters, 'clientHandle')),
    monitoring_parameters_sampling_interval: number(field(parameters, 'samplingInterval')),
    monitoring_parameters_queue_size: number(field(parameters, 'queueSize')),
    monitoring_parameters_discard_oldest: flag(field(parameters, 'discardOldest')),
    ...filterTypeValues(filter),
    filter_info_details_link_id: filterRows(rows, filter),
  };
}

export function createItemsResponse(rows: OpcuaRows, body: Structure, link: string): void {
  const table = field(field(body, 'responseHeader'), 'stringTable');
  const told = members(field(body, 'diagnosticInfos'));
  rows.write('opcua_binary_create_monitored_items', {
    opcua_link_id: link,
    create_item_link_id: rows.each(
      field(body, 'results'),
      'create_item_link_id',
      'opcua_binary_create_monitored_items_create_item',
      (result) => {
        const filter = field(result, 'filterResult');
        const status = number(field(result, 'statusCode')) ?? 0;
        return {
          ...filterTypeValues(filter),
          filter_info_details_link_id: filterResultRows(rows, filter),
          monitoring_parameters_status_code_link_id: statusRow(
            rows,
            SOURCES.createMonitoredItems,
            status,
          ),
          monitored_item_index_id: number(field(result, 'monitoredItemId')),
          monitoring_parameters_revised_sampling_interval: number(
            field(result, 'revisedSamplingInterval'),
          ),
          monitoring_parameters_revised_queue_size: number(field(result, 'revisedQueueSize')),
        };
      },
    ),
    create_monitored_items_diag_info_link_id: diagnosticRows(
      rows,
      SOURCES.createMonitoredItems,
      told,
      table,
    ),
  });
}
