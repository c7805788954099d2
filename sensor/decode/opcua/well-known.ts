/**
 * Names of nodes of namespace 0 that people meet, for display: `i=2261` says nothing to anybody. OPC 10000-6,
 * annex A; what they are OPC 10000-5, OPC 10000-9 (conditions), OPC 10000-10 (programs), OPC 10000-12
 * (server configuration), OPC 10000-14 (PubSub), OPC 10000-18 (roles and users), OPC 10000-20 (files).
 */
import type { NodeId } from './node-id.ts';

const TABLE = `
  1:Boolean 2:SByte 3:Byte 4:Int16 5:UInt16 6:Int32 7:UInt32 8:Int64 9:UInt64 10:Float 11:Double 12:String
  13:DateTime 14:Guid 15:ByteString 16:XmlElement 17:NodeId 18:ExpandedNodeId 19:StatusCode
  20:QualifiedName 21:LocalizedText 22:Structure 23:DataValue 24:BaseDataType 25:DiagnosticInfo 26:Number
  27:Integer 28:UInteger 29:Enumeration 30:Image 31:References 32:NonHierarchicalReferences
  33:HierarchicalReferences 34:HasChild 35:Organizes 36:HasEventSource 37:HasModellingRule 38:HasEncoding
  39:HasDescription 40:HasTypeDefinition 41:GeneratesEvent 44:Aggregates 45:HasSubtype 46:HasProperty
  47:HasComponent 48:HasNotifier 49:HasOrderedComponent 58:BaseObjectType 61:FolderType 62:BaseVariableType
  63:BaseDataVariableType 68:PropertyType 84:RootFolder 85:ObjectsFolder 86:TypesFolder 87:ViewsFolder
  88:ObjectTypesFolder 89:VariableTypesFolder 90:DataTypesFolder 91:ReferenceTypesFolder
  2041:BaseEventType 2052:AuditEventType 2130:SystemEventType 2365:DataItemType 2368:AnalogItemType
  2372:DiscreteItemType 2373:TwoStateDiscreteType 2376:MultiStateDiscreteType 2782:ConditionType
  2915:AlarmConditionType 3048:EventTypesFolder

  2253:Server 2254:Server.ServerArray 2255:Server.NamespaceArray 2256:Server.ServerStatus
  2257:Server.ServerStatus.StartTime 2258:Server.ServerStatus.CurrentTime 2259:Server.ServerStatus.State
  2260:Server.ServerStatus.BuildInfo 2261:Server.ServerStatus.BuildInfo.ProductName
  2262:Server.ServerStatus.BuildInfo.ProductUri 2263:Server.ServerStatus.BuildInfo.ManufacturerName
  2264:Server.ServerStatus.BuildInfo.SoftwareVersion 2265:Server.ServerStatus.BuildInfo.BuildNumber
  2266:Server.ServerStatus.BuildInfo.BuildDate 2267:Server.ServiceLevel 2268:Server.ServerCapabilities
  2269:Server.ServerCapabilities.ServerProfileArray 2271:Server.ServerCapabilities.LocaleIdArray
  2272:Server.ServerCapabilities.MinSupportedSampleRate 2274:Server.ServerDiagnostics
  2275:Server.ServerDiagnostics.ServerDiagnosticsSummary
  2289:Server.ServerDiagnostics.SamplingIntervalDiagnosticsArray
  2290:Server.ServerDiagnostics.SubscriptionDiagnosticsArray 2294:Server.ServerDiagnostics.EnabledFlag
  2295:Server.VendorServerInfo 2296:Server.ServerRedundancy
  2735:Server.ServerCapabilities.MaxBrowseContinuationPoints
  2736:Server.ServerCapabilities.MaxQueryContinuationPoints
  2737:Server.ServerCapabilities.MaxHistoryContinuationPoints
  2992:Server.ServerStatus.SecondsTillShutdown 2993:Server.ServerStatus.ShutdownReason
  2994:Server.Auditing 2996:Server.ServerCapabilities.ModellingRules
  2997:Server.ServerCapabilities.AggregateFunctions 3704:Server.ServerCapabilities.SoftwareCertificates
  3706:Server.ServerDiagnostics.SessionsDiagnosticsSummary
  3709:Server.ServerRedundancy.RedundancySupport 11192:HistoryServerCapabilities
  11312:Server.ServerRedundancy.CurrentServerId 11313:Server.ServerRedundancy.RedundantServerArray
  11314:Server.ServerRedundancy.ServerUriArray 11702:Server.ServerCapabilities.MaxArrayLength
  11703:Server.ServerCapabilities.MaxStringLength 11704:Server.ServerCapabilities.OperationLimits
  11705:Server.ServerCapabilities.OperationLimits.MaxNodesPerRead
  11707:Server.ServerCapabilities.OperationLimits.MaxNodesPerWrite
  11709:Server.ServerCapabilities.OperationLimits.MaxNodesPerMethodCall
  11710:Server.ServerCapabilities.OperationLimits.MaxNodesPerBrowse
  11711:Server.ServerCapabilities.OperationLimits.MaxNodesPerRegisterNodes
  11712:Server.ServerCapabilities.OperationLimits.MaxNodesPerTranslateBrowsePathsToNodeIds
  11713:Server.ServerCapabilities.OperationLimits.MaxNodesPerNodeManagement
  11714:Server.ServerCapabilities.OperationLimits.MaxMonitoredItemsPerCall
  11715:Server.Namespaces 12165:Server.ServerCapabilities.OperationLimits.MaxNodesPerHistoryReadData
  12166:Server.ServerCapabilities.OperationLimits.MaxNodesPerHistoryReadEvents
  12167:Server.ServerCapabilities.OperationLimits.MaxNodesPerHistoryUpdateData
  12168:Server.ServerCapabilities.OperationLimits.MaxNodesPerHistoryUpdateEvents
  12885:Server.EstimatedReturnTime 12911:Server.ServerCapabilities.MaxByteStringLength
  14415:Server.ServerRedundancy.ServerNetworkGroups 15004:Server.UrisVersion
  15606:Server.ServerCapabilities.RoleSet 17634:Server.LocalTime
  24095:Server.ServerCapabilities.MaxSessions 24096:Server.ServerCapabilities.MaxSubscriptions
  24097:Server.ServerCapabilities.MaxMonitoredItems
  24098:Server.ServerCapabilities.MaxSubscriptionsPerSession
  24101:Server.ServerCapabilities.ConformanceUnits
  24104:Server.ServerCapabilities.MaxMonitoredItemsPerSubscription

  11489:ServerType.GetMonitoredItems 11492:Server.GetMonitoredItems
  12746:ServerType.SetSubscriptionDurable 12749:Server.SetSubscriptionDurable
  12871:ServerType.ResendData 12873:Server.ResendData 12883:ServerType.RequestServerStateChange
  12886:Server.RequestServerStateChange 2947:ShelvedStateMachineType.Unshelve
  2948:ShelvedStateMachineType.OneShotShelve 2949:ShelvedStateMachineType.TimedShelve
  3875:ConditionType.ConditionRefresh 9027:ConditionType.Enable 9028:ConditionType.Disable
  9029:ConditionType.AddComment 9069:DialogConditionType.Respond
  9111:AcknowledgeableConditionType.Acknowledge 9113:AcknowledgeableConditionType.Confirm
  12912:ConditionType.ConditionRefresh2 24312:DialogConditionType.Respond2
  24756:ShelvedStateMachineType.TimedShelve2 24758:ShelvedStateMachineType.Unshelve2
  24760:ShelvedStateMachineType.OneShotShelve2 2426:ProgramStateMachineType.Start
  2427:ProgramStateMachineType.Suspend 2428:ProgramStateMachineType.Resume
  2429:ProgramStateMachineType.Halt 2430:ProgramStateMachineType.Reset

  14443:PublishSubscribe 15215:PublishSubscribe.GetSecurityKeys 15440:PublishSubscribe.GetSecurityGroup
  17364:PublishSubscribe.SetSecurityKeys 17366:PublishSubscribe.AddConnection
  17369:PublishSubscribe.RemoveConnection 15907:PubSubKeyServiceType.GetSecurityKeys
  15910:PubSubKeyServiceType.GetSecurityGroup 23470:Aliases 31915:Locations 24226:Resources
  32530:Quantities
`;

/** Objects and methods by which a server is set up, and files are transferred. */
const CONFIGURATION = `
  11575:FileType 11580:FileType.Open 11583:FileType.Close 11585:FileType.Read 11588:FileType.Write
  11590:FileType.GetPosition 11593:FileType.SetPosition 13387:FileDirectoryType.CreateDirectory
  13390:FileDirectoryType.CreateFile 13393:FileDirectoryType.DeleteFileSystemObject
  13395:FileDirectoryType.MoveOrCopy 15746:TemporaryFileTransferType.GenerateFileForRead
  15749:TemporaryFileTransferType.GenerateFileForWrite 15751:TemporaryFileTransferType.CloseAndCommit

  12522:TrustListType 12543:TrustListType.OpenWithMasks 12546:TrustListType.CloseAndUpdate
  12548:TrustListType.AddCertificate 12550:TrustListType.RemoveCertificate
  23526:CertificateGroupType.GetRejectedList 12581:ServerConfigurationType
  12616:ServerConfigurationType.UpdateCertificate 12731:ServerConfigurationType.CreateSigningRequest
  12734:ServerConfigurationType.ApplyChanges 12775:ServerConfigurationType.GetRejectedList
  19337:ServerConfigurationType.CreateSelfSignedCertificate
  19340:ServerConfigurationType.DeleteCertificate 25698:ServerConfigurationType.CancelChanges
  25699:ServerConfigurationType.ResetToServerDefaults 32296:ServerConfigurationType.GetCertificates
  12637:ServerConfiguration 12639:ServerConfiguration.SupportedPrivateKeyFormats
  12640:ServerConfiguration.MaxTrustListSize 12641:ServerConfiguration.MulticastDnsEnabled
  12710:ServerConfiguration.ServerCapabilities 12737:ServerConfiguration.CreateSigningRequest
  12740:ServerConfiguration.ApplyChanges 12777:ServerConfiguration.GetRejectedList
  13737:ServerConfiguration.UpdateCertificate 14053:ServerConfiguration.CertificateGroups
  19342:ServerConfiguration.CreateSelfSignedCertificate 19345:ServerConfiguration.DeleteCertificate
  25708:ServerConfiguration.CancelChanges 25709:ServerConfiguration.ResetToServerDefaults
  32333:ServerConfiguration.GetCertificates
  15892:ServerConfiguration.ConfigurationFile 16013:ServerConfiguration.ConfigurationFile.Open
  16060:ServerConfiguration.ConfigurationFile.Close 16074:ServerConfiguration.ConfigurationFile.Read
  16101:ServerConfiguration.ConfigurationFile.Write
  16103:ServerConfiguration.ConfigurationFile.GetPosition
  16124:ServerConfiguration.ConfigurationFile.SetPosition
  16317:ServerConfiguration.ConfigurationFile.CloseAndUpdate
  16320:ServerConfiguration.ConfigurationFile.ConfirmUpdate
  12642:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList
  12647:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.Open
  12650:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.Close
  12652:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.Read
  12655:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.Write
  12657:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.GetPosition
  12660:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.SetPosition
  12663:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.OpenWithMasks
  12666:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.CloseAndUpdate
  12668:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.AddCertificate
  12670:ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.RemoveCertificate
  14088:ServerConfiguration.CertificateGroups.DefaultHttpsGroup
  14089:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList
  14095:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList.Open
  14098:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList.Close
  14100:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList.Read
  14103:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList.Write
  14105:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList.GetPosition
  14108:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList.SetPosition
  14111:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList.OpenWithMasks
  14114:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList.CloseAndUpdate
  14117:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList.AddCertificate
  14119:ServerConfiguration.CertificateGroups.DefaultHttpsGroup.TrustList.RemoveCertificate
  14122:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup
  14123:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList
  14129:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList.Open
  14132:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList.Close
  14134:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList.Read
  14137:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList.Write
  14139:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList.GetPosition
  14142:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList.SetPosition
  14145:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList.OpenWithMasks
  14148:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList.CloseAndUpdate
  14151:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList.AddCertificate
  14153:ServerConfiguration.CertificateGroups.DefaultUserTokenGroup.TrustList.RemoveCertificate
  14156:ServerConfiguration.CertificateGroups.DefaultApplicationGroup
  15997:RoleSetType.AddRole 16000:RoleSetType.RemoveRole
  16301:Server.ServerCapabilities.RoleSet.AddRole 16304:Server.ServerCapabilities.RoleSet.RemoveRole
  15624:RoleType.AddIdentity 15626:RoleType.RemoveIdentity 16176:RoleType.AddApplication
  16178:RoleType.RemoveApplication 16180:RoleType.AddEndpoint 16182:RoleType.RemoveEndpoint
  24290:UserManagement 24291:UserManagement.PasswordRestrictions 24301:UserManagement.Users
  24302:UserManagement.PasswordLength 24303:UserManagement.PasswordOptions
  24269:UserManagementType.AddUser 24271:UserManagementType.ModifyUser
  24273:UserManagementType.RemoveUser 24275:UserManagementType.ChangePassword
  24304:UserManagement.AddUser 24306:UserManagement.ModifyUser 24308:UserManagement.RemoveUser
  24310:UserManagement.ChangePassword
`;

const tableOf = (text: string): readonly (readonly [number, string])[] =>
  text
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [id, name = ''] = entry.split(':');
      return [Number(id), name] as const;
    });

const CONFIGURED = new Map(tableOf(CONFIGURATION));

/** By their number. */
export const WELL_KNOWN: ReadonlyMap<number, string> = new Map([...tableOf(TABLE), ...CONFIGURED]);

/** `Server.ServerStatus.State`; undefined for a node of another namespace, or that is not in the table. */
export const wellKnownName = ({ namespace, numeric, uri }: NodeId): string | undefined =>
  namespace === 0 && numeric !== undefined && uri === undefined
    ? WELL_KNOWN.get(numeric)
    : undefined;

/** Whether calling it sets up the server, or transfers a file. */
export const isConfiguration = ({ namespace, numeric }: NodeId): boolean =>
  namespace === 0 && numeric !== undefined && CONFIGURED.has(numeric);
