/** What a server counts of itself, its sessions and subscriptions. OPC 10000-5, 12. */
import { type StructureDefinition, structure } from './definition.ts';

/** Services that are counted for each session, in the order of the wire. */
const COUNTED = [
  ...['read', 'historyRead', 'write', 'historyUpdate', 'call'],
  ...['createMonitoredItems', 'modifyMonitoredItems', 'setMonitoringMode', 'setTriggering'],
  ...['deleteMonitoredItems', 'createSubscription', 'modifySubscription', 'setPublishingMode'],
  ...['publish', 'republish', 'transferSubscriptions', 'deleteSubscriptions'],
  ...['addNodes', 'addReferences', 'deleteNodes', 'deleteReferences'],
  ...['browse', 'browseNext', 'translateBrowsePathsToNodeIds', 'queryFirst', 'queryNext'],
  ...['registerNodes', 'unregisterNodes'],
];

export const DIAGNOSTICS: readonly StructureDefinition[] = [
  structure('ServiceCounterDataType', 873, 'totalCount UInt32, errorCount UInt32'),
  structure(
    'SamplingIntervalDiagnosticsDataType',
    858,
    `samplingInterval Double, monitoredItemCount UInt32, maxMonitoredItemCount UInt32,
     disabledMonitoredItemCount UInt32`,
  ),
  structure(
    'ServerDiagnosticsSummaryDataType',
    861,
    `serverViewCount UInt32, currentSessionCount UInt32, cumulatedSessionCount UInt32,
     securityRejectedSessionCount UInt32, rejectedSessionCount UInt32, sessionTimeoutCount UInt32,
     sessionAbortCount UInt32, currentSubscriptionCount UInt32, cumulatedSubscriptionCount UInt32,
     publishingIntervalCount UInt32, securityRejectedRequestsCount UInt32,
     rejectedRequestsCount UInt32`,
  ),
  structure(
    'SessionDiagnosticsDataType',
    867,
    `sessionId NodeId, sessionName String, clientDescription ApplicationDescription,
     serverUri String, endpointUrl String, localeIds String[], actualSessionTimeout Double,
     maxResponseMessageSize UInt32, clientConnectionTime DateTime, clientLastContactTime DateTime,
     currentSubscriptionsCount UInt32, currentMonitoredItemsCount UInt32,
     currentPublishRequestsInQueue UInt32, totalRequestCount ServiceCounterDataType,
     unauthorizedRequestCount UInt32,
     ${COUNTED.map((service) => `${service}Count ServiceCounterDataType`).join(', ')}`,
  ),
  structure(
    'SessionSecurityDiagnosticsDataType',
    870,
    `sessionId NodeId, clientUserIdOfSession String, clientUserIdHistory String[],
     authenticationMechanism String, encoding String, transportProtocol String,
     securityMode MessageSecurityMode, securityPolicyUri String, clientCertificate ByteString`,
  ),
  structure(
    'SubscriptionDiagnosticsDataType',
    876,
    `sessionId NodeId, subscriptionId UInt32, priority Byte, publishingInterval Double,
     maxKeepAliveCount UInt32, maxLifetimeCount UInt32, maxNotificationsPerPublish UInt32,
     publishingEnabled Boolean, modifyCount UInt32, enableCount UInt32, disableCount UInt32,
     republishRequestCount UInt32, republishMessageRequestCount UInt32,
     republishMessageCount UInt32, transferRequestCount UInt32,
     transferredToAltClientCount UInt32, transferredToSameClientCount UInt32,
     publishRequestCount UInt32, dataChangeNotificationsCount UInt32,
     eventNotificationsCount UInt32, notificationsCount UInt32, latePublishRequestCount UInt32,
     currentKeepAliveCount UInt32, currentLifetimeCount UInt32, unacknowledgedMessageCount UInt32,
     discardedMessageCount UInt32, monitoredItemCount UInt32, disabledMonitoredItemCount UInt32,
     monitoringQueueOverflowCount UInt32, nextSequenceNumber UInt32,
     eventQueueOverflowCount UInt32`,
  ),
];
