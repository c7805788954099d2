/** The gate of one asset: takes byte streams of vendors, as they come out of the tunnel, and ends OPC UA in each. */
import type { Duplex } from 'node:stream';
import {
  ApplicationDescription,
  ApplicationType,
  AttributeIds,
  type ISocketLike,
  ReadRequest,
  type ReadResponse,
  ReadValueId,
  resolveNodeId,
  VariableIds,
} from 'node-opcua';
import { type Allowed, Judge } from './allowed.ts';
import { announce } from './announced.ts';
import type { Application } from './application.ts';
import { SecuredSession, type Server, type User } from './secured-session.ts';
import { Live } from './services.ts';
import { SESSION_TIMEOUT, VendorChannel } from './vendor-channel.ts';

export interface GateOptions {
  readonly application: Application;
  /** Where the vendor's tool believes the server to be: its own loopback port. */
  readonly endpointUrl: string;
  readonly server: Server;
  readonly user: User;
  readonly allowed: Allowed;
}

export class OpcUaGate {
  readonly #options: GateOptions;
  readonly #channels = new Set<VendorChannel>();
  /** `Service: status` of each request that was refused, in order. */
  readonly refused: string[] = [];

  constructor(options: GateOptions) {
    this.#options = options;
  }

  accept(stream: Duplex): void {
    const { application, endpointUrl } = this.#options;
    const vendor = new VendorChannel({
      application,
      announced: announce(application, endpointUrl),
      openUpstream: async (name) => {
        const live = await this.#openUpstream(name);
        // When the plant's server goes, so does the vendor's session: there is nothing left to decide for.
        live.upstream.onLost(() => void vendor.close());
        return live;
      },
      refused: (service, status) => this.refused.push(`${service}: ${status}`),
    });
    this.#channels.add(vendor);
    stream.once('close', () => {
      this.#channels.delete(vendor);
      void vendor.close();
    });
    vendor.start(asSocket(stream));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#channels].map((channel) => channel.close()));
  }

  async #openUpstream(name: string): Promise<Live> {
    const { application, server, user, allowed } = this.#options;
    const upstream = await SecuredSession.open({
      application,
      server,
      user,
      name,
      timeout: SESSION_TIMEOUT,
      description: new ApplicationDescription({
        applicationUri: application.uri,
        applicationType: ApplicationType.Client,
      }),
    });
    return new Live(upstream, new Judge(allowed, await namespacesOf(upstream)));
  }
}

/** The server's namespace table, read for each session: an index means nothing without it. */
async function namespacesOf(upstream: SecuredSession): Promise<string[]> {
  const nodeId = resolveNodeId(VariableIds.Server_NamespaceArray);
  const nodesToRead = [new ReadValueId({ nodeId, attributeId: AttributeIds.Value })];
  const { results } = await upstream.perform<ReadResponse>(new ReadRequest({ nodesToRead }));
  const names: unknown = results?.[0]?.value.value;
  return Array.isArray(names) ? names.map(String) : [];
}

/** The channel layer sets options that only a socket has; a tunnel keeps its own time. */
function asSocket(stream: Duplex): ISocketLike {
  const socket = stream as Duplex & Pick<ISocketLike, 'setKeepAlive' | 'setNoDelay' | 'setTimeout'>;
  const same = () => socket as unknown as ISocketLike;
  return Object.assign(socket, {
    setKeepAlive: same,
    setNoDelay: same,
    setTimeout: same,
  }) as unknown as ISocketLike;
}
