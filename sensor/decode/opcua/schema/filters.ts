/** Filters of monitored items, queries and event histories. OPC 10000-4, 7.7 and 7.22. */
import { type StructureDefinition, structure } from './definition.ts';

export const FILTERS: readonly StructureDefinition[] = [
  structure('ContentFilter', 588, 'elements ContentFilterElement[]'),
  structure(
    'ContentFilterElement',
    585,
    'filterOperator FilterOperator, filterOperands ExtensionObject[]',
  ),
  structure('ElementOperand', 594, 'index UInt32'),
  structure('LiteralOperand', 597, 'value Variant'),
  structure(
    'AttributeOperand',
    600,
    `nodeId NodeId, alias String, browsePath RelativePath, attributeId AttributeId,
     indexRange String`,
  ),
  structure(
    'SimpleAttributeOperand',
    603,
    `typeDefinitionId NodeId, browsePath QualifiedName[], attributeId AttributeId,
     indexRange String`,
  ),
  structure(
    'ContentFilterElementResult',
    606,
    `statusCode StatusCode, operandStatusCodes StatusCode[],
     operandDiagnosticInfos DiagnosticInfo[]`,
  ),
  structure(
    'ContentFilterResult',
    609,
    'elementResults ContentFilterElementResult[], elementDiagnosticInfos DiagnosticInfo[]',
  ),
  structure(
    'DataChangeFilter',
    724,
    'trigger DataChangeTrigger, deadbandType DeadbandType, deadbandValue Double',
  ),
  structure(
    'EventFilter',
    727,
    'selectClauses SimpleAttributeOperand[], whereClause ContentFilter',
  ),
  structure(
    'EventFilterResult',
    736,
    `selectClauseResults StatusCode[], selectClauseDiagnosticInfos DiagnosticInfo[],
     whereClauseResult ContentFilterResult`,
  ),
  structure(
    'AggregateConfiguration',
    950,
    `useServerCapabilitiesDefaults Boolean, treatUncertainAsBad Boolean, percentDataBad Byte,
     percentDataGood Byte, useSlopedExtrapolation Boolean`,
  ),
  structure(
    'AggregateFilter',
    730,
    `startTime DateTime, aggregateType NodeId, processingInterval Double,
     aggregateConfiguration AggregateConfiguration`,
  ),
  structure(
    'AggregateFilterResult',
    739,
    `revisedStartTime DateTime, revisedProcessingInterval Double,
     revisedAggregateConfiguration AggregateConfiguration`,
  ),
];
