/** Monitored item service set. OPC 10000-4, 5.13. */
import { request, response, type StructureDefinition, structure } from './definition.ts';

const RESULTS = 'results StatusCode[], diagnosticInfos DiagnosticInfo[]';

export const MONITORED_ITEMS: readonly StructureDefinition[] = [
  structure(
    'MonitoringParameters',
    742,
    `clientHandle UInt32, samplingInterval Double, filter ExtensionObject, queueSize UInt32,
     discardOldest Boolean`,
  ),
  structure(
    'MonitoredItemCreateRequest',
    745,
    `itemToMonitor ReadValueId, monitoringMode MonitoringMode,
     requestedParameters MonitoringParameters`,
  ),
  structure(
    'MonitoredItemCreateResult',
    748,
    `statusCode StatusCode, monitoredItemId UInt32, revisedSamplingInterval Double,
     revisedQueueSize UInt32, filterResult ExtensionObject`,
  ),
  request(
    'CreateMonitoredItems',
    751,
    `subscriptionId UInt32, timestampsToReturn TimestampsToReturn,
     itemsToCreate MonitoredItemCreateRequest[]`,
  ),
  response(
    'CreateMonitoredItems',
    754,
    'results MonitoredItemCreateResult[], diagnosticInfos DiagnosticInfo[]',
  ),
  structure(
    'MonitoredItemModifyRequest',
    757,
    'monitoredItemId UInt32, requestedParameters MonitoringParameters',
  ),
  structure(
    'MonitoredItemModifyResult',
    760,
    `statusCode StatusCode, revisedSamplingInterval Double, revisedQueueSize UInt32,
     filterResult ExtensionObject`,
  ),
  request(
    'ModifyMonitoredItems',
    763,
    `subscriptionId UInt32, timestampsToReturn TimestampsToReturn,
     itemsToModify MonitoredItemModifyRequest[]`,
  ),
  response(
    'ModifyMonitoredItems',
    766,
    'results MonitoredItemModifyResult[], diagnosticInfos DiagnosticInfo[]',
  ),
  request(
    'SetMonitoringMode',
    769,
    'subscriptionId UInt32, monitoringMode MonitoringMode, monitoredItemIds UInt32[]',
  ),
  response('SetMonitoringMode', 772, RESULTS),
  request(
    'SetTriggering',
    775,
    `subscriptionId UInt32, triggeringItemId UInt32, linksToAdd UInt32[],
     linksToRemove UInt32[]`,
  ),
  response(
    'SetTriggering',
    778,
    `addResults StatusCode[], addDiagnosticInfos DiagnosticInfo[],
     removeResults StatusCode[], removeDiagnosticInfos DiagnosticInfo[]`,
  ),
  request('DeleteMonitoredItems', 781, 'subscriptionId UInt32, monitoredItemIds UInt32[]'),
  response('DeleteMonitoredItems', 784, RESULTS),
];
