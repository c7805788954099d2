/**
 * Structures that values of nodes have. OPC 10000-3, 8 (data types), OPC 10000-5, 12 (information model),
 * OPC 10000-8, 6 (data access), OPC 10000-10, 5.2.8 (programs), OPC 10000-11, 5 (history),
 * OPC 10000-12, 7.8 (trust lists), OPC 10000-18, 4 and 5 (roles and users).
 */
import { type StructureDefinition, structure } from './definition.ts';

const PROGRAM = `createSessionId NodeId, createClientName String,
  invocationCreationTime DateTime, lastTransitionTime DateTime, lastMethodCall String,
  lastMethodSessionId NodeId, lastMethodInputArguments Argument[],
  lastMethodOutputArguments Argument[]`;

const ENUM_VALUE = 'value Int64, displayName LocalizedText, description LocalizedText';

export const INFORMATION: readonly StructureDefinition[] = [
  structure(
    'Argument',
    298,
    `name String, dataType NodeId, valueRank Int32, arrayDimensions UInt32[],
     description LocalizedText`,
  ),
  structure('EnumValueType', 8251, ENUM_VALUE),
  structure('EnumField', 14_845, `${ENUM_VALUE}, name String`),
  structure('EnumDefinition', 123, 'fields EnumField[]'),
  structure(
    'StructureField',
    14_844,
    `name String, description LocalizedText, dataType NodeId, valueRank Int32,
     arrayDimensions UInt32[], maxStringLength UInt32, isOptional Boolean`,
  ),
  structure(
    'StructureDefinition',
    122,
    `defaultEncodingId NodeId, baseDataType NodeId, structureType StructureType,
     fields StructureField[]`,
  ),
  structure('OptionSet', 12_765, 'value ByteString, validBits ByteString'),
  structure('TimeZoneDataType', 8917, 'offset Int16, daylightSavingInOffset Boolean'),
  structure('RolePermissionType', 128, 'roleId NodeId, permissions UInt32'),
  structure(
    'EndpointConfiguration',
    333,
    `operationTimeout Int32, useBinaryEncoding Boolean, maxStringLength Int32,
     maxByteStringLength Int32, maxArrayLength Int32, maxMessageSize Int32, maxBufferSize Int32,
     channelLifetime Int32, securityTokenLifetime Int32`,
  ),

  structure(
    'BuildInfo',
    340,
    `productUri String, manufacturerName String, productName String, softwareVersion String,
     buildNumber String, buildDate DateTime`,
  ),
  structure(
    'ServerStatusDataType',
    864,
    `startTime DateTime, currentTime DateTime, state ServerState, buildInfo BuildInfo,
     secondsTillShutdown UInt32, shutdownReason LocalizedText`,
  ),
  structure(
    'RedundantServerDataType',
    855,
    'serverId String, serviceLevel Byte, serverState ServerState',
  ),
  structure('EndpointUrlListDataType', 11_957, 'endpointUrlList String[]'),
  structure(
    'NetworkGroupDataType',
    11_958,
    'serverUri String, networkPaths EndpointUrlListDataType[]',
  ),
  structure('StatusResult', 301, 'statusCode StatusCode, diagnosticInfo DiagnosticInfo'),
  structure('ModelChangeStructureDataType', 879, 'affected NodeId, affectedType NodeId, verb Byte'),
  structure('SemanticChangeStructureDataType', 899, 'affected NodeId, affectedType NodeId'),

  structure('Range', 886, 'low Double, high Double'),
  structure(
    'EUInformation',
    889,
    `namespaceUri String, unitId Int32, displayName LocalizedText,
     description LocalizedText`,
  ),
  structure('ComplexNumberType', 12_181, 'real Float, imaginary Float'),
  structure('DoubleComplexNumberType', 12_182, 'real Double, imaginary Double'),
  structure(
    'AxisInformation',
    12_089,
    `engineeringUnits EUInformation, eURange Range, title LocalizedText,
     axisScaleType AxisScaleEnumeration, axisSteps Double[]`,
  ),
  structure('XVType', 12_090, 'x Double, value Float'),
  structure('ThreeDVector', 18_817, 'x Double, y Double, z Double'),
  structure('ThreeDCartesianCoordinates', 18_819, 'x Double, y Double, z Double'),
  structure('ThreeDOrientation', 18_821, 'a Double, b Double, c Double'),
  structure(
    'ThreeDFrame',
    18_823,
    `cartesianCoordinates ThreeDCartesianCoordinates,
     orientation ThreeDOrientation`,
  ),
  structure('Annotation', 893, 'message String, userName String, annotationTime DateTime'),
  structure(
    'ProgramDiagnosticDataType',
    896,
    `${PROGRAM}, lastMethodCallTime DateTime, lastMethodReturnStatus StatusResult`,
  ),
  structure(
    'ProgramDiagnostic2DataType',
    24_034,
    // The values are those of calls, which may be secrets.
    `${PROGRAM}, lastMethodInputValues Variant[]!, lastMethodOutputValues Variant[]!,
     lastMethodCallTime DateTime, lastMethodReturnStatus StatusCode`,
  ),

  structure(
    'TrustListDataType',
    12_680,
    `specifiedLists UInt32, trustedCertificates ByteString[], trustedCrls ByteString[],
     issuerCertificates ByteString[], issuerCrls ByteString[]`,
  ),
  structure(
    'TransactionErrorType',
    32_382,
    'targetId NodeId, error StatusCode, message LocalizedText',
  ),
  structure(
    'IdentityMappingRuleType',
    15_736,
    'criteriaType IdentityCriteriaType, criteria String',
  ),
  structure(
    'UserManagementDataType',
    24_292,
    'userName String, userConfiguration UInt32, description String',
  ),
];
