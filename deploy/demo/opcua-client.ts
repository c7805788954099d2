/** A real OPC UA client (node-opcua) that speaks from a chosen loopback address, as one party of the plant. */
import {
  AttributeIds,
  type ClientSession,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  UserTokenType,
} from 'node-opcua';
import { BOILER_NAMESPACE } from './boiler.ts';
import type { Identity } from './opcua-identity.ts';
import { transportFrom } from './opcua-transport.ts';

/** ms. Keys are renewed at three quarters of it, so that a sensor that came late soon sees how a channel is secured. */
const TOKEN_LIFETIME = 60_000;

export interface OpcuaParty {
  readonly from: string;
  readonly url: string;
  readonly identity: Identity;
  readonly mode: 'None' | 'Sign' | 'SignAndEncrypt';
  /**
   * DER, known beforehand. Absent = asked for where it is needed, and node-opcua asks from an address of its own choice.
   */
  readonly serverCertificate?: Buffer;
  /** Absent = anonymous. */
  readonly user?: { readonly name: string; readonly password: string };
}

export interface OpcuaConnection {
  readonly session: ClientSession;
  /** Told when the connection is gone and nobody asked for it. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

/** Rejects when nobody listens, when the server is not trusted, and when it refuses. Never reconnects by itself. */
export async function connectOpcua(party: OpcuaParty): Promise<OpcuaConnection> {
  const { identity, mode, serverCertificate, user } = party;
  const client = OPCUAClient.create({
    applicationName: identity.uri.split(':').at(-1) ?? '',
    applicationUri: identity.uri,
    clientCertificateManager: identity.store,
    certificateFile: identity.certificateFile,
    privateKeyFile: identity.privateKeyFile,
    securityMode: MessageSecurityMode[mode],
    securityPolicy: mode === 'None' ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
    endpointMustExist: true,
    ...(serverCertificate && { serverCertificate }),
    connectionStrategy: { maxRetry: 0 },
    defaultSecureTokenLifetime: TOKEN_LIFETIME,
    transportFactory: transportFrom(party.from),
  });
  const { promise: lost, resolve } = Promise.withResolvers<void>();
  client.on('connection_lost', () => resolve());
  client.on('close', () => resolve());
  try {
    await client.connect(party.url);
    const session = await client.createSession(
      user && { type: UserTokenType.UserName, userName: user.name, password: user.password },
    );
    return { session, lost, close: () => client.disconnect() };
  } catch (error) {
    await client.disconnect();
    throw error;
  }
}

/** Server_NamespaceArray. OPC 10000-5, 6.3.1. */
const NAMESPACE_ARRAY = 'i=2255';

/**
 * The NodeId of `name` of the boiler, by the server's own table of namespaces. Asked anew before each write: an index
 * is good for one run of the server, and a write must not land on another node.
 */
export async function boilerNode(session: ClientSession, name: string): Promise<string> {
  // `session.readNamespaceArray` would answer from what it read once.
  const answer = await session.read({ nodeId: NAMESPACE_ARRAY, attributeId: AttributeIds.Value });
  const uris: unknown = answer.value.value;
  const index = Array.isArray(uris) ? uris.indexOf(BOILER_NAMESPACE) : -1;
  if (index < 0) throw new Error(`the server has no namespace ${BOILER_NAMESPACE}`);
  return `ns=${index};s=Boiler${name === '' ? '' : `.${name}`}`;
}
