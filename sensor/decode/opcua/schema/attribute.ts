/** Attribute service set, without its history. OPC 10000-4, 5.11. */
import { request, response, type StructureDefinition, structure } from './definition.ts';

export const ATTRIBUTE: readonly StructureDefinition[] = [
  structure(
    'ReadValueId',
    628,
    `nodeId NodeId, attributeId AttributeId, indexRange String,
     dataEncoding QualifiedName`,
  ),
  request(
    'Read',
    631,
    `maxAge Double, timestampsToReturn TimestampsToReturn,
     nodesToRead ReadValueId[]`,
  ),
  response('Read', 634, 'results DataValue[], diagnosticInfos DiagnosticInfo[]'),
  structure(
    'WriteValue',
    670,
    'nodeId NodeId, attributeId AttributeId, indexRange String, value DataValue',
  ),
  request('Write', 673, 'nodesToWrite WriteValue[]'),
  response('Write', 676, 'results StatusCode[], diagnosticInfos DiagnosticInfo[]'),
];
