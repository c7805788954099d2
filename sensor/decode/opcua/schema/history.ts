/** History of the attribute service set. OPC 10000-4, 5.11.3 and 5.11.5; details OPC 10000-11, 6. */
import { request, response, type StructureDefinition, structure } from './definition.ts';

const READ_EVENTS = `numValuesPerNode UInt32, startTime DateTime, endTime DateTime,
  filter EventFilter`;

const UPDATE = 'nodeId NodeId, performInsertReplace PerformUpdateType, updateValues DataValue[]';

export const HISTORY: readonly StructureDefinition[] = [
  structure(
    'HistoryReadValueId',
    637,
    `nodeId NodeId, indexRange String, dataEncoding QualifiedName,
     continuationPoint ByteString`,
  ),
  structure(
    'HistoryReadResult',
    640,
    'statusCode StatusCode, continuationPoint ByteString, historyData ExtensionObject',
  ),
  request(
    'HistoryRead',
    664,
    `historyReadDetails ExtensionObject, timestampsToReturn TimestampsToReturn,
     releaseContinuationPoints Boolean, nodesToRead HistoryReadValueId[]`,
  ),
  response('HistoryRead', 667, 'results HistoryReadResult[], diagnosticInfos DiagnosticInfo[]'),
  structure('ReadEventDetails', 646, READ_EVENTS),
  structure('ReadEventDetails2', 32_800, `${READ_EVENTS}, readModified Boolean`),
  structure('ReadEventDetailsSorted', 18_651, `${READ_EVENTS}, sortClause SortRuleElement[]`),
  structure(
    'SortRuleElement',
    18_650,
    'sortOrder SortOrderType, eventField SimpleAttributeOperand',
  ),
  structure(
    'ReadRawModifiedDetails',
    649,
    `isReadModified Boolean, startTime DateTime, endTime DateTime, numValuesPerNode UInt32,
     returnBounds Boolean`,
  ),
  structure(
    'ReadProcessedDetails',
    652,
    `startTime DateTime, endTime DateTime, processingInterval Double, aggregateType NodeId[],
     aggregateConfiguration AggregateConfiguration`,
  ),
  structure('ReadAtTimeDetails', 655, 'reqTimes DateTime[], useSimpleBounds Boolean'),
  structure('ReadAnnotationDataDetails', 23_500, 'reqTimes DateTime[]'),
  structure('HistoryData', 658, 'dataValues DataValue[]'),
  structure(
    'ModificationInfo',
    11_226,
    'modificationTime DateTime, updateType HistoryUpdateType, userName String',
  ),
  structure(
    'HistoryModifiedData',
    11_227,
    'dataValues DataValue[], modificationInfos ModificationInfo[]',
  ),
  structure('HistoryEvent', 661, 'events HistoryEventFieldList[]'),
  structure(
    'HistoryModifiedEvent',
    32_825,
    'events HistoryEventFieldList[], modificationInfos ModificationInfo[]',
  ),
  structure('HistoryEventFieldList', 922, 'eventFields EventField[]'),

  request('HistoryUpdate', 700, 'historyUpdateDetails ExtensionObject[]'),
  response('HistoryUpdate', 703, 'results HistoryUpdateResult[], diagnosticInfos DiagnosticInfo[]'),
  structure(
    'HistoryUpdateResult',
    697,
    'statusCode StatusCode, operationResults StatusCode[], diagnosticInfos DiagnosticInfo[]',
  ),
  structure('UpdateDataDetails', 682, UPDATE),
  structure('UpdateStructureDataDetails', 11_300, UPDATE),
  structure(
    'UpdateEventDetails',
    685,
    `nodeId NodeId, performInsertReplace PerformUpdateType, filter EventFilter,
     eventData HistoryEventFieldList[]`,
  ),
  structure(
    'DeleteRawModifiedDetails',
    688,
    'nodeId NodeId, isDeleteModified Boolean, startTime DateTime, endTime DateTime',
  ),
  structure('DeleteAtTimeDetails', 691, 'nodeId NodeId, reqTimes DateTime[]'),
  structure('DeleteEventDetails', 694, 'nodeId NodeId, eventIds ByteString[]'),
];
