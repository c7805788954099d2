/** Subscription service set. OPC 10000-4, 5.14; notifications 7.25. */
import { request, response, type StructureDefinition, structure } from './definition.ts';

const RESULTS = 'results StatusCode[], diagnosticInfos DiagnosticInfo[]';

const REVISED = `revisedPublishingInterval Double, revisedLifetimeCount UInt32,
  revisedMaxKeepAliveCount UInt32`;

const REQUESTED = `requestedPublishingInterval Double, requestedLifetimeCount UInt32,
  requestedMaxKeepAliveCount UInt32, maxNotificationsPerPublish UInt32`;

export const SUBSCRIPTION: readonly StructureDefinition[] = [
  request('CreateSubscription', 787, `${REQUESTED}, publishingEnabled Boolean, priority Byte`),
  response('CreateSubscription', 790, `subscriptionId UInt32, ${REVISED}`),
  request('ModifySubscription', 793, `subscriptionId UInt32, ${REQUESTED}, priority Byte`),
  response('ModifySubscription', 796, REVISED),
  request('SetPublishingMode', 799, 'publishingEnabled Boolean, subscriptionIds UInt32[]'),
  response('SetPublishingMode', 802, RESULTS),

  structure(
    'NotificationMessage',
    805,
    'sequenceNumber UInt32, publishTime DateTime, notificationData ExtensionObject[]',
  ),
  structure(
    'DataChangeNotification',
    811,
    'monitoredItems MonitoredItemNotification[], diagnosticInfos DiagnosticInfo[]',
  ),
  structure('MonitoredItemNotification', 808, 'clientHandle UInt32, value DataValue'),
  structure('EventNotificationList', 916, 'events EventFieldList[]'),
  structure('EventFieldList', 919, 'clientHandle UInt32, eventFields EventField[]'),
  structure('StatusChangeNotification', 820, 'status StatusCode, diagnosticInfo DiagnosticInfo'),
  structure('SubscriptionAcknowledgement', 823, 'subscriptionId UInt32, sequenceNumber UInt32'),
  request('Publish', 826, 'subscriptionAcknowledgements SubscriptionAcknowledgement[]'),
  response(
    'Publish',
    829,
    `subscriptionId UInt32, availableSequenceNumbers UInt32[], moreNotifications Boolean,
     notificationMessage NotificationMessage, ${RESULTS}`,
  ),
  request('Republish', 832, 'subscriptionId UInt32, retransmitSequenceNumber UInt32'),
  response('Republish', 835, 'notificationMessage NotificationMessage'),
  structure('TransferResult', 838, 'statusCode StatusCode, availableSequenceNumbers UInt32[]'),
  request('TransferSubscriptions', 841, 'subscriptionIds UInt32[], sendInitialValues Boolean'),
  response(
    'TransferSubscriptions',
    844,
    'results TransferResult[], diagnosticInfos DiagnosticInfo[]',
  ),
  request('DeleteSubscriptions', 847, 'subscriptionIds UInt32[]'),
  response('DeleteSubscriptions', 850, RESULTS),
];
