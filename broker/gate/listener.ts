/**
 * The gate's door: TLS 1.3 with a certificate of the session authority, then HTTP for one thing only,
 * the upgrade to a WebSocket at `/tunnel` or `/control`. Nothing is read from anybody who has not
 * shown such a certificate, and nobody holds a place by being slow.
 */
import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import { BrokerError } from '#broker/model/broker-error.ts';
import { MAX_CONTROL_ANSWER_BYTES, MAX_TUNNEL_MESSAGE_BYTES } from '#broker/model/connect.ts';
import { limitPerAddress } from './limit-per-address.ts';

/** A full handshake takes three round trips; two seconds each is a bad satellite line. */
const HANDSHAKE_WITHIN_MS = 6_000;
const REQUEST_WITHIN_MS = 6_000;
/** The upgrade of `ws` is about 300 bytes. */
const MAX_HEADER_BYTES = 4_096;
/** Connections at the same time; a gate serves tens of sessions with a few connections each. */
const MAX_CONNECTIONS = 512;
/** A vendor's company may come from one address. */
const MAX_PER_ADDRESS = 64;

export type Door = 'tunnel' | 'control';

export interface ListenerParts {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** PEM: the gate's own key, and its certificate with the authority behind it. */
  readonly key: string;
  readonly cert: string;
  /** PEM: the one authority whose certificates are taken. */
  readonly sessionAuthority: string;
  /** Asked for each upgrade; a text is the refusal. It may take a moment. */
  readonly admit: (
    door: Door,
    certificate: X509Certificate,
  ) => Promise<((socket: WebSocket) => void) | string>;
  readonly fault: (what: string, error: unknown) => void;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export async function openListener(parts: ListenerParts): Promise<Listener> {
  const { host, port, key, cert, sessionAuthority } = parts;
  const server = createServer({
    minVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: true,
    key,
    cert,
    ca: sessionAuthority,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_WITHIN_MS,
    headersTimeout: REQUEST_WITHIN_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 1,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
  });
  server.maxConnections = MAX_CONNECTIONS;
  limitPerAddress(server, MAX_PER_ADDRESS);
  server.on('request', (_, response) => {
    response.writeHead(404, { connection: 'close' }).end();
  });
  server.on('clientError', (_, socket) => socket.destroy());
  server.on('tlsClientError', (_, socket) => socket.destroy());
  const doors = openDoors();
  server.on('upgrade', (request, socket, head) => {
    void upgrade(parts, doors, request, socket, head).catch((error: unknown) => {
      parts.fault('the gate could not admit a connection', error);
      socket.destroy();
    });
  });
  await listening(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const door of Object.values(doors)) {
          for (const client of door.clients) client.terminate();
          door.close();
        }
        server.closeAllConnections();
      }),
  };
}

function openDoors(): Record<Door, WebSocketServer> {
  const plain = { noServer: true, perMessageDeflate: false, allowSynchronousEvents: true } as const;
  return {
    tunnel: new WebSocketServer({ ...plain, maxPayload: MAX_TUNNEL_MESSAGE_BYTES }),
    control: new WebSocketServer({ ...plain, maxPayload: MAX_CONTROL_ANSWER_BYTES }),
  };
}

async function upgrade(
  { admit }: ListenerParts,
  doors: Record<Door, WebSocketServer>,
  request: IncomingMessage,
  socket: NodeJS.WritableStream & { destroy(): void },
  head: Buffer,
): Promise<void> {
  const gone = (): void => undefined;
  socket.on('error', gone);
  const door = request.url === '/tunnel' || request.url === '/control' ? request.url : undefined;
  const certificate = presented(socket);
  // A browser sends its origin, and no browser has business here.
  if (door === undefined || certificate === undefined || request.headers.origin !== undefined) {
    refuse(socket, '403 Forbidden', 'no such door');
    return;
  }
  const name: Door = door === '/tunnel' ? 'tunnel' : 'control';
  const admitted = await admit(name, certificate);
  if (typeof admitted === 'string') {
    refuse(socket, '403 Forbidden', admitted);
    return;
  }
  doors[name].handleUpgrade(request, socket as Socket, head, (client) => {
    socket.off('error', gone);
    admitted(client);
  });
}

/** The certificate that TLS proved the client to hold. */
function presented(socket: unknown): X509Certificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return socket.getPeerX509Certificate();
}

function refuse(
  socket: NodeJS.WritableStream & { destroy(): void },
  status: string,
  because: string,
): void {
  const body = JSON.stringify({ error: { code: 'refused', message: because } });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is used by another program' : error.message;
      reject(
        listenerError(`the gate's address ${host}:${port} ${why}; change \`listen.gate\``, error),
      );
    });
    server.listen({ host, port }, () => resolve());
  });
}

const listenerError = (message: string, cause: unknown): BrokerError =>
  new BrokerError('listener', message, { cause });
