import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import {
  ApplicationDescription,
  AttributeIds,
  BrowseDescription,
  BrowseNextRequest,
  type BrowseNextResponse,
  BrowseRequest,
  type BrowseResponse,
  ClientMonitoredItem,
  type ClientSession,
  ClientSubscription,
  CloseSessionRequest,
  CreateSessionRequest,
  CreateSubscriptionRequest,
  type CreateSubscriptionResponse,
  DataType,
  type DataValue,
  GetEndpointsRequest,
  type GetEndpointsResponse,
  LogLevel,
  MessageSecurityMode,
  OPCUAClient,
  type OPCUAClientOptions,
  ReadRequest,
  ReadValueId,
  RegisterNodesRequest,
  type RegisterNodesResponse,
  resolveNodeId,
  SecurityPolicy,
  setLogLevel,
  TimestampsToReturn,
  TransferSubscriptionsRequest,
  UserTokenType,
  VariableIds,
} from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Allowed, Judge } from './opcua-gate/allowed.ts';
import { type Application, newApplication } from './opcua-gate/application.ts';
import { OpcUaGate } from './opcua-gate/gate.ts';
import { haveOpen62541, runOpen62541 } from './opcua-gate/open62541.ts';
import { BOILER, type PlantServer, SPARE, startPlantServer } from './opcua-gate/plant-server.ts';
import { openChannel, SecuredSession, transact } from './opcua-gate/secured-session.ts';

/**
 * The spike of "ending OPC UA channels" (ARCHITECTURE.md): a gate that ends the vendor's secure channel and opens
 * its own to a secured server, between a real server and real strict clients. No code of the product uses it.
 */

const OPERATOR = { name: 'gate-of-lockkeeper', password: 'known to the gate alone' };
const nsu = (identifier: string, uri = BOILER): string => `nsu=${uri};${identifier}`;

const ALLOWED: Allowed = {
  browse: new Set(['i=84', 'i=85', nsu('s=Boiler')]),
  read: new Set([
    `i=${VariableIds.Server_NamespaceArray}`,
    `i=${VariableIds.Server_ServerStatus_State}`,
    nsu('s=Boiler.Temperature'),
    nsu('s=Boiler.SetPoint'),
  ]),
  write: new Map([[nsu('s=Boiler.SetPoint'), { type: DataType.Double, min: 0, max: 100 }]]),
  call: new Set([`${nsu('s=Boiler')} ${nsu('s=Boiler.Reset')}`]),
};

let folder: string;
let plant: PlantServer;
let gate: OpcUaGate;
let loopback: Server;
let url: string;
let vendor: Application;
let gateSide: Application;
const tunnels = new Set<Socket>();

/** `lockkeeper connect` in small: a loopback port whose connections come out at the gate as byte streams. */
async function openLoopbackPort(accept: (stream: ReturnType<typeof duplexPair>[0]) => void) {
  const server = createServer((socket) => {
    const [here, there] = duplexPair();
    tunnels.add(socket);
    socket.on('error', () => undefined);
    here.on('error', () => undefined);
    there.on('error', () => undefined);
    socket.once('close', () => {
      tunnels.delete(socket);
      here.destroy();
      there.destroy();
    });
    here.once('close', () => socket.destroy());
    there.once('close', () => here.destroy());
    socket.pipe(here).pipe(socket);
    accept(there);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** What a tool says first: HEL with version 0, buffers of 64 KiB, no limits, no URL. OPC UA Part 6, 7.1.2.3. */
function helloThen(rest: Buffer): Buffer {
  const hello = Buffer.alloc(32);
  hello.write('HELF');
  hello.writeUInt32LE(hello.length, 4);
  hello.writeUInt32LE(1 << 16, 12);
  hello.writeUInt32LE(1 << 16, 16);
  hello.writeInt32LE(-1, 28);
  return Buffer.concat([hello, rest]);
}

beforeAll(async () => {
  // Refusals are what this file is about; node-opcua warns of each.
  setLogLevel(LogLevel.Error);
  folder = await mkdtemp(join(tmpdir(), 'opcua-gate-'));
  const plantSide = await newApplication(join(folder, 'plant'), 'urn:acme:controller-7');
  gateSide = await newApplication(join(folder, 'gate'), 'urn:lockkeeper:gate:controller-7', true);
  vendor = await newApplication(join(folder, 'vendor'), 'urn:vendor:engineering-tool');
  // The plant trusts the gate and nobody else.
  await plantSide.certificates.trustCertificate(gateSide.own.getCertificate());
  plant = await startPlantServer(plantSide, OPERATOR);
  loopback = await openLoopbackPort((stream) => gate.accept(stream));
  url = `opc.tcp://127.0.0.1:${(loopback.address() as AddressInfo).port}`;
  gate = new OpcUaGate({
    application: gateSide,
    endpointUrl: url,
    server: { url: plant.url, certificate: plantSide.own.getCertificate() },
    user: OPERATOR,
    allowed: ALLOWED,
  });
});

afterAll(async () => {
  await gate?.close();
  loopback?.close();
  await plant?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A vendor's tool: node-opcua, which trusts what is in its folder and wants the endpoint to be announced. */
const newClient = (more: OPCUAClientOptions = {}): OPCUAClient =>
  OPCUAClient.create({
    applicationName: 'engineering tool',
    applicationUri: vendor.uri,
    certificateFile: vendor.certificateFile,
    privateKeyFile: vendor.privateKeyFile,
    clientCertificateManager: vendor.certificates,
    securityMode: MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy.Basic256Sha256,
    endpointMustExist: true,
    connectionStrategy: { maxRetry: 0 },
    ...more,
  });

/** A client that also verifies what the gate signs, and says exactly what a test wants said. */
const openStrict = (user?: typeof OPERATOR): Promise<SecuredSession> =>
  SecuredSession.open({
    application: vendor,
    server: { url, certificate: gateSide.own.getCertificate() },
    description: new ApplicationDescription({ applicationUri: vendor.uri }),
    name: 'strict',
    timeout: 60_000,
    ...(user && { user }),
  });

describe('before the gate is trusted', () => {
  test('a strict client refuses it', async () => {
    const client = newClient();
    await expect(client.connect(url)).rejects.toThrow(/untrusted/i);
    await client.disconnect();
  });

  test('the plant refuses a vendor who comes directly', async () => {
    const direct = { url: plant.url, certificate: plant.server.getCertificate() };
    await expect(openChannel(vendor, direct)).rejects.toThrow();
    expect(plant.sessions()).toBe(0);
  });
});

describe('once the gate is trusted', () => {
  const ends: (() => Promise<unknown>)[] = [];

  beforeAll(() => vendor.certificates.trustCertificate(gateSide.own.getCertificate()));

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    // Whatever a test did: nothing of it is left on the plant's server.
    await expect.poll(() => [plant.sessions(), plant.subscriptions()]).toEqual([0, 0]);
    gate.refused.length = 0;
  });

  async function openSession(): Promise<ClientSession> {
    const client = newClient();
    ends.push(() => client.disconnect());
    await client.connect(url);
    return client.createSession();
  }

  async function strict(): Promise<SecuredSession> {
    const session = await openStrict();
    ends.push(() => session.close());
    return session;
  }

  /** By URI, as a policy names it: an index is only good for one run of one server. */
  async function indexOf(session: ClientSession, uri: string): Promise<number> {
    return (await session.readNamespaceArray()).indexOf(uri);
  }

  const theValue = (nodeId: string) => ({ nodeId, attributeId: AttributeIds.Value });
  const double = (value: number) => ({ value: { dataType: DataType.Double, value } });

  test('discovery, FindServers and CreateSession say one thing: the loopback port and the gate', async () => {
    const client = newClient();
    ends.push(() => client.disconnect());
    await client.connect(url);
    const endpoints = await client.getEndpoints();
    const servers = await client.findServers();
    const { created } = await strict();

    expect(endpoints.map((one) => [one.endpointUrl, one.server.applicationUri])).toEqual([
      [url, gateSide.uri],
    ]);
    expect(endpoints[0]?.serverCertificate).toEqual(gateSide.own.getCertificate());
    expect(endpoints[0]?.userIdentityTokens?.map((one) => one.tokenType)).toEqual([
      UserTokenType.Anonymous,
    ]);
    expect(servers.map((one) => [one.applicationUri, one.discoveryUrls])).toEqual([
      [gateSide.uri, [url]],
    ]);
    expect(created.serverEndpoints?.map(String)).toEqual(endpoints.map(String));
    expect(JSON.stringify([endpoints, servers, created])).not.toContain(plant.url);
  });

  test('without security there is discovery and nothing else', async () => {
    const server = { url, certificate: gateSide.own.getCertificate() };
    const channel = await openChannel(vendor, server, false);
    const { endpoints } = await transact<GetEndpointsResponse>(channel, new GetEndpointsRequest());
    expect(endpoints).toHaveLength(1);
    const create = new CreateSessionRequest({ clientCertificate: vendor.own.getCertificate() });
    await expect(transact(channel, create)).rejects.toThrow('BadSecurityModeInsufficient');
    channel.close(() => undefined);
  });

  test('a read of what is granted is answered, another node of the same request is refused', async () => {
    const session = await openSession();
    const ns = await indexOf(session, BOILER);
    const spare = await indexOf(session, SPARE);
    expect(spare).toBeLessThan(ns);

    const results = await session.read([
      theValue(`ns=${ns};s=Boiler.Temperature`),
      theValue(`ns=${spare};s=Boiler.Temperature`),
      theValue(`ns=99;s=Boiler.Temperature`),
      theValue(`ns=${ns};s=Boiler.SetPoint`),
    ]);

    expect(results.map(({ statusCode }) => statusCode.name)).toEqual([
      'Good',
      'BadUserAccessDenied',
      'BadUserAccessDenied',
      'Good',
    ]);
    expect(results[3]?.value.value).toBe(plant.setpoints()[0]);
  });

  test('a write inside its bounds arrives; one outside, and one whose bounds cannot be decided, do not', async () => {
    const session = await openSession();
    const ns = await indexOf(session, BOILER);
    const setpoint = { ...theValue(`ns=${ns};s=Boiler.SetPoint`) };

    expect((await session.write({ ...setpoint, value: double(66.5) })).name).toBe('Good');
    expect(plant.setpoints()).toEqual([66.5, 80]);

    for (const value of [
      double(100.5),
      double(Number.NaN),
      { value: { dataType: DataType.Float, value: 50 } },
    ]) {
      await expect(session.write({ ...setpoint, value })).rejects.toThrow('BadOutOfRange');
    }
    expect(plant.setpoints()).toEqual([66.5, 80]);
  });

  test('one node that is not granted refuses the whole write', async () => {
    const session = await openSession();
    const ns = await indexOf(session, BOILER);
    const spare = await indexOf(session, SPARE);
    const before = plant.setpoints();

    const both = session.write([
      { ...theValue(`ns=${ns};s=Boiler.SetPoint`), value: double(11) },
      { ...theValue(`ns=${spare};s=Boiler.SetPoint`), value: double(11) },
    ]);

    await expect(both).rejects.toThrow('BadUserAccessDenied');
    expect(plant.setpoints()).toEqual(before);
    expect(gate.refused).toContain('WriteRequest: BadUserAccessDenied');
  });

  test('a granted method is called; with another beside it, neither is', async () => {
    const session = await openSession();
    const ns = await indexOf(session, BOILER);
    const spare = await indexOf(session, SPARE);
    const reset = { objectId: `ns=${ns};s=Boiler`, methodId: `ns=${ns};s=Boiler.Reset` };
    const other = { objectId: `ns=${spare};s=Boiler`, methodId: `ns=${spare};s=Boiler.Reset` };

    expect((await session.call(reset)).statusCode.name).toBe('Good');
    await expect(session.call([reset, other])).rejects.toThrow('BadUserAccessDenied');
    expect(plant.resets()).toBe(1);
  });

  test('a browse shows what is granted; a continuation point is good in its own session alone', async () => {
    const session = await strict();
    const other = await strict();
    const browse = (nodeId: string) => new BrowseDescription({ nodeId, resultMask: 63 });
    const { results } = await session.perform<BrowseResponse>(
      new BrowseRequest({
        requestedMaxReferencesPerNode: 1,
        nodesToBrowse: [browse('i=85'), browse('i=2253')],
      }),
    );
    expect(results?.map(({ statusCode }) => statusCode.name)).toEqual([
      'Good',
      'BadUserAccessDenied',
    ]);
    const point = results?.[0]?.continuationPoint;
    const next = async (from: SecuredSession) => {
      const request = new BrowseNextRequest({ continuationPoints: point ? [point] : [] });
      const answer = (await from.perform<BrowseNextResponse>(request)).results?.[0];
      return [answer?.statusCode.name, answer?.references?.length];
    };
    expect(await next(other)).toEqual(['BadContinuationPointInvalid', 0]);
    expect(await next(session)).toEqual(['Good', 1]);
    expect(await next(session)).toEqual(['BadContinuationPointInvalid', 0]);
  });

  test('a subscription tells changes under an id of the gate; an item that is not granted is refused', async () => {
    const session = await openSession();
    const ns = await indexOf(session, BOILER);
    const spare = await indexOf(session, SPARE);
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: 50,
      requestedLifetimeCount: 600,
      requestedMaxKeepAliveCount: 10,
      maxNotificationsPerPublish: 100,
      publishingEnabled: true,
    });
    const changed = Promise.withResolvers<DataValue>();
    const settings = { samplingInterval: 50, queueSize: 10, discardOldest: true };
    const monitor = (index: number) =>
      ClientMonitoredItem.create(
        subscription,
        theValue(`ns=${index};s=Boiler.Temperature`),
        settings,
        TimestampsToReturn.Both,
      );
    let changes = 0;
    monitor(ns).on('changed', (value) => {
      changes += 1;
      if (changes === 3) changed.resolve(value);
    });
    const refused = Promise.withResolvers<string>();
    monitor(spare).on('err', refused.resolve);

    expect((await changed.promise).value.value).toBeGreaterThan(20);
    expect(await refused.promise).toContain('BadUserAccessDenied');
    expect(subscription.subscriptionId).toBe(1);
    await subscription.terminate();
  });

  test('registered nodes keep their names', async () => {
    const session = await strict();
    const nodesToRegister = [resolveNodeId('ns=1;s=Anything'), resolveNodeId('i=85')];
    const answer = await session.perform<RegisterNodesResponse>(
      new RegisterNodesRequest({ nodesToRegister }),
    );
    expect(answer.registeredNodeIds?.map(String)).toEqual(nodesToRegister.map(String));
  });

  test('the gate brings the user token of the plant, and takes none of a vendor', async () => {
    await strict();
    expect(plant.users().at(-1)).toBe(OPERATOR.name);

    await expect(openStrict(OPERATOR)).rejects.toThrow('BadIdentityTokenRejected');
    expect(gate.refused).toEqual(['ActivateSessionRequest: BadIdentityTokenRejected']);
  });

  test('a token is good on its own channel alone, and is not the one behind the gate', async () => {
    const session = await strict();
    const other = await strict();
    const request = new ReadRequest({
      nodesToRead: [new ReadValueId(theValue(`i=${VariableIds.Server_NamespaceArray}`))],
    });
    request.requestHeader.authenticationToken = session.authenticationToken;
    await expect(transact(other.channel, request)).rejects.toThrow('BadSessionIdInvalid');
  });

  test('what the gate does not carry is refused: nobody takes over a subscription', async () => {
    const session = await strict();
    const other = await strict();
    const { subscriptionId } = await session.perform<CreateSubscriptionResponse>(
      new CreateSubscriptionRequest({ requestedPublishingInterval: 100, publishingEnabled: true }),
    );
    const take = new TransferSubscriptionsRequest({ subscriptionIds: [subscriptionId] });
    await expect(other.perform(take)).rejects.toThrow('BadUserAccessDenied');
  });

  test('the channel of the vendor renews its keys and works on', async () => {
    const client = newClient({ defaultSecureTokenLifetime: 3000 });
    ends.push(() => client.disconnect());
    await client.connect(url);
    const session = await client.createSession();
    await once(client, 'security_token_renewed');
    expect(await session.readNamespaceArray()).toContain(BOILER);
  });

  // Not `skipIf`: the library is in few distributions, and this is no evidence that a release depends on.
  if (haveOpen62541()) {
    test('the client of open62541, which trusts the gate and nobody else, works through it', async () => {
      const work = (trusted: Buffer) =>
        runOpen62541({ folder, url, application: vendor, trusted, namespace: BOILER });
      const told = await work(gateSide.own.getCertificate());
      expect(told).toEqual([
        'connect Good',
        'namespace Good',
        'read Good',
        'write Good',
        'write-not-granted BadUserAccessDenied',
        'write-out-of-bounds BadOutOfRange',
        'call Good',
        'subscribe Good',
        'changes seen',
        'disconnect Good',
      ]);
      expect(plant.setpoints()).toEqual([42.5, 80]);
      expect(await work(plant.server.getCertificate())).not.toContain('connect Good');
    });
  }

  describe('every end of a vendor ends the session behind it, with its subscriptions', () => {
    async function withSubscription(): Promise<SecuredSession> {
      const session = await strict();
      await session.perform<CreateSubscriptionResponse>(
        new CreateSubscriptionRequest({
          requestedPublishingInterval: 100,
          publishingEnabled: true,
        }),
      );
      expect([plant.sessions(), plant.subscriptions()]).toEqual([1, 1]);
      return session;
    }
    const nothingLeft = () =>
      expect.poll(() => [plant.sessions(), plant.subscriptions()]).toEqual([0, 0]);

    test('CloseSession that would keep the subscriptions', async () => {
      const session = await withSubscription();
      await session.perform(new CloseSessionRequest({ deleteSubscriptions: false }));
      await nothingLeft();
    });

    test('a connection that is cut', async () => {
      await withSubscription();
      for (const socket of tunnels) socket.destroy();
      await nothingLeft();
    });

    test('the end of the gate', async () => {
      await withSubscription();
      await gate.close();
      expect([plant.sessions(), plant.subscriptions()]).toEqual([0, 0]);
    });
  });

  test('when the plant goes, the session of the vendor goes too', async () => {
    const session = await strict();
    const closed = once(session.channel, 'close');
    for (const endpoint of plant.server.endpoints) endpoint.abruptlyInterruptChannels();
    await closed;
    plant.forget();
  });

  test('bytes that are no OPC UA end their connection, and the gate serves the next', async () => {
    const { port } = loopback.address() as AddressInfo;
    for (const bytes of [
      Buffer.alloc(64, 0x41),
      helloThen(Buffer.from('MSGF\x10\0\0\0aaaaaaaa')),
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.end(bytes);
      await once(socket.resume(), 'close');
    }
    expect((await strict()).created.sessionId.isEmpty()).toBe(false);
  });
});

test('a policy holds whatever the order of the namespaces in the table of a server', () => {
  const judge = (...table: string[]) =>
    new Judge(ALLOWED, ['http://opcfoundation.org/UA/', ...table]);
  const node = (index: number) => resolveNodeId(`ns=${index};s=Boiler.Temperature`);
  expect(judge('urn:server', BOILER, SPARE).read(node(2))).toBeUndefined();
  expect(judge('urn:server', SPARE, BOILER).read(node(2))?.name).toBe('BadUserAccessDenied');
  expect(judge('urn:server', SPARE, BOILER).read(node(3))).toBeUndefined();
  expect(judge('urn:server').read(node(2))?.name).toBe('BadUserAccessDenied');
});
