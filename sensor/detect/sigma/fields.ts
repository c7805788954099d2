/**
 * The fields that rules may name: those of an exchange as it is written out (docs/contracts.md,
 * "Exchange"), read straight from the event. A field with several values (facts, operations, written
 * values) matches where one of them does.
 */
import type { Exchange, ModbusDetail, SensorEvent, SensorHealth } from '#sensor/model/event.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { OpcuaDetail } from '#sensor/model/opcua.ts';
import { CHANGING, describeObject, type Operation } from '#sensor/model/operation.ts';

export type FieldValue = string | number;
type FieldRead = FieldValue | readonly FieldValue[] | undefined;
export type Field = (event: SensorEvent) => readonly FieldValue[];

const NONE: readonly FieldValue[] = [];

function many(value: FieldRead): readonly FieldValue[] {
  if (value === undefined) return NONE;
  return typeof value === 'object' ? value : [value];
}

const exchange =
  (read: (exchange: Exchange) => FieldRead): Field =>
  (event) =>
    event.kind === 'exchange' ? many(read(event)) : NONE;

const modbus =
  (read: (modbus: ModbusDetail) => FieldRead): Field =>
  (event) =>
    event.kind === 'exchange' && event.protocol === 'modbus' ? many(read(event.modbus)) : NONE;

const opcua =
  (read: (opcua: OpcuaDetail) => FieldRead): Field =>
  (event) =>
    event.kind === 'exchange' && event.protocol === 'opcua' ? many(read(event.opcua)) : NONE;

/** What is not understood has a number and no name, and no rule asks for it by action. */
function actionIn(event: Exchange): FieldRead {
  if (event.protocol === 'modbus') {
    const { functionName } = event.modbus;
    return functionName && `modbus-${functionName}`;
  }
  const { messageType, service } = event.opcua;
  const name = service === undefined ? messageType : service.name;
  return name && `opcua-${name}`;
}

const texts = (values: readonly (string | undefined)[] | undefined): readonly string[] =>
  (values ?? []).filter((value) => value !== undefined);

const health =
  (read: (health: SensorHealth) => FieldRead): Field =>
  (event) =>
    event.kind === 'health' ? many(read(event)) : NONE;

const peer =
  (side: 'client' | 'server', read: (end: Endpoint) => FieldRead): Field =>
  (event) =>
    event.kind === 'health' ? NONE : many(read(event[side]));

/** A device as a whole is changed in many ways, which are not one another's repetition. */
function changedBy({ object }: Operation, event: Exchange): string {
  const described = describeObject(object);
  if (event.protocol !== 'modbus' || object.kind !== 'modbus-device') return described;
  const { umas, subCode = umas?.code, functionCode } = event.modbus;
  return `${described} ${functionCode}${subCode === undefined ? '' : `/${subCode}`}`;
}

/** By name. The order is that of docs/contracts.md. */
export const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['event.action', exchange(actionIn)],
  ['event.outcome', exchange(({ outcome }) => outcome)],
  ['network.transport', (event) => (event.kind === 'health' ? NONE : [event.transport])],
  ['network.protocol', exchange(({ protocol }) => protocol)],
  ['source.ip', peer('client', ({ ip }) => ip)],
  ['source.port', peer('client', ({ port }) => port)],
  ['source.mac', peer('client', ({ mac }) => mac)],
  ['destination.ip', peer('server', ({ ip }) => ip)],
  ['destination.port', peer('server', ({ port }) => port)],
  ['destination.mac', peer('server', ({ mac }) => mac)],
  ['modbus.transaction_id', modbus((modbus) => modbus.transactionId)],
  ['modbus.framing', modbus((modbus) => modbus.framing)],
  ['modbus.unit_id', modbus((modbus) => modbus.unitId)],
  ['modbus.function.code', modbus((modbus) => modbus.functionCode)],
  ['modbus.function.name', modbus((modbus) => modbus.functionName)],
  ['modbus.function.sub_code', modbus((modbus) => modbus.subCode)],
  ['modbus.function.sub_name', modbus((modbus) => modbus.subName)],
  ['modbus.address', modbus((modbus) => modbus.address)],
  ['modbus.quantity', modbus((modbus) => modbus.quantity)],
  ['modbus.values', modbus((modbus) => modbus.values)],
  ['modbus.read.address', modbus((modbus) => modbus.read?.address)],
  ['modbus.read.quantity', modbus((modbus) => modbus.read?.quantity)],
  ['modbus.write.address', modbus((modbus) => modbus.write?.address)],
  ['modbus.write.quantity', modbus((modbus) => modbus.write?.quantity)],
  ['modbus.write.values', modbus((modbus) => modbus.write?.values)],
  ['modbus.typed.address', modbus(({ typed }) => typed?.map(({ address }) => address))],
  ['modbus.typed.number', modbus(({ typed }) => typed?.map(({ number }) => number))],
  ['modbus.typed.name', modbus(({ typed }) => typed?.map(({ name }) => name))],
  ['modbus.typed.type', modbus(({ typed }) => typed?.map(({ type }) => type))],
  ['modbus.and_mask', modbus((modbus) => modbus.andMask)],
  ['modbus.or_mask', modbus((modbus) => modbus.orMask)],
  ['modbus.files.file', modbus(({ files }) => files?.map(({ file }) => file))],
  ['modbus.files.record', modbus(({ files }) => files?.map(({ record }) => record))],
  ['modbus.files.quantity', modbus(({ files }) => files?.map(({ quantity }) => quantity))],
  ['modbus.files.values', modbus(({ files }) => files?.flatMap(({ values }) => values ?? []))],
  ['modbus.status', modbus((modbus) => modbus.status)],
  ['modbus.event_count', modbus((modbus) => modbus.eventCount)],
  ['modbus.message_count', modbus((modbus) => modbus.messageCount)],
  ['modbus.events', modbus((modbus) => modbus.events)],
  ['modbus.umas.code', modbus(({ umas }) => umas?.code)],
  ['modbus.umas.name', modbus(({ umas }) => umas?.name)],
  ['modbus.umas.reserved', modbus(({ umas }) => umas?.reserved && 'true')],
  ['modbus.umas.signed', modbus(({ umas }) => umas?.signed && 'true')],
  ['modbus.umas.status', modbus(({ umas }) => umas?.status)],
  ['modbus.umas.owner', modbus(({ umas }) => umas?.owner)],
  ['modbus.umas.device', modbus(({ umas }) => umas?.device)],
  ['modbus.exception.code', modbus((modbus) => modbus.exceptionCode)],
  ['modbus.exception.name', modbus((modbus) => modbus.exceptionName)],
  ['modbus.identity.vendor', modbus((modbus) => modbus.identity?.vendor)],
  ['modbus.identity.product', modbus((modbus) => modbus.identity?.product)],
  ['modbus.identity.revision', modbus((modbus) => modbus.identity?.revision)],
  ['modbus.identity.url', modbus((modbus) => modbus.identity?.url)],
  ['modbus.identity.name', modbus((modbus) => modbus.identity?.name)],
  ['modbus.identity.model', modbus((modbus) => modbus.identity?.model)],
  ['modbus.identity.application', modbus((modbus) => modbus.identity?.application)],
  ['modbus.identity.conformity', modbus((modbus) => modbus.identity?.conformity)],
  ['modbus.identity.objects.id', modbus(({ identity }) => identity?.objects?.map(({ id }) => id))],
  [
    'modbus.identity.objects.value',
    modbus(({ identity }) => identity?.objects?.map(({ value }) => value)),
  ],
  ['modbus.server_id', modbus((modbus) => modbus.serverId)],
  ['opcua.message_type', opcua(({ messageType }) => messageType)],
  ['opcua.channel_id', opcua(({ channelId }) => channelId)],
  ['opcua.service.id', opcua(({ service }) => service?.id)],
  ['opcua.service.name', opcua(({ service }) => service?.name)],
  ['opcua.security.policy', opcua(({ security }) => security?.policy)],
  ['opcua.security.mode', opcua(({ security }) => security?.mode)],
  ['opcua.status.code', opcua(({ status }) => status?.code)],
  ['opcua.status.name', opcua(({ status }) => status?.name)],
  ['opcua.nodes.node_id', opcua(({ nodes }) => nodes?.map(({ nodeId }) => nodeId))],
  ['opcua.nodes.attribute', opcua(({ nodes }) => texts(nodes?.map(({ attribute }) => attribute)))],
  ['opcua.nodes.type', opcua(({ nodes }) => texts(nodes?.map(({ type }) => type)))],
  ['opcua.nodes.status', opcua(({ nodes }) => texts(nodes?.map(({ status }) => status)))],
  ['opcua.methods.object_id', opcua(({ methods }) => methods?.map(({ objectId }) => objectId))],
  ['opcua.methods.method_id', opcua(({ methods }) => methods?.map(({ methodId }) => methodId))],
  ['opcua.methods.status', opcua(({ methods }) => texts(methods?.map(({ status }) => status)))],
  ['opcua.session.name', opcua(({ session }) => session?.name)],
  ['opcua.session.application_uri', opcua(({ session }) => session?.applicationUri)],
  ['opcua.identity.type', opcua(({ identity }) => identity?.type)],
  ['opcua.identity.user', opcua(({ identity }) => identity?.user)],
  ['opcua.certificate.thumbprint', opcua(({ certificate }) => certificate?.thumbprint)],
  ['opcua.certificate.subject', opcua(({ certificate }) => certificate?.subject)],
  ['opcua.certificate.issuer', opcua(({ certificate }) => certificate?.issuer)],
  ['opcua.certificate.key.type', opcua(({ certificate }) => certificate?.key?.type)],
  ['opcua.certificate.key.size', opcua(({ certificate }) => certificate?.key?.size)],
  [
    'opcua.certificate.signature_algorithm',
    opcua(({ certificate }) => certificate?.signatureAlgorithm),
  ],
  ['opcua.certificate.application_uri', opcua(({ certificate }) => certificate?.applicationUri)],
  ['opcua.server_certificate.thumbprint', opcua((opcua) => opcua.serverCertificate?.thumbprint)],
  [
    'opcua.server_certificate.key.size',
    opcua(({ serverCertificate }) => serverCertificate?.key?.size),
  ],
  [
    'opcua.server_certificate.signature_algorithm',
    opcua(({ serverCertificate }) => serverCertificate?.signatureAlgorithm),
  ],
  ['opcua.channel.request', opcua(({ channel }) => channel?.request)],
  ['opcua.server_uri', opcua(({ serverUri }) => serverUri)],
  ['opcua.endpoint_url', opcua(({ endpointUrl }) => endpointUrl)],
  ['lockkeeper.facts.name', ({ facts }) => facts.map(({ name }) => name)],
  ['lockkeeper.facts.text', ({ facts }) => facts.map(({ text }) => text)],
  [
    'lockkeeper.operation.kind',
    exchange(({ operations }) => [...new Set(operations.map(({ kind }): string => kind))]),
  ],
  [
    'lockkeeper.operation.object',
    exchange(({ operations }) => operations.map(({ object }) => describeObject(object))),
  ],
  // Absent where it only looks, so that whoever walks through all objects is one stream of alerts.
  [
    'lockkeeper.operation.changed',
    exchange((event) =>
      event.operations
        .filter(({ kind }) => CHANGING.has(kind))
        .map((operation) => changedBy(operation, event)),
    ),
  ],
  ['observer.ingress.interface.name', health((event) => event.interface)],
  ['lockkeeper.health.received', health(({ received }) => received)],
  ['lockkeeper.health.dropped', health(({ dropped }) => dropped)],
]);
