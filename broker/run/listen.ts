/** Opens HTTP listeners for a Hono application, with the bounds that every one of them has. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { ListenAddress } from '#broker/config.ts';
import { limitPerAddress } from '#broker/gate/limit-per-address.ts';
import type { ServerCertificate } from '#broker/identity/authority.ts';
import { BrokerError } from '#broker/model/broker-error.ts';

/** A Hono application, whatever its handlers tell each other. */
type App = Pick<Hono, 'fetch'>;

export interface Listener {
  readonly address: ListenAddress;
  /** Ends every connection, also those of live streams. */
  close(): Promise<void>;
}

/** ms for a client to send its headers, then its whole request: nobody holds a socket by being slow. */
const HEADERS_TIMEOUT = 10_000;
/** ms for an upload, which is as large as a package may be. */
const UPLOAD_TIMEOUT = 60 * 60_000;
const HANDSHAKE_TIMEOUT = 10_000;
/** A console keeps two connections open; this many tabs are more than any plant has people. */
const MAX_CONNECTIONS = 2_000;
/** A browser opens up to six: forty people behind one address, and yet nobody takes every place. */
const MAX_PER_ADDRESS = 256;
const MAX_HEADER_BYTES = 16 * 1024;

interface TlsSettings {
  readonly certificate: ServerCertificate;
  /** PEM: asks the other end for a certificate of this authority; what it shows is judged by the application. */
  readonly askFor?: string;
}

/** Whether such a request is an upload, which has more time. `path` has no query. */
type IsUpload = (method: string, path: string) => boolean;

/** ms. */
interface RequestTimes {
  /** In which a request that is no upload must come whole. */
  readonly request: number;
  /** Between two pieces of an upload. */
  readonly uploadPause: number;
}

const REQUEST_TIMES: RequestTimes = { request: 60_000, uploadPause: 60_000 };

interface ListenSettings {
  readonly tls?: TlsSettings;
  /** Absent: no request is. */
  readonly isUpload?: IsUpload;
  readonly times?: RequestTimes;
}

/** Ends a request that takes too long to come. Node has one limit for all, so it is that of uploads. */
function boundTime(incoming: IncomingMessage, isUpload: IsUpload, times: RequestTimes): void {
  const { method = '', url = '' } = incoming;
  if (isUpload(method, url.split('?', 1)[0] ?? '')) {
    incoming.setTimeout(times.uploadPause, () => incoming.destroy());
    incoming.once('end', () => incoming.setTimeout(0));
    return;
  }
  const timer = setTimeout(() => {
    if (!incoming.complete) incoming.destroy();
  }, times.request);
  incoming.once('close', () => clearTimeout(timer));
}

function newServer(app: App, { tls, isUpload, times = REQUEST_TIMES }: ListenSettings): Server {
  const limits = {
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: isUpload === undefined ? times.request : UPLOAD_TIMEOUT,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Node looks at the timeouts only this often, ms.
    connectionsCheckingInterval: 5_000,
    // Two Content-Length headers, or one beside Transfer-Encoding, are refused: request smuggling.
    insecureHTTPParser: false,
  };
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const handle = (...args: Parameters<typeof listener>): void => void listener(...args);
  if (tls === undefined) return createServer(limits, handle);
  const { certificate, askFor } = tls;
  return createTlsServer(
    {
      ...limits,
      key: certificate.key,
      cert: certificate.cert,
      minVersion: 'TLSv1.3',
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      ...(askFor !== undefined && { ca: askFor, requestCert: true, rejectUnauthorized: false }),
    },
    handle,
  );
}

const cannotListen = (at: ListenAddress, name: string, cause: Error): BrokerError => {
  const code = 'code' in cause ? String(cause.code) : cause.message;
  const hint = code === 'EADDRINUSE' ? `; see who has it: ss -ltnp 'sport = :${at.port}'` : '';
  const message = `listen.${name}: \`${at.host}:${at.port}\` cannot be opened (${code})${hint}`;
  return new BrokerError('listener', message, { cause });
};

/** `name` is the listener's key in the configuration. Throws `listener` where the address cannot be had. */
export async function listen(
  name: string,
  at: ListenAddress,
  appFor: (port: number) => App,
  settings: ListenSettings = {},
): Promise<Listener> {
  // The application wants to know its port, which the system may choose; nothing is accepted before it stands.
  let app: App | undefined;
  const server = newServer(
    { fetch: (...args: Parameters<App['fetch']>) => app?.fetch(...args) } as App,
    settings,
  );
  const { isUpload, times = REQUEST_TIMES } = settings;
  if (isUpload !== undefined) {
    server.on('request', (incoming: IncomingMessage) => boundTime(incoming, isUpload, times));
  }
  server.maxConnections = MAX_CONNECTIONS;
  limitPerAddress(server, MAX_PER_ADDRESS);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (cause) => reject(cannotListen(at, name, cause)));
  server.listen(at.port, at.host, resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  app = appFor(port);
  return {
    address: { host: at.host, port },
    close: () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      return closed.promise;
    },
  };
}
