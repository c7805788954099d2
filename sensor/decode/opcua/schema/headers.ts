/** What stands before every request and response, and what they carry beside their fields. OPC 10000-4, 7. */
import { type StructureDefinition, structure } from './definition.ts';

export const HEADERS: readonly StructureDefinition[] = [
  structure(
    'RequestHeader',
    391,
    `authenticationToken SessionToken, timestamp DateTime, requestHandle UInt32,
     returnDiagnostics UInt32, auditEntryId String, timeoutHint UInt32,
     additionalHeader ExtensionObject`,
  ),
  structure(
    'ResponseHeader',
    394,
    `timestamp DateTime, requestHandle UInt32, serviceResult StatusCode,
     serviceDiagnostics DiagnosticInfo, stringTable String[], additionalHeader ExtensionObject`,
  ),
  structure('ServiceFault', 397, 'responseHeader ResponseHeader'),
  structure('AdditionalParametersType', 17_537, 'parameters KeyValuePair[]'),
  structure('EphemeralKeyType', 17_549, 'publicKey ByteString, signature ByteString!'),
  structure('KeyValuePair', 14_846, 'key QualifiedName, value Variant'),
  structure('SignatureData', 458, 'algorithm String, signature ByteString!'),
  structure('SignedSoftwareCertificate', 346, 'certificateData ByteString, signature ByteString!'),
  structure(
    'SessionlessInvokeRequestType',
    15_903,
    `urisVersion UInt32, namespaceUris String[], serverUris String[], localeIds String[],
     serviceId UInt32`,
  ),
  structure(
    'SessionlessInvokeResponseType',
    21_001,
    'namespaceUris String[], serverUris String[], serviceId UInt32',
  ),
];
