/** `opcua_binary.log`: what stands around the messages of an exchange, in one row. */

import type { Datum } from '#sensor/decode/opcua/datum.ts';
import type { WireMessage } from '#sensor/decode/opcua/wire-message.ts';
import { bytesText, field, nodeValues, number, time, type Values } from './opcua-data.ts';
import type { OpcuaRows } from './opcua-rows.ts';
import { diagnosticRows, SOURCES, statusRow } from './opcua-status.ts';

/** All chunks were put together. */
const FINAL = 'F';

/** HEL, ACK and ERR: numbers behind the header of eight bytes. OPC 10000-6, 7.1.2. */
export function transportValues(
  type: string,
  bytes: Buffer,
  endpointUrl: string | undefined,
): Values {
  const said = { msg_type: type, is_final: FINAL, total_size: bytes.length };
  const at = (place: number): number | undefined =>
    bytes.length < 12 + place * 4 ? undefined : bytes.readUInt32LE(8 + place * 4);
  switch (type) {
    case 'HEL':
    case 'ACK':
      return {
        ...said,
        version: at(0),
        rcv_buf_size: at(1),
        snd_buf_size: at(2),
        max_msg_size: at(3),
        max_chunk_cnt: at(4),
        endpoint_url: endpointUrl,
      };
    case 'ERR':
      return { ...said, error: at(0) };
    default:
      return { ...said, endpoint_url: endpointUrl };
  }
}

/** What both messages of an exchange have in common. */
export function exchangeValues(
  type: string,
  request: WireMessage | undefined,
  response: WireMessage | undefined,
): Values {
  const seen = [request, response].filter((message) => message !== undefined);
  const opening = request?.opening ?? response?.opening;
  return {
    msg_type: type,
    is_final: FINAL,
    total_size: seen.reduce((sum, message) => sum + message.size, 0),
    sec_channel_id: [...new Set(seen.map(({ channelId }) => channelId))],
    ...(opening && {
      sec_policy_uri_len: opening.policyUri.length,
      sec_policy_uri: opening.policyUri,
      snd_cert_len: opening.sender?.length ?? -1,
      snd_cert: opening.sender && bytesText(opening.sender),
      rcv_cert_len: opening.thumbprint?.length ?? -1,
      rcv_cert: opening.thumbprint && bytesText(opening.thumbprint),
    }),
    request_id: (request ?? response)?.content?.requestId,
  };
}

/** `req_*` or `res_*`: which message it is. */
function messageValues(prefix: 'req' | 'res', { content, size }: WireMessage): Values {
  if (content === undefined) return { [`${prefix}_msg_size`]: size };
  const { sequence, encoding, namespace, message } = content;
  return {
    [`${prefix}_msg_size`]: size,
    [`${prefix}_seq_number`]: sequence,
    [`${prefix}_encoding_mask`]: encoding,
    [`${prefix}_namespace_idx`]: namespace,
    [`${prefix}_identifier`]: message.id,
    [`${prefix}_identifier_str`]: message.tree?.type,
  };
}

export function requestValues(request: WireMessage, link: string): Values {
  const header = field(request.content?.message.tree, 'requestHeader');
  const { req_hdr_node_id_encoding_mask: kind, ...node } = nodeValues(
    'req_hdr_node_id',
    field(header, 'authenticationToken'),
  );
  return {
    req_opcua_link_id: link,
    ...messageValues('req', request),
    ...(header !== undefined && {
      req_hdr_node_id_type: kind,
      ...node,
      req_hdr_timestamp: time(field(header, 'timestamp')),
      req_hdr_request_handle: number(field(header, 'requestHandle')),
      req_hdr_return_diag: number(field(header, 'returnDiagnostics')),
      req_hdr_audit_entry_id: auditText(field(header, 'auditEntryId')),
      req_hdr_timeout_hint: number(field(header, 'timeoutHint')),
      ...additional('req', field(header, 'additionalHeader')),
    }),
  };
}

/** Empty where there is none. */
const auditText = (datum: Datum): string => (typeof datum === 'string' ? datum : '');

export function responseValues(rows: OpcuaRows, response: WireMessage, link: string): Values {
  const header = field(response.content?.message.tree, 'responseHeader');
  if (header === undefined) return { res_opcua_link_id: link, ...messageValues('res', response) };
  const diagnostics = field(header, 'serviceDiagnostics');
  const status = statusRow(
    rows,
    SOURCES.responseHeader,
    number(field(header, 'serviceResult')) ?? 0,
  );
  diagnosticRows(rows, SOURCES.responseHeader, [diagnostics], field(header, 'stringTable'));
  return {
    res_opcua_link_id: link,
    ...messageValues('res', response),
    res_hdr_timestamp: time(field(header, 'timestamp')),
    res_hdr_request_handle: number(field(header, 'requestHandle')),
    status_code_link_id: status,
    res_hdr_service_diag_encoding:
      typeof diagnostics === 'object' && diagnostics.kind === 'diagnostic'
        ? diagnostics.mask
        : undefined,
    ...additional('res', field(header, 'additionalHeader')),
  };
}

function additional(prefix: 'req' | 'res', datum: Datum): Values {
  if (typeof datum !== 'object' || datum.kind !== 'extension') return {};
  return {
    [`${prefix}_hdr_add_hdr_type_id`]: datum.type.id.numeric,
    [`${prefix}_hdr_add_hdr_enc_mask`]: datum.encoding,
  };
}
