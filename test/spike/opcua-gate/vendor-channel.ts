/**
 * One connection of a vendor's tool, ended here: its secure channel, and at most one session on it.
 *
 * The session lives and dies with the channel. OPC UA lets a session outlive it and be taken up from another one,
 * signed with the same certificate; through the gate a new connection is a new decision.
 */
import { randomBytes, X509Certificate } from 'node:crypto';
import {
  ActivateSessionRequest,
  ActivateSessionResponse,
  AnonymousIdentityToken,
  CloseSessionRequest,
  CloseSessionResponse,
  CreateSessionRequest,
  CreateSessionResponse,
  computeSignature,
  FindServersRequest,
  FindServersResponse,
  GetEndpointsRequest,
  GetEndpointsResponse,
  type ISocketLike,
  type Message,
  NodeId,
  NodeIdType,
  type Request,
  type Response,
  ServerSecureChannelLayer,
  ServiceFault,
  StatusCodes,
  verifySignature,
} from 'node-opcua';
import type { Announced } from './announced.ts';
import type { Application } from './application.ts';
import { MODE, POLICY, ServiceRefused } from './secured-session.ts';
import { type Live, serve } from './services.ts';

/** ms. The server's side is asked for the same, so that a gate that died leaves nothing for long. */
export const SESSION_TIMEOUT = 60_000;

interface VendorSession {
  readonly id: NodeId;
  /** Proves the session to the gate, and to nobody else: the server's own token never comes this way. */
  readonly token: NodeId;
  readonly clientCertificate: Buffer;
  serverNonce: Buffer;
  /** Set once the vendor's side is proved; of two who ask at once both wait for one. */
  opening?: Promise<Live>;
  live?: Live;
}

export interface VendorChannelOptions {
  readonly application: Application;
  readonly announced: Announced;
  /** Opens the session behind the gate. Called once for each session, when the vendor's is proved. */
  readonly openUpstream: (name: string) => Promise<Live>;
  readonly refused: (service: string, status: string) => void;
}

const ownId = (): NodeId => new NodeId(NodeIdType.BYTESTRING, randomBytes(32), 0);

export class VendorChannel {
  readonly channel: ServerSecureChannelLayer;
  readonly #options: VendorChannelOptions;
  #session: VendorSession | undefined;
  #closed = false;

  constructor(options: VendorChannelOptions) {
    this.#options = options;
    const { application, announced } = options;
    this.channel = new ServerSecureChannelLayer({
      parent: {
        certificateManager: application.certificates,
        getCertificate: () => application.own.getCertificate(),
        getCertificateChain: () => application.own.getCertificateChain(),
        getKeyOperations: () => application.own.getKeyOperations(),
        getEndpointDescription: (mode, policy) => announced.accepts(mode, policy),
      },
    });
    this.channel.on('message', (message: Message) => void this.#answer(message));
    this.channel.on('abort', () => void this.close());
  }

  start(socket: ISocketLike): void {
    this.channel.init(socket, (error) => {
      if (error) void this.close();
    });
  }

  /** Ends both sides, from whatever side it comes; resolves when the server has forgotten the session. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { live } = this.#session ?? {};
    this.#session = undefined;
    await live?.upstream.close();
    this.channel.close();
  }

  async #answer(message: Message): Promise<void> {
    let response: Response;
    try {
      response = await this.#serve(message.request);
    } catch (error) {
      // What the server behind us does not answer is not a word of the vendor's business.
      const status =
        error instanceof ServiceRefused ? error.status : StatusCodes.BadCommunicationError;
      this.#options.refused(message.request.schema.name, status.name);
      response = new ServiceFault({ responseHeader: { serviceResult: status } });
    }
    response.responseHeader.timestamp = new Date();
    if (!this.#closed) this.channel.send_response('MSG', response, message);
  }

  async #serve(request: Request): Promise<Response> {
    const { announced } = this.#options;
    if (request instanceof GetEndpointsRequest) {
      return new GetEndpointsResponse({ endpoints: announced.endpoints });
    }
    if (request instanceof FindServersRequest) {
      return new FindServersResponse({ servers: [announced.server] });
    }
    // Only discovery may come without security, as OPC UA Part 4, 5.4.1 has it.
    if (this.channel.securityMode !== MODE) {
      throw new ServiceRefused(StatusCodes.BadSecurityModeInsufficient);
    }
    if (request instanceof CreateSessionRequest) return this.#create(request);
    const session = this.#session;
    const token = request.requestHeader.authenticationToken.toString();
    if (session === undefined || token !== session.token.toString()) {
      throw new ServiceRefused(StatusCodes.BadSessionIdInvalid);
    }
    if (request instanceof ActivateSessionRequest) return this.#activate(request, session);
    if (request instanceof CloseSessionRequest) {
      this.#session = undefined;
      await session.live?.upstream.close();
      return new CloseSessionResponse({});
    }
    if (session.live === undefined) throw new ServiceRefused(StatusCodes.BadSessionNotActivated);
    return serve(request, session.live);
  }

  #create(request: CreateSessionRequest): Response {
    const { application, announced } = this.#options;
    const { clientCertificate, clientNonce } = request;
    if (this.#session !== undefined) throw new ServiceRefused(StatusCodes.BadTooManySessions);
    if (!this.channel.clientCertificate?.equals(clientCertificate)) {
      throw new ServiceRefused(StatusCodes.BadCertificateInvalid);
    }
    if (clientNonce.length < 32) throw new ServiceRefused(StatusCodes.BadNonceInvalid);
    const names = new X509Certificate(clientCertificate).subjectAltName?.split(', ') ?? [];
    if (!names.includes(`URI:${request.clientDescription.applicationUri}`)) {
      throw new ServiceRefused(StatusCodes.BadCertificateUriInvalid);
    }
    const serverNonce = randomBytes(32);
    this.#session = { id: ownId(), token: ownId(), clientCertificate, serverNonce };
    const key = application.own.getPrivateKey();
    return new CreateSessionResponse({
      sessionId: this.#session.id,
      authenticationToken: this.#session.token,
      revisedSessionTimeout: Math.min(request.requestedSessionTimeout, SESSION_TIMEOUT),
      serverNonce,
      serverCertificate: application.own.getCertificate(),
      serverEndpoints: announced.endpoints,
      ...signedBy(computeSignature(clientCertificate, clientNonce, key, POLICY)),
    });
  }

  async #activate(request: ActivateSessionRequest, session: VendorSession): Promise<Response> {
    const { application, openUpstream } = this.#options;
    const { clientCertificate, serverNonce } = session;
    const own = application.own.getCertificate();
    if (!verifySignature(own, serverNonce, request.clientSignature, clientCertificate, POLICY)) {
      throw new ServiceRefused(StatusCodes.BadApplicationSignatureInvalid);
    }
    // Who this is was proved to the tunnel. A password for the plant's server has no business in a vendor's tool.
    if (!(request.userIdentityToken instanceof AnonymousIdentityToken)) {
      throw new ServiceRefused(StatusCodes.BadIdentityTokenRejected);
    }
    session.opening ??= openUpstream('a session of the gate');
    session.live = await session.opening;
    if (this.#session !== session) {
      // It was closed while the server was asked.
      await session.live.upstream.close();
      throw new ServiceRefused(StatusCodes.BadSessionClosed);
    }
    session.serverNonce = randomBytes(32);
    return new ActivateSessionResponse({ serverNonce: session.serverNonce });
  }
}

const signedBy = (serverSignature: ReturnType<typeof computeSignature>) =>
  serverSignature === undefined ? {} : { serverSignature };
