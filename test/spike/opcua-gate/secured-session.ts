/**
 * One OPC UA session on a secure channel of its own, opened strictly: the server's certificate is pinned, and its
 * signature over our nonce is verified (OPC UA Part 4, 5.7.2), which node-opcua's own client leaves out.
 *
 * The gate opens one to the plant's server for each session of a vendor; tests use it as a strict client.
 */
import { createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import {
  ActivateSessionRequest,
  type ActivateSessionResponse,
  AnonymousIdentityToken,
  type ApplicationDescription,
  ClientSecureChannelLayer,
  CloseSessionRequest,
  CreateSessionRequest,
  type CreateSessionResponse,
  computeSignature,
  type EndpointDescription,
  getCryptoFactory,
  MessageSecurityMode,
  type NodeId,
  type Request,
  type Response,
  SecurityPolicy,
  type ServiceFaultAnnotatedError,
  SignatureData,
  type StatusCode,
  StatusCodes,
  UserNameIdentityToken,
  UserTokenType,
  verifySignature,
} from 'node-opcua';
import type { Application } from './application.ts';

/** The one pair of the spike: what careful plants configure. Aes256_Sha256_RsaPss goes the same way. */
export const POLICY = SecurityPolicy.Basic256Sha256;
export const MODE = MessageSecurityMode.SignAndEncrypt;

export interface User {
  readonly name: string;
  readonly password: string;
}

export interface Server {
  readonly url: string;
  /** DER; pinned, never discovered. */
  readonly certificate: Buffer;
}

/** What a service of ours, or of the server behind us, answered instead of its response. */
export class ServiceRefused extends Error {
  readonly status: StatusCode;

  constructor(status: StatusCode) {
    super(status.name);
    this.status = status;
  }
}

/** Sends one request, waits for its answer. A ServiceFault is thrown as `ServiceRefused`. */
export function transact<T extends Response>(
  channel: ClientSecureChannelLayer,
  request: Request,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  channel.performMessageTransaction(request, (error, response) => {
    if (response) return resolve(response as T);
    const fault = (error as ServiceFaultAnnotatedError | null)?.response;
    reject(fault ? new ServiceRefused(fault.responseHeader.serviceResult) : error);
  });
  return promise;
}

export async function openChannel(
  application: Application,
  server: Server,
  secured = true,
): Promise<ClientSecureChannelLayer> {
  const channel = new ClientSecureChannelLayer({
    parent: application.own,
    securityMode: secured ? MODE : MessageSecurityMode.None,
    securityPolicy: secured ? POLICY : SecurityPolicy.None,
    serverCertificate: server.certificate,
    connectionStrategy: { maxRetry: 0 },
    defaultSecureTokenLifetime: 3_600_000,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  channel.create(server.url, (error) => (error ? reject(error) : resolve()));
  await promise;
  return channel;
}

export class SecuredSession {
  readonly channel: ClientSecureChannelLayer;
  readonly created: CreateSessionResponse;
  #open = true;

  private constructor(channel: ClientSecureChannelLayer, created: CreateSessionResponse) {
    this.channel = channel;
    this.created = created;
  }

  static async open(options: {
    readonly application: Application;
    readonly server: Server;
    readonly description: ApplicationDescription;
    readonly name: string;
    /** ms; the server ends a session that says nothing for so long. */
    readonly timeout: number;
    readonly user?: User;
  }): Promise<SecuredSession> {
    const { application, server, user } = options;
    const channel = await openChannel(application, server);
    try {
      const clientNonce = randomBytes(32);
      const clientCertificate = application.own.getCertificate();
      const created = await transact<CreateSessionResponse>(
        channel,
        new CreateSessionRequest({
          clientDescription: options.description,
          endpointUrl: server.url,
          sessionName: options.name,
          clientNonce,
          clientCertificate,
          requestedSessionTimeout: options.timeout,
          maxResponseMessageSize: 1 << 20,
        }),
      );
      if (!created.serverCertificate.equals(server.certificate)) {
        throw new ServiceRefused(StatusCodes.BadCertificateInvalid);
      }
      const { serverSignature } = created;
      if (
        !verifySignature(
          clientCertificate,
          clientNonce,
          serverSignature,
          server.certificate,
          POLICY,
        )
      ) {
        throw new ServiceRefused(StatusCodes.BadApplicationSignatureInvalid);
      }
      const session = new SecuredSession(channel, created);
      await session.#activate(application, server, user);
      return session;
    } catch (error) {
      channel.close(() => undefined);
      throw error;
    }
  }

  async #activate(application: Application, server: Server, user: User | undefined): Promise<void> {
    const endpoint = (this.created.serverEndpoints ?? []).find(
      (one) => one.securityMode === MODE && one.securityPolicyUri === POLICY,
    );
    if (endpoint === undefined) throw new ServiceRefused(StatusCodes.BadSecurityPolicyRejected);
    const nonce = this.created.serverNonce;
    const userIdentityToken =
      user === undefined
        ? new AnonymousIdentityToken({ policyId: policyId(endpoint, UserTokenType.Anonymous) })
        : userNameToken(endpoint, user, server.certificate, nonce);
    const clientSignature = computeSignature(
      server.certificate,
      nonce,
      application.own.getPrivateKey(),
      POLICY,
    );
    await this.perform<ActivateSessionResponse>(
      new ActivateSessionRequest({
        clientSignature: clientSignature ?? new SignatureData(),
        userIdentityToken,
      }),
    );
  }

  /** The token that proves this session to its server. Never leaves this side of the gate. */
  get authenticationToken(): NodeId {
    return this.created.authenticationToken;
  }

  perform<T extends Response>(request: Request): Promise<T> {
    request.requestHeader.authenticationToken = this.authenticationToken;
    return transact<T>(this.channel, request);
  }

  /** `lost` is told when the channel ends and nobody here asked for it. */
  onLost(lost: () => void): void {
    this.channel.once('close', () => {
      if (this.#open) lost();
    });
  }

  /** Ends session, subscriptions and channel. A session outlives its channel, so it is always closed by name. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.perform(new CloseSessionRequest({ deleteSubscriptions: true })).catch(
      () => undefined,
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    this.channel.close(() => resolve());
    await promise;
  }
}

function policyId(endpoint: EndpointDescription, type: UserTokenType): string | null {
  const tokens = endpoint.userIdentityTokens ?? [];
  // A client that offers what the endpoint does not list is what some tests are about.
  return tokens.find(({ tokenType }) => tokenType === type)?.policyId ?? null;
}

/** OPC UA Part 4, 7.41.4: the secret is the length, the password and the server's nonce, encrypted to the server. */
function userNameToken(
  endpoint: EndpointDescription,
  user: User,
  certificate: Buffer,
  nonce: Buffer,
): UserNameIdentityToken {
  const factory = getCryptoFactory(POLICY);
  if (factory === null) throw new ServiceRefused(StatusCodes.BadSecurityPolicyRejected);
  const password = Buffer.from(user.password, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(password.length + nonce.length);
  const key = createPublicKey(
    new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }),
  );
  return new UserNameIdentityToken({
    policyId: policyId(endpoint, UserTokenType.UserName),
    userName: user.name,
    password: factory.asymmetricEncrypt(Buffer.concat([length, password, nonce]), key),
    encryptionAlgorithm: factory.asymmetricEncryptionAlgorithm,
  });
}
