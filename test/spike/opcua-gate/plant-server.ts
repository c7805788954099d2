/** The plant's own server: node-opcua, secured, with two namespaces whose nodes have the same identifiers. */
import {
  DataType,
  type ISessionContext,
  MessageSecurityMode,
  type Namespace,
  OPCUAServer,
  SecurityPolicy,
  StatusCodes,
  UserNameIdentityToken,
  Variant,
} from 'node-opcua';
import type { Application } from './application.ts';
import type { User } from './secured-session.ts';

export const BOILER = 'urn:acme:boiler';
export const SPARE = 'urn:acme:spare-boiler';

export interface PlantServer {
  readonly server: OPCUAServer;
  readonly url: string;
  /** Setpoint of the boiler, and of the spare one that nobody may touch. */
  readonly setpoints: () => readonly [number, number];
  readonly resets: () => number;
  /** Whom each session that was activated named, in order. */
  readonly users: () => readonly string[];
  readonly sessions: () => number;
  readonly subscriptions: () => number;
  /** Ends sessions that lost their channel, as their timeout would. */
  forget(): void;
  close(): Promise<void>;
}

interface Boiler {
  setpoint: number;
  resets: number;
}

function addBoiler(server: OPCUAServer, namespace: Namespace): Boiler {
  const boiler: Boiler = { setpoint: 80, resets: 0 };
  const addressSpace = server.engine.addressSpace;
  if (addressSpace === null) throw new Error('the server has no address space yet');
  const object = namespace.addObject({
    organizedBy: addressSpace.rootFolder.objects,
    browseName: 'Boiler',
    nodeId: 's=Boiler',
  });
  let temperature = 20;
  namespace.addVariable({
    componentOf: object,
    browseName: 'Temperature',
    nodeId: 's=Boiler.Temperature',
    dataType: 'Double',
    minimumSamplingInterval: 50,
    value: {
      get: () => {
        temperature += 0.25;
        return new Variant({ dataType: DataType.Double, value: temperature });
      },
    },
  });
  namespace.addVariable({
    componentOf: object,
    browseName: 'SetPoint',
    nodeId: 's=Boiler.SetPoint',
    dataType: 'Double',
    value: {
      get: () => new Variant({ dataType: DataType.Double, value: boiler.setpoint }),
      set: (written: Variant) => {
        boiler.setpoint = Number(written.value);
        return StatusCodes.Good;
      },
    },
  });
  const reset = namespace.addMethod(object, {
    browseName: 'Reset',
    nodeId: 's=Boiler.Reset',
    inputArguments: [],
    outputArguments: [{ name: 'resets', dataType: DataType.Int32 }],
  });
  // node-opcua counts the parameters of what is bound: exactly two.
  reset.bindMethod(async (_inputs: Variant[], _context: ISessionContext) => {
    boiler.resets += 1;
    const resets = new Variant({ dataType: DataType.Int32, value: boiler.resets });
    return { statusCode: StatusCodes.Good, outputArguments: [resets] };
  });
  return boiler;
}

/** `order` is that of the namespaces in the server's table, which no policy may depend on. */
export async function startPlantServer(
  application: Application,
  user: User,
  order: readonly string[] = [SPARE, BOILER],
): Promise<PlantServer> {
  const server = new OPCUAServer({
    port: 0,
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    resourcePath: '/plant',
    securityModes: [MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.Basic256Sha256],
    allowAnonymous: false,
    userManager: {
      isValidUser: (name: string, password: string) =>
        name === user.name && password === user.password,
    },
    serverCertificateManager: application.certificates,
    // Else it would keep one in the home folder of whoever runs the test.
    userCertificateManager: application.certificates,
    certificateFile: application.certificateFile,
    privateKeyFile: application.privateKeyFile,
    serverInfo: { applicationUri: application.uri, productUri: 'urn:acme:controller' },
  });
  await server.initialize();
  const boilers = new Map(
    order.map((uri) => {
      const namespace = server.engine.addressSpace?.registerNamespace(uri);
      if (namespace === undefined) throw new Error('the server has no address space yet');
      return [uri, addBoiler(server, namespace)];
    }),
  );
  const users: string[] = [];
  server.on('session_activated', ({ userIdentityToken }) => {
    const named = userIdentityToken instanceof UserNameIdentityToken;
    users.push(named ? String(userIdentityToken.userName) : 'nobody');
  });
  await server.start();
  const at = (uri: string): Boiler => {
    const boiler = boilers.get(uri);
    if (boiler === undefined) throw new Error(`no boiler in ${uri}`);
    return boiler;
  };
  return {
    server,
    url: server.getEndpointUrl(),
    setpoints: () => [at(BOILER).setpoint, at(SPARE).setpoint],
    resets: () => at(BOILER).resets,
    users: () => users,
    sessions: () => server.engine.currentSessionCount,
    subscriptions: () => server.engine.currentSubscriptionCount,
    forget: () => {
      for (const { authenticationToken } of server.engine.getSessions()) {
        server.engine.closeSession(authenticationToken, true, 'Timeout');
      }
    },
    close: () => server.shutdown(0),
  };
}
