/** View service set. OPC 10000-4, 5.9. */
import { request, response, type StructureDefinition, structure } from './definition.ts';

export const VIEW: readonly StructureDefinition[] = [
  structure('ViewDescription', 513, 'viewId NodeId, timestamp DateTime, viewVersion UInt32'),
  structure(
    'BrowseDescription',
    516,
    `nodeId NodeId, browseDirection BrowseDirection, referenceTypeId NodeId,
     includeSubtypes Boolean, nodeClassMask UInt32, resultMask UInt32`,
  ),
  structure(
    'ReferenceDescription',
    520,
    `referenceTypeId NodeId, isForward Boolean, nodeId ExpandedNodeId, browseName QualifiedName,
     displayName LocalizedText, nodeClass NodeClass, typeDefinition ExpandedNodeId`,
  ),
  structure(
    'BrowseResult',
    524,
    'statusCode StatusCode, continuationPoint ByteString, references ReferenceDescription[]',
  ),
  request(
    'Browse',
    527,
    `view ViewDescription, requestedMaxReferencesPerNode UInt32,
     nodesToBrowse BrowseDescription[]`,
  ),
  response('Browse', 530, 'results BrowseResult[], diagnosticInfos DiagnosticInfo[]'),
  request('BrowseNext', 533, 'releaseContinuationPoints Boolean, continuationPoints ByteString[]'),
  response('BrowseNext', 536, 'results BrowseResult[], diagnosticInfos DiagnosticInfo[]'),
  structure(
    'RelativePathElement',
    539,
    `referenceTypeId NodeId, isInverse Boolean, includeSubtypes Boolean,
     targetName QualifiedName`,
  ),
  structure('RelativePath', 542, 'elements RelativePathElement[]'),
  structure('BrowsePath', 545, 'startingNode NodeId, relativePath RelativePath'),
  structure('BrowsePathTarget', 548, 'targetId ExpandedNodeId, remainingPathIndex UInt32'),
  structure('BrowsePathResult', 551, 'statusCode StatusCode, targets BrowsePathTarget[]'),
  request('TranslateBrowsePathsToNodeIds', 554, 'browsePaths BrowsePath[]'),
  response(
    'TranslateBrowsePathsToNodeIds',
    557,
    'results BrowsePathResult[], diagnosticInfos DiagnosticInfo[]',
  ),
  request('RegisterNodes', 560, 'nodesToRegister NodeId[]'),
  response('RegisterNodes', 563, 'registeredNodeIds NodeId[]'),
  request('UnregisterNodes', 566, 'nodesToUnregister NodeId[]'),
  response('UnregisterNodes', 569),
];
