/** Discovery service set. OPC 10000-4, 5.5. */
import { request, response, type StructureDefinition, structure } from './definition.ts';

export const DISCOVERY: readonly StructureDefinition[] = [
  structure(
    'ApplicationDescription',
    310,
    `applicationUri String, productUri String, applicationName LocalizedText,
     applicationType ApplicationType, gatewayServerUri String, discoveryProfileUri String,
     discoveryUrls String[]`,
  ),
  structure(
    'UserTokenPolicy',
    306,
    `policyId String, tokenType UserTokenType, issuedTokenType String, issuerEndpointUrl String,
     securityPolicyUri String`,
  ),
  structure(
    'EndpointDescription',
    314,
    `endpointUrl String, server ApplicationDescription, serverCertificate ByteString,
     securityMode MessageSecurityMode, securityPolicyUri String,
     userIdentityTokens UserTokenPolicy[], transportProfileUri String, securityLevel Byte`,
  ),
  structure(
    'ServerOnNetwork',
    12_207,
    'recordId UInt32, serverName String, discoveryUrl String, serverCapabilities String[]',
  ),
  structure(
    'RegisteredServer',
    434,
    `serverUri String, productUri String, serverNames LocalizedText[], serverType ApplicationType,
     gatewayServerUri String, discoveryUrls String[], semaphoreFilePath String, isOnline Boolean`,
  ),
  structure(
    'MdnsDiscoveryConfiguration',
    12_901,
    'mdnsServerName String, serverCapabilities String[]',
  ),

  request('FindServers', 422, 'endpointUrl String, localeIds String[], serverUris String[]'),
  response('FindServers', 425, 'servers ApplicationDescription[]'),
  request(
    'FindServersOnNetwork',
    12_208,
    'startingRecordId UInt32, maxRecordsToReturn UInt32, serverCapabilityFilter String[]',
  ),
  response(
    'FindServersOnNetwork',
    12_209,
    'lastCounterResetTime DateTime, servers ServerOnNetwork[]',
  ),
  request('GetEndpoints', 428, 'endpointUrl String, localeIds String[], profileUris String[]'),
  response('GetEndpoints', 431, 'endpoints EndpointDescription[]'),
  request('RegisterServer', 437, 'server RegisteredServer'),
  response('RegisterServer', 440),
  request(
    'RegisterServer2',
    12_211,
    'server RegisteredServer, discoveryConfiguration ExtensionObject[]',
  ),
  response(
    'RegisterServer2',
    12_212,
    'configurationResults StatusCode[], diagnosticInfos DiagnosticInfo[]',
  ),
];
