/** Logs of channels, discovery and sessions. Whatever lets somebody in is not told: nonces, tokens, passwords, signatures. */
import type { Datum, Structure } from '#sensor/decode/opcua/datum.ts';
import {
  choiceName,
  field,
  flag,
  hex,
  members,
  nodeValues,
  number,
  REDACTED,
  size,
  structure,
  text,
  time,
  type Values,
} from './opcua-data.ts';
import type { OpcuaRows } from './opcua-rows.ts';
import { diagnosticRows, SOURCES, statusRows } from './opcua-status.ts';

/** Of a channel it is always told, also where it is empty. */
const channelNonce = (datum: Datum): string =>
  typeof datum === 'object' && datum.kind === 'hidden' && datum.length > 0 ? REDACTED : '';

export function openChannelRequest(rows: OpcuaRows, body: Structure, link: string): void {
  rows.write('opcua_binary_opensecure_channel', {
    opcua_link_id: link,
    client_proto_ver: number(field(body, 'clientProtocolVersion')),
    sec_token_request_type: number(field(body, 'requestType')),
    message_security_mode: number(field(body, 'securityMode')),
    client_nonce: channelNonce(field(body, 'clientNonce')),
    req_lifetime: number(field(body, 'requestedLifetime')),
  });
}

export function openChannelResponse(rows: OpcuaRows, body: Structure, link: string): void {
  const token = field(body, 'securityToken');
  rows.write('opcua_binary_opensecure_channel', {
    opcua_link_id: link,
    server_proto_ver: number(field(body, 'serverProtocolVersion')),
    sec_token_sec_channel_id: number(field(token, 'channelId')),
    sec_token_id: number(field(token, 'tokenId')),
    sec_token_created_at: time(field(token, 'createdAt')),
    sec_token_revised_time: number(field(token, 'revisedLifetime')),
    server_nonce: channelNonce(field(body, 'serverNonce')),
  });
}

export function getEndpointsRequest(rows: OpcuaRows, body: Structure, link: string): void {
  rows.write('opcua_binary_get_endpoints', {
    opcua_link_id: link,
    endpoint_url: text(field(body, 'endpointUrl')),
    locale_link_id: rows.each(
      field(body, 'localeIds'),
      'locale_link_id',
      'opcua_binary_get_endpoints_locale_id',
      (locale) => ({ locale_id: text(locale) }),
    ),
    profile_uri_link_id: rows.each(
      field(body, 'profileUris'),
      'profile_uri_link_id',
      'opcua_binary_get_endpoints_profile_uri',
      (uri) => ({ profile_uri: text(uri) }),
    ),
  });
}

export function getEndpointsResponse(rows: OpcuaRows, body: Structure, link: string): void {
  const descriptions = rows.each(
    field(body, 'endpoints'),
    'endpoint_description_link_id',
    'opcua_binary_get_endpoints_description',
    (endpoint) => ({
      endpoint_uri: text(field(endpoint, 'endpointUrl')),
      ...endpointValues(endpoint),
      discovery_profile_link_id: rows.each(
        field(field(endpoint, 'server'), 'discoveryUrls'),
        'discovery_profile_link_id',
        'opcua_binary_get_endpoints_discovery',
        (url) => ({ discovery_profile_url: text(url) }),
      ),
      user_token_link_id: rows.each(
        field(endpoint, 'userIdentityTokens'),
        'user_token_link_id',
        'opcua_binary_get_endpoints_user_token',
        tokenPolicy,
      ),
    }),
  );
  rows.write('opcua_binary_get_endpoints', {
    opcua_link_id: link,
    endpoint_description_link_id: descriptions,
  });
}

function endpointValues(endpoint: Datum): Values {
  const certificate = field(endpoint, 'serverCertificate');
  return {
    ...applicationValues(field(endpoint, 'server')),
    cert_size: size(certificate),
    server_cert: text(certificate),
    message_security_mode: number(field(endpoint, 'securityMode')),
    security_policy_uri: text(field(endpoint, 'securityPolicyUri')),
    transport_profile_uri: text(field(endpoint, 'transportProfileUri')),
    security_level: number(field(endpoint, 'securityLevel')),
  };
}

const tokenPolicy = (policy: Datum): Values => ({
  user_token_policy_id: text(field(policy, 'policyId')),
  user_token_type: number(field(policy, 'tokenType')),
  user_token_issued_type: text(field(policy, 'issuedTokenType')),
  user_token_endpoint_url: text(field(policy, 'issuerEndpointUrl')),
  user_token_sec_policy_uri: text(field(policy, 'securityPolicyUri')),
});

function applicationValues(application: Datum): Values {
  const name = field(application, 'applicationName');
  const said = typeof name === 'object' && name.kind === 'localized' ? name : undefined;
  return {
    application_uri: text(field(application, 'applicationUri')),
    product_uri: text(field(application, 'productUri')),
    encoding_mask: said?.mask,
    locale: text(said?.locale),
    text: text(said?.text),
    application_type: number(field(application, 'applicationType')),
    gateway_server_uri: text(field(application, 'gatewayServerUri')),
    discovery_profile_uri: text(field(application, 'discoveryProfileUri')),
  };
}

const sessionDiscovery = (rows: OpcuaRows, application: Datum): string | undefined =>
  rows.each(
    field(application, 'discoveryUrls'),
    'discovery_profile_link_id',
    'opcua_binary_create_session_discovery',
    (url) => ({
      discovery_profile_uri: text(field(application, 'discoveryProfileUri')),
      discovery_profile_url: text(url),
    }),
  );

/** In whole milliseconds, as its readers have it. */
const milliseconds = (datum: Datum): number | undefined => {
  const value = number(datum);
  return value === undefined || !Number.isFinite(value) ? undefined : Math.trunc(value);
};

export function createSessionRequest(rows: OpcuaRows, body: Structure, link: string): void {
  const application = field(body, 'clientDescription');
  const certificate = field(body, 'clientCertificate');
  rows.write('opcua_binary_create_session', {
    opcua_link_id: link,
    ...applicationValues(application),
    discovery_profile_link_id: sessionDiscovery(rows, application),
    server_uri: text(field(body, 'serverUri')),
    endpoint_url: text(field(body, 'endpointUrl')),
    session_name: text(field(body, 'sessionName')),
    client_nonce: text(field(body, 'clientNonce')),
    client_cert_size: size(certificate),
    client_cert: text(certificate),
    req_session_timeout: milliseconds(field(body, 'requestedSessionTimeout')),
    max_res_msg_size: number(field(body, 'maxResponseMessageSize')),
  });
}

export function createSessionResponse(rows: OpcuaRows, body: Structure, link: string): void {
  const certificate = field(body, 'serverCertificate');
  const signature = field(body, 'serverSignature');
  rows.write('opcua_binary_create_session', {
    opcua_link_id: link,
    ...nodeValues('session_id', field(body, 'sessionId')),
    ...nodeValues('auth_token', field(body, 'authenticationToken')),
    revised_session_timeout: milliseconds(field(body, 'revisedSessionTimeout')),
    server_nonce: text(field(body, 'serverNonce')),
    server_cert_size: size(certificate),
    server_cert: text(certificate),
    endpoint_link_id: rows.each(
      field(body, 'serverEndpoints'),
      'endpoint_link_id',
      'opcua_binary_create_session_endpoints',
      (endpoint) => ({
        endpoint_url: text(field(endpoint, 'endpointUrl')),
        ...endpointValues(endpoint),
        discovery_profile_link_id: sessionDiscovery(rows, field(endpoint, 'server')),
        user_token_link_id: rows.each(
          field(endpoint, 'userIdentityTokens'),
          'user_token_link_id',
          'opcua_binary_create_session_user_token',
          tokenPolicy,
        ),
      }),
    ),
    algorithm: text(field(signature, 'algorithm')),
    signature: text(field(signature, 'signature')),
    max_req_msg_size: number(field(body, 'maxRequestMessageSize')),
  });
}

export function activateSessionRequest(rows: OpcuaRows, body: Structure, link: string): void {
  const client = field(body, 'clientSignature');
  const user = field(body, 'userTokenSignature');
  rows.write('opcua_binary_activate_session', {
    opcua_link_id: link,
    client_algorithm: text(field(client, 'algorithm')),
    client_signature: text(field(client, 'signature')),
    client_software_cert_link_id: rows.each(
      field(body, 'clientSoftwareCertificates'),
      'client_software_cert_link_id',
      'opcua_binary_activate_session_client_software_cert',
      (certificate) => ({
        cert_data: text(field(certificate, 'certificateData')),
        cert_signature: text(field(certificate, 'signature')),
      }),
    ),
    opcua_locale_link_id: rows.each(
      field(body, 'localeIds'),
      'opcua_locale_link_id',
      'opcua_binary_activate_session_locale_id',
      (locale) => ({ local_id: text(locale) }),
    ),
    ...identityValues(field(body, 'userIdentityToken')),
    user_token_algorithm: text(field(user, 'algorithm')),
    user_token_signature: text(field(user, 'signature')),
  });
}

function identityValues(token: Datum): Values {
  if (typeof token !== 'object' || token.kind !== 'extension') return {};
  const { body } = token;
  return {
    ...nodeValues('ext_obj_type_id', token.type),
    ext_obj_type_id_str: structure(body)?.type,
    ext_obj_encoding: hex(token.encoding),
    ext_obj_policy_id: text(field(body, 'policyId')),
    ext_obj_user_name: text(field(body, 'userName')),
    ext_obj_password: text(field(body, 'password')),
    ext_obj_encryption_algorithom: text(field(body, 'encryptionAlgorithm')),
    ext_obj_certificate_data: text(field(body, 'certificateData')),
    ext_obj_token_data: text(field(body, 'tokenData')),
  };
}

export function activateSessionResponse(rows: OpcuaRows, body: Structure, link: string): void {
  const table = field(field(body, 'responseHeader'), 'stringTable');
  const told = members(field(body, 'diagnosticInfos'));
  rows.write('opcua_binary_activate_session', {
    opcua_link_id: link,
    server_nonce: text(field(body, 'serverNonce')),
    status_code_link_id: statusRows(rows, SOURCES.activateSession, field(body, 'results')),
    activate_session_diag_info_link_id: diagnosticRows(rows, SOURCES.activateSession, told, table),
  });
}

export function closeSessionRequest(rows: OpcuaRows, body: Structure, link: string): void {
  const deleted = flag(field(body, 'deleteSubscriptions'));
  rows.write('opcua_binary_close_session', { opcua_link_id: link, del_subscriptions: deleted });
}

/** Used by what is told of reads and monitored items alike. */
export const timestampsValues = (body: Structure): Values => ({
  timestamps_to_return: number(field(body, 'timestampsToReturn')),
  timestamps_to_return_str: choiceName(field(body, 'timestampsToReturn')),
});
