/**
 * What the decoder remembers beyond one connection: sessions, which outlive their channel, and the
 * namespaces of servers, without which the index in a NodeId means nothing.
 *
 * Authentication tokens are the keys of sessions and stay in here.
 */
import type { Endpoint } from '#sensor/model/net.ts';
import type { OpcuaIdentity, OpcuaSession } from '#sensor/model/opcua.ts';
import type { NodeName } from '#sensor/model/operation.ts';
import { type NodeId, nodeIdText } from './node-id.ts';

/** Sessions remembered; servers allow some ten each. Beyond it the oldest is forgotten. */
const MAX_SESSIONS = 4096;

/** Servers whose namespaces are remembered. */
const MAX_SERVERS = 1024;

/** Namespace 0 of every server. OPC 10000-6, 5.1.12. */
const OPC_UA = 'http://opcfoundation.org/UA/';

/** As `policies/load/scalar.ts` takes it. */
const URI = /^[^;\s]{1,255}$/u;

export interface KnownSession extends OpcuaSession {
  readonly identity?: OpcuaIdentity;
}

export class Directory {
  readonly #sessions = new Map<string, KnownSession>();
  readonly #namespaces = new Map<string, readonly string[]>();

  session(server: Endpoint, token: string): KnownSession | undefined {
    return this.#sessions.get(keyOf(server, token));
  }

  createSession(server: Endpoint, token: string, session: KnownSession): void {
    put(this.#sessions, keyOf(server, token), session, MAX_SESSIONS);
  }

  activateSession(server: Endpoint, token: string, identity: OpcuaIdentity): void {
    const known = this.#sessions.get(keyOf(server, token));
    // Its creation was not seen: who acts is worth knowing all the same.
    this.createSession(server, token, { ...known, identity });
  }

  closeSession(server: Endpoint, token: string): void {
    this.#sessions.delete(keyOf(server, token));
  }

  /** The server's own NamespaceArray. OPC 10000-5, 6.3.1. */
  setNamespaces(server: Endpoint, uris: readonly string[]): void {
    put(this.#namespaces, nameOf(server), uris, MAX_SERVERS);
  }

  name(server: Endpoint, node: NodeId): NodeName {
    const id = nodeIdText(node);
    if (!node.exact) return { id };
    const table = this.#namespaces.get(nameOf(server));
    const isSaid = node.uri !== undefined || node.namespace === 0;
    if (!isSaid && table === undefined) return { id, unseen: true };
    const uri = node.uri ?? (isSaid ? OPC_UA : table?.[node.namespace]);
    return uri === undefined || !URI.test(uri)
      ? { id }
      : { id, uri: `nsu=${uri};${node.identifier}` };
  }
}

const nameOf = ({ ip, port }: Endpoint): string => `${ip} ${port}`;

const keyOf = (server: Endpoint, token: string): string => `${nameOf(server)} ${token}`;

function put<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  if (map.size === most) {
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  }
  map.set(key, value);
}
