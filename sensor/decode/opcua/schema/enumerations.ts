/** Enumerations that fields of the services have. OPC 10000-4, 7, and what the headings below name. */
import { type EnumerationDefinition, enumeration } from './definition.ts';

export const ENUMERATIONS: readonly EnumerationDefinition[] = [
  enumeration('ApplicationType', 'Server, Client, ClientAndServer, DiscoveryServer'),
  enumeration('MessageSecurityMode', 'Invalid, None, Sign, SignAndEncrypt'),
  enumeration('SecurityTokenRequestType', 'Issue, Renew'),
  enumeration('UserTokenType', 'Anonymous, UserName, Certificate, IssuedToken'),
  enumeration(
    'NodeClass',
    `0 Unspecified, 1 Object, 2 Variable, 4 Method, 8 ObjectType, 16 VariableType,
     32 ReferenceType, 64 DataType, 128 View`,
  ),
  enumeration('BrowseDirection', 'Forward, Inverse, Both, Invalid'),
  enumeration('TimestampsToReturn', 'Source, Server, Both, Neither, Invalid'),
  enumeration('MonitoringMode', 'Disabled, Sampling, Reporting'),
  enumeration('DataChangeTrigger', 'Status, StatusValue, StatusValueTimestamp'),
  enumeration('DeadbandType', 'None, Absolute, Percent'),
  enumeration(
    'FilterOperator',
    `Equals, IsNull, GreaterThan, LessThan, GreaterThanOrEqual, LessThanOrEqual, Like, Not,
     Between, InList, And, Or, Cast, InView, OfType, RelatedTo, BitwiseAnd, BitwiseOr`,
  ),
  // OPC 10000-11, 6
  enumeration('PerformUpdateType', '1 Insert, Replace, Update, Remove'),
  enumeration('HistoryUpdateType', '1 Insert, Replace, Update, Delete'),
  enumeration('SortOrderType', 'Ascending, Descending'),
  // OPC 10000-5, 12
  enumeration(
    'ServerState',
    `Running, Failed, NoConfiguration, Suspended, Shutdown, Test, CommunicationFault, Unknown`,
  ),
  // OPC 10000-3, 8
  enumeration(
    'StructureType',
    `Structure, StructureWithOptionalFields, Union, StructureWithSubtypedValues,
     UnionWithSubtypedValues`,
  ),
  // OPC 10000-8, 6
  enumeration('AxisScaleEnumeration', 'Linear, Log, Ln'),
  // OPC 10000-18, 4.4
  enumeration(
    'IdentityCriteriaType',
    `1 UserName, Thumbprint, Role, GroupId, Anonymous, AuthenticatedUser, Application,
     X509Subject, TrustedApplication`,
  ),
];
