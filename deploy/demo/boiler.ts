/**
 * The boiler controller of the example plant: a real OPC UA server (node-opcua).
 *
 * It is as careful as many: certificates and passwords for those who use them, and an endpoint without security that
 * nobody switched off, where anybody may write.
 */
import {
  DataType,
  type ISessionContext,
  MessageSecurityMode,
  type Namespace,
  OPCUAServer,
  SecurityPolicy,
  StatusCodes,
  type UAObject,
  Variant,
} from 'node-opcua';
import type { Identity } from './opcua-identity.ts';

/** Names the nodes; the number that stands for it is another one after each start of some servers. */
export const BOILER_NAMESPACE = 'urn:example-works:boiler';

/** ms between two values; what changes slower than it is asked for is not asked for oftener. */
const STEP = 1000;

/** bar. Above it the safety valve opens. */
const MAX_PRESSURE = 16;

export interface Boiler {
  readonly url: string;
  /** DER. */
  readonly certificate: Buffer;
  /** bar */
  readonly pressureSetpoint: () => number;
  /** Addresses from which channels were opened: the truth that what a sensor heard is compared with. */
  readonly clients: () => ReadonlySet<string>;
  close(): Promise<void>;
}

export interface BoilerOptions {
  readonly host: string;
  readonly port: number;
  readonly identity: Identity;
  /** Name -> password. Without a name one may come, too. */
  readonly users: ReadonlyMap<string, string>;
  /** -1..1 */
  readonly noise: () => number;
}

/** Starts it; rejects when it cannot listen. */
export async function startBoiler(options: BoilerOptions): Promise<Boiler> {
  const { host, port, identity, users } = options;
  const server = new OPCUAServer({
    port,
    host,
    hostname: host,
    alternateHostname: [host],
    resourcePath: '/boiler',
    securityModes: [
      MessageSecurityMode.None,
      MessageSecurityMode.Sign,
      MessageSecurityMode.SignAndEncrypt,
    ],
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
    allowAnonymous: true,
    userManager: {
      isValidUser: (name: string, password: string) => users.get(name) === password,
    },
    serverCertificateManager: identity.store,
    // Else it would keep one in the home folder of whoever starts the demo.
    userCertificateManager: identity.store,
    certificateFile: identity.certificateFile,
    privateKeyFile: identity.privateKeyFile,
    serverInfo: { applicationUri: identity.uri, productUri: 'urn:example-works:boiler-controller' },
    buildInfo: {
      manufacturerName: 'Example Works',
      productName: 'EW-Boiler 3',
      softwareVersion: '1.8.0',
    },
  });
  await server.initialize();
  const { addressSpace } = server.engine;
  if (addressSpace === null) throw new Error('the OPC UA server has no address space');
  const namespace = addressSpace.registerNamespace(BOILER_NAMESPACE);
  const { objects } = addressSpace.rootFolder;
  const boiler = addBoiler(namespace, objects, options.noise);
  const clients = new Set<string>();
  server.on('newChannel', ({ remoteAddress }) => clients.add(remoteAddress));
  await server.start();
  return {
    url: `opc.tcp://${host}:${server.endpoints[0]?.port ?? port}/boiler`,
    certificate: server.getCertificate(),
    pressureSetpoint: boiler.pressureSetpoint,
    clients: () => clients,
    close: async () => {
      boiler.stop();
      await server.shutdown(0);
    },
  };
}

function addBoiler(namespace: Namespace, objects: UAObject, noise: () => number) {
  const state = { pressure: 8, temperature: 175, level: 62, setpoint: 8, burnerStarts: 0 };
  const object = namespace.addObject({
    organizedBy: objects,
    browseName: 'Boiler',
    nodeId: 's=Boiler',
  });
  const measured = (name: string, read: () => number) =>
    namespace.addVariable({
      componentOf: object,
      browseName: name,
      nodeId: `s=Boiler.${name}`,
      dataType: 'Double',
      accessLevel: 'CurrentRead',
      userAccessLevel: 'CurrentRead',
      minimumSamplingInterval: STEP,
      value: { get: () => new Variant({ dataType: DataType.Double, value: read() }) },
    });
  measured('Pressure', () => state.pressure);
  measured('Temperature', () => state.temperature);
  measured('Level', () => state.level);
  measured('BurnerStarts', () => state.burnerStarts);
  namespace.addVariable({
    componentOf: object,
    browseName: 'PressureSetPoint',
    nodeId: 's=Boiler.PressureSetPoint',
    dataType: 'Double',
    minimumSamplingInterval: STEP,
    value: {
      get: () => new Variant({ dataType: DataType.Double, value: state.setpoint }),
      set: (written: Variant) => {
        const wanted = Number(written.value);
        if (!(wanted >= 0 && wanted <= MAX_PRESSURE)) return StatusCodes.BadOutOfRange;
        state.setpoint = wanted;
        return StatusCodes.Good;
      },
    },
  });
  const restart = namespace.addMethod(object, {
    browseName: 'RestartBurner',
    nodeId: 's=Boiler.RestartBurner',
    inputArguments: [],
    outputArguments: [{ name: 'starts', dataType: DataType.Double }],
  });
  // node-opcua counts the parameters of what is bound: exactly two.
  restart.bindMethod(async (_inputs: Variant[], _context: ISessionContext) => {
    state.burnerStarts += 1;
    const starts = new Variant({ dataType: DataType.Double, value: state.burnerStarts });
    return { statusCode: StatusCodes.Good, outputArguments: [starts] };
  });
  const timer = setInterval(() => {
    state.pressure += (state.setpoint - state.pressure) / 20 + 0.02 * noise();
    state.temperature = 120 + 7 * state.pressure + 0.3 * noise();
    state.level = Math.min(90, Math.max(30, state.level + 0.2 * noise()));
  }, STEP);
  return { pressureSetpoint: () => state.setpoint, stop: () => clearInterval(timer) };
}
