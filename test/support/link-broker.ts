import { createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import {
  issueServerCertificate,
  newAuthority,
  newKeyPair,
  spkiHex,
} from '#broker/identity/authority.ts';
import { issueSensorCertificate } from '#broker/identity/sensor-certificate.ts';
import type { SensorId } from '#broker/model/ids.ts';
import type { Identity } from '#sensor/link/identity.ts';
import type { BundlePayload, EnrolRequest, ItemsRequest } from '#sensor/model/link.ts';
import { micros } from '#sensor/model/time.ts';

export const SENSOR = 'sen_000000000000' as SensorId;

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  readonly sha256: string | undefined;
  /** Subject of the client's certificate, verified by the sensor authority; undefined = none. */
  readonly client: string | undefined;
}

export type Answer =
  | { readonly status: number; readonly json?: unknown }
  /** Reads the request and cuts the connection. */
  | 'cut';

/**
 * The other end of the link: a real TLS server with the broker's own authorities, which answers as a
 * test says. `Symbol.asyncDispose` closes it.
 */
export async function startLinkBroker(
  answer: (asked: Asked) => Answer | Promise<Answer>,
  names: readonly string[] = ['127.0.0.1'],
) {
  const now = micros(Date.now() * 1000);
  const server = newAuthority('server', 'test server authority', now, randomBytes);
  const sensors = newAuthority('sensor', 'test sensor authority', now, randomBytes);
  const { publicKey: bundlePublic, privateKey: bundlePrivate } = await generateKeyPair('EdDSA', {
    extractable: true,
  });
  const bundleKey = (await exportJWK(bundlePublic)) as Readonly<Record<string, unknown>>;
  const asked: Asked[] = [];
  const { key, cert } = issueServerCertificate(server, names, now);
  const listener = createServer({
    key,
    cert,
    minVersion: 'TLSv1.3',
    ca: sensors.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  });
  // Also those in the middle of a handshake, which the server does not count as connections.
  const sockets = new Set<Socket>();
  listener.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  listener.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const socket = request.socket as TLSSocket;
      const { raw } = socket.getPeerCertificate();
      const sha256 = request.headers['x-sha256'];
      const one: Asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        body: Buffer.concat(chunks),
        sha256: typeof sha256 === 'string' ? sha256 : undefined,
        client: socket.authorized ? new X509Certificate(raw).subject : undefined,
      };
      asked.push(one);
      void Promise.resolve(answer(one)).then((said) => {
        if (said === 'cut') {
          socket.destroy();
          return;
        }
        response.writeHead(said.status, { 'content-type': 'application/json' });
        response.end(said.json === undefined ? '' : JSON.stringify(said.json));
      });
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const certify = (publicKey: string): string =>
    issueSensorCertificate(sensors, SENSOR, createPublicKey(publicKey), now).pem;

  return {
    url,
    asked,
    bundleKey,
    authority: server.certificate,
    pin: spkiHex(server.certificate),
    certify,
    /** What an enrolment answers. */
    enrolled: (request: EnrolRequest) => ({
      sensor: SENSOR,
      certificate: certify(request.publicKey),
      authority: server.certificate,
      bundleKey,
    }),
    /** An identity as enrolment would have left it. */
    identity: (): Identity => {
      const { publicKey, privateKey } = newKeyPair();
      return {
        sensor: SENSOR,
        url,
        certificate: certify(publicKey.export({ type: 'spki', format: 'pem' }).toString()),
        authority: server.certificate,
        bundleKey,
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
    sign: (payload: unknown, header: Readonly<Record<string, string>> = {}): Promise<string> =>
      new CompactSign(Buffer.from(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'EdDSA', typ: 'lockkeeper-bundle+jwt', ...header })
        .sign(bundlePrivate),
    items: () =>
      asked
        .filter(({ path }) => path === '/sensor/v1/items')
        .map(({ body }) => (JSON.parse(body.toString()) as ItemsRequest).items),
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
      await once(listener, 'close');
    },
  };
}

export type LinkBroker = Awaited<ReturnType<typeof startLinkBroker>>;

export const payload = (more: Partial<BundlePayload> = {}): BundlePayload => ({
  version: 'v1',
  serial: 1,
  site: 'test',
  plant: '',
  rules: [],
  ...more,
});
