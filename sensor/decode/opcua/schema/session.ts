/** SecureChannel and session service sets. OPC 10000-4, 5.6 and 5.7; identity tokens 7.40. */
import { request, response, type StructureDefinition, structure } from './definition.ts';

export const SESSION: readonly StructureDefinition[] = [
  structure(
    'ChannelSecurityToken',
    443,
    'channelId UInt32, tokenId UInt32, createdAt DateTime, revisedLifetime UInt32',
  ),
  request(
    'OpenSecureChannel',
    446,
    `clientProtocolVersion UInt32, requestType SecurityTokenRequestType,
     securityMode MessageSecurityMode, clientNonce ByteString!, requestedLifetime UInt32`,
  ),
  response(
    'OpenSecureChannel',
    449,
    'serverProtocolVersion UInt32, securityToken ChannelSecurityToken, serverNonce ByteString!',
  ),
  request('CloseSecureChannel', 452),
  response('CloseSecureChannel', 455),

  structure('UserIdentityToken', 318, 'policyId String'),
  structure('AnonymousIdentityToken', 321, 'policyId String'),
  structure(
    'UserNameIdentityToken',
    324,
    'policyId String, userName String, password ByteString!, encryptionAlgorithm String',
  ),
  structure('X509IdentityToken', 327, 'policyId String, certificateData ByteString'),
  structure(
    'IssuedIdentityToken',
    940,
    'policyId String, tokenData ByteString!, encryptionAlgorithm String',
  ),
  request(
    'CreateSession',
    461,
    `clientDescription ApplicationDescription, serverUri String, endpointUrl String,
     sessionName String, clientNonce ByteString!, clientCertificate ByteString,
     requestedSessionTimeout Double, maxResponseMessageSize UInt32`,
  ),
  response(
    'CreateSession',
    464,
    `sessionId NodeId, authenticationToken SessionToken, revisedSessionTimeout Double,
     serverNonce ByteString!, serverCertificate ByteString,
     serverEndpoints EndpointDescription[],
     serverSoftwareCertificates SignedSoftwareCertificate[], serverSignature SignatureData,
     maxRequestMessageSize UInt32`,
  ),
  request(
    'ActivateSession',
    467,
    `clientSignature SignatureData, clientSoftwareCertificates SignedSoftwareCertificate[],
     localeIds String[], userIdentityToken IdentityToken, userTokenSignature SignatureData`,
  ),
  response(
    'ActivateSession',
    470,
    'serverNonce ByteString!, results StatusCode[], diagnosticInfos DiagnosticInfo[]',
  ),
  request('CloseSession', 473, 'deleteSubscriptions Boolean'),
  response('CloseSession', 476),
  request('Cancel', 479, 'requestHandle UInt32'),
  response('Cancel', 482, 'cancelCount UInt32'),
];
