/** The protocol's own part of an exchange, in the shape that docs/contracts.md fixes. */
import type { Exchange, ModbusDetail, ModbusUmas } from '#sensor/model/event.ts';
import type {
  OpcuaCertificate,
  OpcuaChannel,
  OpcuaDetail,
  OpcuaHello,
  OpcuaNode,
} from '#sensor/model/opcua.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `{ modbus: .. }` or `{ opcua: .. }`. */
export function detailFields(
  exchange: Exchange,
): { readonly modbus: Fields } | { readonly opcua: Fields } {
  switch (exchange.protocol) {
    case 'modbus':
      return { modbus: modbusFields(exchange.modbus) };
    case 'opcua':
      return { opcua: opcuaFields(exchange.opcua) };
    default:
      return exchange satisfies never;
  }
}

/** `modbus-write-single-register`, `opcua-Write`, `opcua-HEL`. */
export function actionOf(exchange: Exchange): string {
  switch (exchange.protocol) {
    case 'modbus': {
      const { functionCode, functionName } = exchange.modbus;
      return `modbus-${functionName ?? `function-${functionCode}`}`;
    }
    case 'opcua': {
      const { messageType, service } = exchange.opcua;
      const unnamed = service === undefined ? messageType : `service-${service.id}`;
      return `opcua-${service?.name ?? unnamed}`;
    }
    default:
      return exchange satisfies never;
  }
}

/** `modbus.*` of docs/contracts.md, "Exchange". */
function modbusFields(modbus: ModbusDetail): Fields {
  const { transactionId, unitId, functionCode, functionName, subCode, ...rest } = modbus;
  const { subName, andMask, orMask, eventCount, messageCount, ...named } = rest;
  const { exceptionCode, exceptionName, umas, serverId, ...content } = named;
  return {
    ...(transactionId === undefined ? {} : { transaction_id: transactionId }),
    unit_id: unitId,
    function: {
      code: functionCode,
      ...(functionName === undefined ? {} : { name: functionName }),
      ...(subCode === undefined ? {} : { sub_code: subCode }),
      ...(subName === undefined ? {} : { sub_name: subName }),
    },
    // framing, address, quantity, values, read, write, files, status, events, data, identity: the names are the same
    ...content,
    ...(serverId === undefined ? {} : { server_id: serverId }),
    ...(umas === undefined ? {} : { umas: umasFields(umas) }),
    ...(andMask === undefined ? {} : { and_mask: andMask }),
    ...(orMask === undefined ? {} : { or_mask: orMask }),
    ...(eventCount === undefined ? {} : { event_count: eventCount }),
    ...(messageCount === undefined ? {} : { message_count: messageCount }),
    ...(exceptionCode === undefined
      ? {}
      : {
          exception: {
            code: exceptionCode,
            ...(exceptionName === undefined ? {} : { name: exceptionName }),
          },
        }),
  };
}

const umasFields = ({ maxFrame, ...rest }: ModbusUmas): Fields => ({
  ...rest,
  ...(maxFrame === undefined ? {} : { max_frame: maxFrame }),
});

/** `opcua.*` of docs/contracts.md, "Exchange". */
function opcuaFields(opcua: OpcuaDetail): Fields {
  const { session } = opcua;
  return known({
    message_type: opcua.messageType,
    channel_id: opcua.channelId,
    token_id: opcua.tokenId,
    request_id: opcua.requestId,
    request_handle: opcua.requestHandle,
    reverse_connect: opcua.reverseConnect,
    service: opcua.service,
    security: opcua.security,
    hello: opcua.hello && helloFields(opcua.hello),
    channel: opcua.channel && channelFields(opcua.channel),
    chunk_count: opcua.chunkCount,
    message_size: opcua.messageSize,
    status: opcua.status,
    nodes: opcua.nodes?.map(nodeFields),
    node_count: opcua.nodeCount,
    methods: opcua.methods?.map((method) =>
      known({
        object_id: method.objectId,
        object_name: method.objectName,
        method_id: method.methodId,
        method_name: method.methodName,
        arguments: method.arguments,
        status: method.status,
      }),
    ),
    method_count: opcua.methodCount,
    parameters: opcua.parameters,
    diagnostics: opcua.diagnostics,
    session: session && known({ name: session.name, application_uri: session.applicationUri }),
    identity: opcua.identity,
    certificate: opcua.certificate && certificateFields(opcua.certificate),
    server_certificate: opcua.serverCertificate && certificateFields(opcua.serverCertificate),
    server_uri: opcua.serverUri,
    endpoint_url: opcua.endpointUrl,
  });
}

const nodeFields = ({ nodeId, ...rest }: OpcuaNode): Fields => ({ node_id: nodeId, ...rest });

const certificateFields = (certificate: OpcuaCertificate): Fields =>
  known({
    thumbprint: certificate.thumbprint,
    subject: certificate.subject,
    not_before: certificate.notBefore,
    not_after: certificate.notAfter,
    issuer: certificate.issuer,
    application_uri: certificate.applicationUri,
    key: certificate.key,
    signature_algorithm: certificate.signatureAlgorithm,
    chain: certificate.chain,
  });

const helloFields = (hello: OpcuaHello): Fields => ({
  version: hello.version,
  receive_buffer: hello.receiveBuffer,
  send_buffer: hello.sendBuffer,
  max_message: hello.maxMessage,
  max_chunks: hello.maxChunks,
});

const channelFields = (channel: OpcuaChannel): Fields =>
  known({
    policy_uri: channel.policyUri,
    request: channel.request,
    requested_lifetime: channel.requestedLifetime,
    revised_lifetime: channel.revisedLifetime,
    created_at: channel.createdAt,
    expects: channel.expects,
    renewals: channel.renewals,
  });

/** Without what is not known. */
const known = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
