import { describe, expect, test } from 'vitest';
import { BinaryReader } from '#sensor/decode/opcua/binary.ts';
import { Budget } from '#sensor/decode/opcua/datum.ts';
import { codecNamed } from '#sensor/decode/opcua/schema/catalogue.ts';
import { describeObject } from '#sensor/model/operation.ts';
import { hex } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { array, f64, text, u8, u32 } from '../../../support/opcua.ts';
import { Session } from '../../../support/opcua-session.ts';

const TOKEN = Buffer.from('token');

/** One request and its answer, as an exchange. */
function exchangeOf(
  request: readonly [number, ...Buffer[]],
  response: readonly [number, ...Buffer[]],
) {
  const [asked, ...fields] = request;
  const [answered, ...results] = response;
  const { connection } = new Session()
    .say(0, 2, ua.body(asked, ua.requestHeader(TOKEN), ...fields))
    .say(1, 2, ua.body(answered, ua.responseHeader(), ...results));
  const last = connection.opcua.at(-1);
  if (last === undefined) throw new Error('nothing was heard');
  expect(last.facts).toEqual([]);
  return last;
}

const said = ({ operations }: ReturnType<typeof exchangeOf>): string[] =>
  operations.map(({ kind, object }) => `${kind} ${describeObject(object)}`);

const NONE = u32(0);
/** ns=2;s=Boiler */
const BOILER = hex('03 0200 06000000 426f696c6572');
const NOTHING = text(undefined);
const NO_FILTER = u8(0, 0, 0);
const BAD_NODE = 0x8034_0000;

describe('the exchange of', () => {
  test('CreateMonitoredItems names its nodes, and what was asked of each', () => {
    const item = Buffer.concat([
      ...[BOILER, u32(13), NOTHING, hex('0000'), NOTHING, u32(2)],
      ...[u32(77), f64(500), hex('0100d402 01 10000000 01000000 01000000 0000000000000440')],
      ...[u32(10), u8(1)],
    ]);
    const created = Buffer.concat([u32(0), u32(5), f64(500), u32(10), NO_FILTER]);
    const exchange = exchangeOf([751, u32(9), u32(3), array(item)], [754, array(created), NONE]);
    expect(exchange.opcua.nodes).toEqual([
      { nodeId: 'ns=2;s=Boiler', attribute: 'Value', status: 'Good' },
    ]);
    expect(said(exchange)).toEqual(['subscribe node ns=2;s=Boiler']);
    expect(exchange.opcua.parameters).toEqual({
      request: {
        subscriptionId: 9,
        timestampsToReturn: 'Neither',
        itemsToCreate: [
          {
            itemToMonitor: { nodeId: 'ns=2;s=Boiler', attributeId: 'Value', dataEncoding: '' },
            monitoringMode: 'Reporting',
            requestedParameters: {
              clientHandle: 77,
              samplingInterval: 500,
              filter: {
                type: 'DataChangeFilter',
                trigger: 'StatusValue',
                deadbandType: 'Absolute',
                deadbandValue: 2.5,
              },
              queueSize: 10,
              discardOldest: true,
            },
          },
        ],
      },
      response: {
        results: [
          {
            statusCode: 'Good',
            monitoredItemId: 5,
            revisedSamplingInterval: 500,
            revisedQueueSize: 10,
          },
        ],
        diagnosticInfos: [],
      },
    });
  });

  test('HistoryRead names its nodes and when', () => {
    const exchange = exchangeOf(
      [
        ...([
          664,
          Buffer.concat([hex('01008902 01'), u32(22), u8(0), f64(0), f64(0), u32(10), u8(0)]),
        ] as const),
        ...[u32(0), u8(0), array(Buffer.concat([BOILER, NOTHING, hex('0000'), NOTHING, NOTHING]))],
      ],
      [667, array(Buffer.concat([u32(BAD_NODE), NOTHING, NO_FILTER])), NONE],
    );
    expect(exchange.opcua.nodes).toEqual([
      { nodeId: 'ns=2;s=Boiler', attribute: 'Value', status: 'BadNodeIdUnknown' },
    ]);
    expect(exchange.outcome).toBe('failure');
    expect(said(exchange)).toEqual(['read node ns=2;s=Boiler']);
    expect(exchange.opcua.parameters?.request?.['historyReadDetails']).toMatchObject({
      type: 'ReadRawModifiedDetails',
      numValuesPerNode: 10,
    });
  });

  test('HistoryUpdate writes the past of its nodes, which no list of nodes allows', () => {
    const body = Buffer.concat([BOILER, u8(0), f64(0), f64(0)]);
    const exchange = exchangeOf(
      [700, array(Buffer.concat([hex('0100b002 01'), u32(body.length), body]))],
      [703, array(Buffer.concat([u32(0), NONE, NONE])), NONE],
    );
    expect(exchange.opcua.nodes).toMatchObject([{ nodeId: 'ns=2;s=Boiler', status: 'Good' }]);
    expect(said(exchange)).toEqual(['write node ns=2;s=Boiler', 'write the OPC UA server']);
  });

  test('HistoryUpdate in a way that nobody knows is told all the same', () => {
    const exchange = exchangeOf(
      [700, array(Buffer.concat([hex('01020f27 01'), u32(2), u8(1, 2)]))],
      [703, array(Buffer.concat([u32(0), NONE, NONE])), NONE],
    );
    expect(exchange.opcua).toMatchObject({ nodes: [], nodeCount: 1 });
    expect(said(exchange)).toEqual(['write the OPC UA server']);
  });

  test('AddNodes configures the node under which they come', () => {
    const item = Buffer.concat([
      ...[BOILER, hex('0023'), hex('0000'), hex('0200'), text('Valve'), u32(1)],
      ...[hex('01006201 01'), u32(15), u32(0), u8(0), u8(0), u32(0), u32(0), u8(0), hex('003a')],
    ]);
    const exchange = exchangeOf(
      [488, array(item)],
      [491, array(Buffer.concat([u32(0), hex('01020700')])), NONE],
    );
    expect(exchange.opcua.nodes).toEqual([{ nodeId: 'ns=2;s=Boiler', status: 'Good' }]);
    expect(said(exchange)).toEqual(['configure node ns=2;s=Boiler']);
    expect(exchange.opcua.parameters).toMatchObject({
      request: {
        nodesToAdd: [
          {
            browseName: '2:Valve',
            nodeClass: 'Object',
            nodeAttributes: { type: 'ObjectAttributes' },
          },
        ],
      },
      response: { results: [{ statusCode: 'Good', addedNodeId: 'ns=2;i=7' }] },
    });
  });

  test.each([
    ['AddReferences', 494, [BOILER, hex('0023'), u8(1), NOTHING, hex('0055'), u32(1)], 'configure'],
    ['DeleteNodes', 500, [BOILER, u8(1)], 'configure'],
    ['DeleteReferences', 506, [BOILER, hex('0023'), u8(1), hex('0055'), u8(1)], 'configure'],
    ['TranslateBrowsePathsToNodeIds', 554, [BOILER, NONE], 'browse'],
  ] as const)('%s names its nodes', (name, id, fields, kind) => {
    const result = name.startsWith('Translate') ? Buffer.concat([u32(0), NONE]) : u32(0);
    const exchange = exchangeOf([id, array(Buffer.concat(fields))], [id + 3, array(result), NONE]);
    expect(exchange.opcua.service?.name).toBe(name);
    expect(exchange.opcua.nodes).toEqual([{ nodeId: 'ns=2;s=Boiler', status: 'Good' }]);
    expect(said(exchange)).toEqual([`${kind} node ns=2;s=Boiler`]);
  });

  test('RegisterNodes names its nodes', () => {
    const exchange = exchangeOf([560, array(BOILER)], [563, array(hex('01020700'))]);
    expect(exchange.opcua.nodes).toEqual([{ nodeId: 'ns=2;s=Boiler' }]);
    expect(exchange.opcua.parameters?.response).toEqual({ registeredNodeIds: ['ns=2;i=7'] });
  });

  test('RegisterServer says who registers', () => {
    const server = Buffer.concat([
      ...[text('urn:plc'), text('urn:product'), array(Buffer.concat([u8(2), text('PLC')]))],
      ...[u32(0), NOTHING, array(text('opc.tcp://plc:4840')), NOTHING, u8(1)],
    ]);
    const exchange = exchangeOf([437, server], [440]);
    expect(said(exchange)).toEqual(['configure the OPC UA server']);
    expect(exchange.opcua.parameters).toEqual({
      request: {
        server: {
          serverUri: 'urn:plc',
          productUri: 'urn:product',
          serverNames: ['PLC'],
          serverType: 'Server',
          discoveryUrls: ['opc.tcp://plc:4840'],
          isOnline: true,
        },
      },
    });
  });

  test('a service that failed tells what the server says of it', () => {
    const header = Buffer.concat([
      ...[f64(0), u32(7), u32(0x8001_0000), hex('15 00000000 01000000'), text('the disk is full')],
      ...[array(text('NoSpace'), text('no space left')), NO_FILTER],
    ]);
    const { connection } = new Session()
      .say(0, 2, ua.body(787, ua.requestHeader(TOKEN), f64(1000), u32(1), u32(1), u32(0), u8(1, 0)))
      .say(1, 2, ua.body(397, header));
    expect(connection.opcua.at(-1)?.opcua).toMatchObject({
      service: { name: 'CreateSubscription' },
      status: { name: 'BadUnexpectedError' },
      diagnostics: {
        symbolicId: 'NoSpace',
        localizedText: 'no space left',
        additionalInfo: 'the disk is full',
      },
      parameters: { request: { requestedPublishingInterval: 1000, publishingEnabled: true } },
    });
  });
});

test.each([
  [
    'i=12642',
    'i=12650',
    'ServerConfiguration.CertificateGroups.DefaultApplicationGroup.TrustList.Close',
  ],
  ['ns=3;i=7', 'i=11588', 'FileType.Write'],
  ['ns=3;i=7', 'i=12548', 'TrustListType.AddCertificate'],
])('a call of method %s %s configures', (object, method, name) => {
  const { connection } = new Session()
    .say(0, 2, ua.callRequest(TOKEN, { object, method }))
    .say(1, 2, ua.callResponse([]));
  const last = connection.opcua.at(-1);
  expect(last?.opcua.methods).toMatchObject([{ methodId: method, methodName: name }]);
  expect(last?.operations.map(({ kind }) => kind)).toEqual(['configure']);
});

test('a request for more nodes than are listed concerns the server as a whole', () => {
  const many = Array.from({ length: 150 }, () => Buffer.concat([BOILER, u8(1)]));
  const exchange = exchangeOf([500, array(...many)], [503, array(...many.map(() => u32(0))), NONE]);
  expect(exchange.opcua.nodes).toHaveLength(100);
  expect(exchange.opcua.nodeCount).toBe(150);
  expect(said(exchange).at(-1)).toBe('configure the OPC UA server');
});

test('what is cut off of a list of nodes may be any of the server', () => {
  const { connection } = new Session()
    .say(0, 2, ua.body(500, ua.requestHeader(TOKEN), u32(2), BOILER, u8(1), BOILER))
    .say(1, 2, ua.body(503, ua.responseHeader(), array(u32(0), u32(0)), NONE));
  const last = connection.opcua.at(-1);
  expect(last?.facts.map(({ name }) => name)).toContain('opcua.truncated');
  expect(last?.opcua).toMatchObject({ nodes: [{ nodeId: 'ns=2;s=Boiler' }], nodeCount: 2 });
  expect(last?.operations.map(({ object }) => object.kind)).toEqual(['opcua-node', 'opcua-server']);
});

test('a node under the URI of its namespace is named by it', () => {
  const reader = new BinaryReader(hex('80 54 05000000 75726e3a61'));
  const datum = codecNamed('ExpandedNodeId').read(reader, new Budget());
  expect(datum).toMatchObject({ namespaceUri: 'urn:a', id: { identifier: 'i=84' } });
});
