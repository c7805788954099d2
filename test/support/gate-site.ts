/** A gate on the real store and the real actions, and vendors who come to it over real TLS. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import type { ActionContext } from '#broker/actions/context.ts';
import { openSession } from '#broker/actions/open-session.ts';
import { carry } from '#broker/connect/tunnel.ts';
import { createGate, type Gate, type GateParts } from '#broker/gate/gate.ts';
import { createGateActions } from '#broker/gate/gate-actions.ts';
import { StagedWatch } from '#broker/gate/staged-watch.ts';
import {
  type Authority,
  issueServerCertificate,
  newAuthority,
  newKeyPair,
  readPublicKey,
  thumbprintOf,
} from '#broker/identity/authority.ts';
import { sessionOf } from '#broker/identity/session-certificate.ts';
import type { Grant, Session } from '#broker/model/access.ts';
import type { ControlMessage } from '#broker/model/connect.ts';
import type { SessionId } from '#broker/model/ids.ts';
import type { RecordedOperation } from '#broker/model/recording.ts';
import type { Plant } from '#policies/plant.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { done, granted, openSite, type Site } from './broker-context.ts';
import { GATE, HOUR, PLANT } from './broker-site.ts';

const DAY = 86_400_000_000;
const REAL_NOW = micros(Date.now() * 1000);
/** Authorities are costly to make and good for every test of a file. */
const SERVER = newAuthority('server', 'test server', micros(REAL_NOW - DAY), randomBytes);
const SESSION = newAuthority('session', 'test session', micros(REAL_NOW - 365 * DAY), randomBytes);

export interface Credentials {
  readonly key: string;
  readonly cert: string;
}

export interface GateSite {
  readonly site: Site;
  readonly context: ActionContext;
  readonly gate: Gate;
  readonly port: number;
  readonly recordings: string;
  readonly grant: Grant;
  readonly published: RecordedOperation[];
  readonly faults: string[];
  /** How many came to the door with a certificate, let in or not. */
  readonly knocks: () => number;
  close(): Promise<void>;
}

/** The plant with plc-12 at `port`. */
export function plantAt(port: number, change: Partial<Plant> = {}): Plant {
  const plc = PLANT.assets.get('plc-12');
  if (plc === undefined) throw new Error('no plc-12');
  const here = { ...plc, modbus: { port, units: [1] } };
  return {
    ...PLANT,
    assets: new Map([...PLANT.assets, ['plc-12', here]]),
    ...change,
  };
}

/**
 * A key and a certificate of `session`. TLS looks at the machine's clock and the gate at that of the
 * site, so it is good at both.
 */
export function certificateFor(
  session: string,
  authority: Authority = SESSION,
  until: Micros = micros(REAL_NOW + DAY),
): Credentials & { readonly thumbprint: string; readonly publicKey: string } {
  const { privateKey, publicKey } = newKeyPair();
  const issued = authority.issue({
    subject: session,
    publicKey,
    from: micros(REAL_NOW - 300 * DAY),
    until,
    names: [{ kind: 'uri', value: `urn:lockkeeper:session:${session}` }],
  });
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    cert: issued.pem,
    thumbprint: issued.thumbprint,
  };
}

export async function openGateSite(
  plcPort: number,
  options: Pick<
    Partial<GateParts>,
    'answerWithinMs' | 'lastAnswerWithinMs' | 'recordings' | 'monotonic'
  > & {
    /** The time of the site is that of the machine, by which TLS judges certificates. */
    readonly realTime?: boolean;
    /** What a broker that died left behind. */
    readonly after?: GateSite;
  } = {},
): Promise<GateSite> {
  const site = options.after?.site ?? (await openSite());
  site.plant = plantAt(plcPort);
  const realTime = options.realTime === true;
  if (realTime) site.now = micros(REAL_NOW - 2 * HOUR);
  const asked = { notBefore: micros(site.now + HOUR), notAfter: micros(site.now + 3 * HOUR) };
  const grant = options.after?.grant ?? (await granted(site, asked));
  site.now = realTime ? micros(Date.now() * 1000) : grant.notBefore;
  const folder = await mkdtemp(join(tmpdir(), 'lockkeeper-gate-'));
  const recordings = options.recordings ?? options.after?.recordings ?? join(folder, 'recordings');
  const published: RecordedOperation[] = [];
  const faults: string[] = [];
  let knocks = 0;
  let cut: ActionContext['cut'] = () => undefined;
  const context: ActionContext = {
    ...site.context,
    // Its own, so that a test can keep this gate alone from storing.
    store: { ...site.context.store },
    cut: (id, reason, text) => cut(id, reason, text),
  };
  const gate = createGate({
    ...options,
    listen: { host: '127.0.0.1', port: 0 },
    address: GATE,
    tls: issueServerCertificate(SERVER, ['127.0.0.1'], REAL_NOW),
    sessionAuthority: SESSION.certificate,
    faultOf: (certificate, now) => {
      knocks += 1;
      return SESSION.faultOf(certificate, now);
    },
    thumbprintOf,
    sessionOf,
    clock: () => site.now,
    monotonic: options.monotonic ?? (() => 0),
    plant: () => site.plant,
    locks: () => context.locks.list(),
    staged: new StagedWatch('plant.yaml'),
    actions: createGateActions(context, (session, publicKey) => {
      const key = readPublicKey(publicKey);
      if (key === undefined) return undefined;
      const { pem, thumbprint } = SESSION.issue({
        subject: session,
        publicKey: key,
        from: micros(REAL_NOW - 300 * DAY),
        until: micros(REAL_NOW + DAY),
        names: [{ kind: 'uri', value: `urn:lockkeeper:session:${session}` }],
      });
      return { certificate: pem, thumbprint };
    }),
    recordings,
    publish: (operation) => published.push(operation),
    fault: (what, error) => faults.push(`${what}: ${String(error)}`),
  });
  cut = (id, reason, text) => void gate.endSession(id, reason, text);
  const { port } = await gate.listen();
  return {
    site,
    context,
    gate,
    port,
    recordings,
    grant,
    published,
    faults,
    knocks: () => knocks,
    async close() {
      await gate.close();
      if (options.after === undefined) await site.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** vera opens a session under the grant of the site. */
/** `until`: of the certificate. */
export async function openVendor(
  at: GateSite,
  until?: Micros,
): Promise<{ readonly session: Session; readonly credentials: ReturnType<typeof certificateFor> }> {
  let credentials: ReturnType<typeof certificateFor> | undefined;
  const { session } = done(
    await openSession(at.context, {
      actor: 'vera',
      grant: at.grant.id,
      certify: async (id: SessionId) => {
        credentials = certificateFor(id, SESSION, until);
        return { thumbprint: credentials.thumbprint };
      },
    }),
  );
  if (credentials === undefined) throw new Error('no certificate was asked for');
  return { session, credentials };
}

export const openSocket =
  (port: number, credentials: Partial<Credentials>) =>
  (path: string, maxPayload = 64 * 1024): WebSocket =>
    new WebSocket(`wss://127.0.0.1:${port}${path}`, {
      ...credentials,
      ca: SERVER.certificate,
      maxPayload,
      perMessageDeflate: false,
    });

export interface LocalPort {
  readonly port: number;
  /** Why tunnels could not be opened. */
  readonly failures: string[];
  close(): void;
}

/** The loopback port that a vendor's tool connects to, carried by the real tunnel of `lockkeeper connect`. */
export async function openLocalPort(
  gatePort: number,
  credentials: Credentials,
): Promise<LocalPort> {
  const failures: string[] = [];
  const server: Server = createServer((tool) => {
    carry(tool, openSocket(gatePort, credentials), (why) => failures.push(why));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    failures,
    close: () => void server.close(),
  };
}

export interface ControlLine {
  readonly socket: WebSocket;
  readonly heard: ControlMessage[];
  /** The first message of this kind, now or later. */
  hear<K extends ControlMessage['kind']>(kind: K): Promise<Extract<ControlMessage, { kind: K }>>;
}

export function openControl(gatePort: number, credentials: Credentials): ControlLine {
  const socket = openSocket(gatePort, credentials)('/control');
  const heard: ControlMessage[] = [];
  const listeners = new Set<() => void>();
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    heard.push(JSON.parse(data.toString()) as ControlMessage);
    for (const listener of listeners) listener();
  });
  return {
    socket,
    heard,
    hear: (kind) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = heard.find((message) => message.kind === kind);
          if (found !== undefined) resolve(found as Extract<ControlMessage, { kind: typeof kind }>);
        };
        listeners.add(look);
        look();
      }),
  };
}

/** The outcome of trying to open a WebSocket: `open`, or the status that refused it, or the error. */
export function tryOpen(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('open', () => {
      resolve('open');
      socket.terminate();
    });
    socket.on('unexpected-response', (_, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve(`${response.statusCode} ${body}`));
    });
    socket.on('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message));
  });
}
