/** Query service set. OPC 10000-4, 5.10 and annex B. */
import { request, response, type StructureDefinition, structure } from './definition.ts';

export const QUERY: readonly StructureDefinition[] = [
  structure(
    'QueryDataDescription',
    572,
    'relativePath RelativePath, attributeId AttributeId, indexRange String',
  ),
  structure(
    'NodeTypeDescription',
    575,
    `typeDefinitionNode ExpandedNodeId, includeSubTypes Boolean,
     dataToReturn QueryDataDescription[]`,
  ),
  structure(
    'QueryDataSet',
    579,
    'nodeId ExpandedNodeId, typeDefinitionNode ExpandedNodeId, values Variant[]',
  ),
  structure(
    'NodeReference',
    582,
    'nodeId NodeId, referenceTypeId NodeId, isForward Boolean, referencedNodeIds NodeId[]',
  ),
  structure(
    'ParsingResult',
    612,
    `statusCode StatusCode, dataStatusCodes StatusCode[],
     dataDiagnosticInfos DiagnosticInfo[]`,
  ),
  request(
    'QueryFirst',
    615,
    `view ViewDescription, nodeTypes NodeTypeDescription[], filter ContentFilter,
     maxDataSetsToReturn UInt32, maxReferencesToReturn UInt32`,
  ),
  response(
    'QueryFirst',
    618,
    `queryDataSets QueryDataSet[], continuationPoint ByteString, parsingResults ParsingResult[],
     diagnosticInfos DiagnosticInfo[], filterResult ContentFilterResult`,
  ),
  request('QueryNext', 621, 'releaseContinuationPoint Boolean, continuationPoint ByteString'),
  response('QueryNext', 624, 'queryDataSets QueryDataSet[], revisedContinuationPoint ByteString'),
];
