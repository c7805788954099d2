/** The whole API on a real store and the real people policy, without a socket: `app.request()`. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ActiveLocks } from '#broker/actions/active-locks.ts';
import type { ActionContext } from '#broker/actions/context.ts';
import type { ApiContext } from '#broker/api/api-context.ts';
import { createApp } from '#broker/api/app.ts';
import { createEvidence } from '#broker/api/evidence.ts';
import { createLimits } from '#broker/api/limits.ts';
import { createLive } from '#broker/api/live.ts';
import { createPolicyStanding } from '#broker/api/policy-standing.ts';
import { createReadings } from '#broker/api/readings.ts';
import { loopbackHosts, type WebListener } from '#broker/api/security.ts';
import { newAuthority } from '#broker/identity/authority.ts';
import { createBrowserSessions } from '#broker/identity/browser-sessions.ts';
import { createConnectTokens } from '#broker/identity/connect-token.ts';
import { createDeviceCodes } from '#broker/identity/device-codes.ts';
import { createEnrolments } from '#broker/identity/enrolment.ts';
import { issueSessionCertificate } from '#broker/identity/session-certificate.ts';
import { openSqliteStore } from '#broker/store/sqlite/open.ts';
import type { Write } from '#broker/store/store.ts';
import { shippedPeople } from '#policies/people.ts';
import type { Plant } from '#policies/plant.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { GATE_ADDRESS, PLANT } from './plant.ts';

export const START = micros(1_795_000_000_000_000);
export const ORIGIN = 'http://localhost:8080';
const PEER = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };

interface Asker {
  readonly cookie: string;
  /** Of another application than the site's own. */
  requestOf(
    app: ReturnType<typeof createApp>,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  get(path: string): Promise<Response>;
  post(path: string, body?: unknown): Promise<Response>;
}

export interface Site {
  readonly api: ApiContext;
  readonly context: ActionContext;
  readonly published: Write[];
  readonly cut: string[];
  now: Micros;
  plant: Plant | undefined;
  /** The application of another listener, or with other parts. */
  app(listener?: WebListener, more?: Partial<ApiContext>): ReturnType<typeof createApp>;
  /** Somebody who signed in with the demo's click. */
  as(person: string): Promise<Asker>;
  readonly anonymous: Asker;
  close(): Promise<void>;
}

const LOOPBACK: WebListener = { tls: false, answersTo: loopbackHosts(8080) };

export async function openSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'lk-api-'));
  const store = await openSqliteStore({ folder: join(folder, 'store') });
  const published: Write[] = [];
  const cut: string[] = [];
  const context: ActionContext = {
    store,
    plant: () => site.plant,
    may: shippedPeople().may,
    clock: () => site.now,
    random: randomBytes,
    publish: (write) => published.push(write),
    cut: (session) => cut.push(session),
    locks: await ActiveLocks.load(store),
  };
  const sessionAuthority = newAuthority('session', 'test', START, randomBytes);
  const api: ApiContext = {
    actions: context,
    clock: () => site.now,
    sessions: createBrowserSessions(randomBytes),
    demo: { configured: true, boundToLoopback: true },
    devices: createDeviceCodes(randomBytes),
    tokens: createConnectTokens(),
    enrolments: createEnrolments(randomBytes),
    sensorLink: () => ({ url: 'https://127.0.0.1:8445', pin: 'ab'.repeat(32) }),
    connect: {
      line: (grant) => `lockkeeper connect ${grant} --broker https://127.0.0.1:8443 --pin sha256/x`,
      confirmPage: (code) => `/portal/connect?code=${code}`,
      authority: 'PEM',
      gate: () => ({ host: '127.0.0.1', port: 8444 }),
      certify: (session, key, until) => {
        const made = issueSessionCertificate(sessionAuthority, session, key, site.now, until);
        return made === undefined ? Promise.reject(new Error('over')) : Promise.resolve(made);
      },
    },
    gateAddress: GATE_ADDRESS,
    limits: createLimits(),
    live: createLive(),
    policy: createPolicyStanding({ publish: () => undefined }),
    policyFile: 'plant.yaml',
    stagedAside: () => undefined,
    takePolicy: async ({ plant }) => {
      site.plant = plant;
    },
    evidence: createEvidence(join(folder, 'evidence'), randomBytes, () => 0, {
      total: 100_000_000,
      // However full the disk of the machine that tests is.
      reserve: 0,
    }),
    liveCounts: () => undefined,
    recordedOperations: () => Promise.resolve([]),
    noteReading: createReadings((leaf) => store.commit({ writes: [], audit: [leaf] })),
    recordingFault: () => Promise.resolve(undefined),
    newestOperations: () => Promise.resolve({ operations: [] }),
    files: { console: new Map(), portal: new Map() },
    fault: (what, error) => {
      throw new Error(what, { cause: error });
    },
  };
  const app = createApp(api, LOOPBACK);
  const asker = (cookie: string): Asker => {
    const requestOf: Asker['requestOf'] = async (
      to,
      method,
      path,
      body,
      headers = { origin: ORIGIN },
    ) =>
      to.request(
        `${ORIGIN}${path}`,
        {
          method,
          headers: {
            cookie,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        },
        PEER,
      );
    return {
      cookie,
      requestOf,
      request: (...asked) => requestOf(app, ...asked),
      get: (path) => requestOf(app, 'GET', path),
      post: (path, body = {}) => requestOf(app, 'POST', path, body),
    };
  };
  const site: Site = {
    api,
    context,
    published,
    cut,
    now: START,
    plant: PLANT,
    app: (listener = LOOPBACK, more = {}) => createApp({ ...api, ...more }, listener),
    async as(person) {
      // Straight into the table: a test of many people must not meet the limit of sign-ins.
      const subject = site.plant?.people.get(person)?.subject ?? '';
      const token = api.sessions.open({ person, subject }, site.now);
      return asker(`lockkeeper-session=${token}`);
    },
    anonymous: asker(''),
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return site;
}
