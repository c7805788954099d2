/** Node management service set. OPC 10000-4, 5.8; node attributes 7.24. */
import { request, response, type StructureDefinition, structure } from './definition.ts';

/** What the attributes of each class of nodes begin with. */
const ATTRIBUTES = `specifiedAttributes UInt32, displayName LocalizedText,
  description LocalizedText, writeMask UInt32, userWriteMask UInt32`;

export const NODE_MANAGEMENT: readonly StructureDefinition[] = [
  structure('NodeAttributes', 351, ATTRIBUTES),
  structure('ObjectAttributes', 354, `${ATTRIBUTES}, eventNotifier Byte`),
  structure(
    'VariableAttributes',
    357,
    `${ATTRIBUTES}, value Variant, dataType NodeId, valueRank Int32, arrayDimensions UInt32[],
     accessLevel Byte, userAccessLevel Byte, minimumSamplingInterval Double, historizing Boolean`,
  ),
  structure('MethodAttributes', 360, `${ATTRIBUTES}, executable Boolean, userExecutable Boolean`),
  structure('ObjectTypeAttributes', 363, `${ATTRIBUTES}, isAbstract Boolean`),
  structure(
    'VariableTypeAttributes',
    366,
    `${ATTRIBUTES}, value Variant, dataType NodeId, valueRank Int32, arrayDimensions UInt32[],
     isAbstract Boolean`,
  ),
  structure(
    'ReferenceTypeAttributes',
    369,
    `${ATTRIBUTES}, isAbstract Boolean, symmetric Boolean, inverseName LocalizedText`,
  ),
  structure('DataTypeAttributes', 372, `${ATTRIBUTES}, isAbstract Boolean`),
  structure('ViewAttributes', 375, `${ATTRIBUTES}, containsNoLoops Boolean, eventNotifier Byte`),
  structure('GenericAttributeValue', 17_610, 'attributeId AttributeId, value Variant'),
  structure('GenericAttributes', 17_611, `${ATTRIBUTES}, attributeValues GenericAttributeValue[]`),

  structure(
    'AddNodesItem',
    378,
    `parentNodeId ExpandedNodeId, referenceTypeId NodeId, requestedNewNodeId ExpandedNodeId,
     browseName QualifiedName, nodeClass NodeClass, nodeAttributes ExtensionObject,
     typeDefinition ExpandedNodeId`,
  ),
  structure('AddNodesResult', 485, 'statusCode StatusCode, addedNodeId NodeId'),
  request('AddNodes', 488, 'nodesToAdd AddNodesItem[]'),
  response('AddNodes', 491, 'results AddNodesResult[], diagnosticInfos DiagnosticInfo[]'),
  structure(
    'AddReferencesItem',
    381,
    `sourceNodeId NodeId, referenceTypeId NodeId, isForward Boolean, targetServerUri String,
     targetNodeId ExpandedNodeId, targetNodeClass NodeClass`,
  ),
  request('AddReferences', 494, 'referencesToAdd AddReferencesItem[]'),
  response('AddReferences', 497, 'results StatusCode[], diagnosticInfos DiagnosticInfo[]'),
  structure('DeleteNodesItem', 384, 'nodeId NodeId, deleteTargetReferences Boolean'),
  request('DeleteNodes', 500, 'nodesToDelete DeleteNodesItem[]'),
  response('DeleteNodes', 503, 'results StatusCode[], diagnosticInfos DiagnosticInfo[]'),
  structure(
    'DeleteReferencesItem',
    387,
    `sourceNodeId NodeId, referenceTypeId NodeId, isForward Boolean,
     targetNodeId ExpandedNodeId, deleteBidirectional Boolean`,
  ),
  request('DeleteReferences', 506, 'referencesToDelete DeleteReferencesItem[]'),
  response('DeleteReferences', 509, 'results StatusCode[], diagnosticInfos DiagnosticInfo[]'),
];
