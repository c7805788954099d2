/** Opens the listeners that people and `lockkeeper connect` use. */
import { basename, join } from 'node:path';
import type { ActionContext } from '#broker/actions/context.ts';
import type { ApiContext, ConnectFacts } from '#broker/api/api-context.ts';
import { createApp } from '#broker/api/app.ts';
import type { Evidence } from '#broker/api/evidence.ts';
import { createLimits } from '#broker/api/limits.ts';
import type { Live } from '#broker/api/live.ts';
import type { PolicyStanding } from '#broker/api/policy-standing.ts';
import { createReadings } from '#broker/api/readings.ts';
import type { ReleaseDoor } from '#broker/api/release-door.ts';
import { isStreamed } from '#broker/api/routes.ts';
import { loopbackHosts } from '#broker/api/security.ts';
import { loadStaticFiles } from '#broker/api/static-files.ts';
import { isLoopback } from '#broker/config.ts';
import type { Gate } from '#broker/gate/gate.ts';
import type { StagedWatch } from '#broker/gate/staged-watch.ts';
import { type ServerCertificate, spkiHex } from '#broker/identity/authority.ts';
import { createBrowserSessions } from '#broker/identity/browser-sessions.ts';
import { createConnectTokens } from '#broker/identity/connect-token.ts';
import { createDeviceCodes } from '#broker/identity/device-codes.ts';
import type { Enrolments } from '#broker/identity/enrolment.ts';
import { createOidc } from '#broker/identity/oidc.ts';
import { issueSessionCertificate } from '#broker/identity/session-certificate.ts';
import { BrokerError } from '#broker/model/broker-error.ts';
import { portalOrigin, publicOrigin, reachableHost, webHosts } from './addresses.ts';
import type { BrokerParts } from './broker-parts.ts';
import type { Keys } from './keys.ts';
import { type Listener, listen } from './listen.ts';

/** What all listeners share. */
export interface Shared extends BrokerParts {
  readonly keys: Keys;
  readonly context: ActionContext;
  readonly live: Live;
  readonly policy: PolicyStanding;
  readonly staged: StagedWatch;
  /** Puts a policy into force that people agreed to. */
  readonly takePolicy: ApiContext['takePolicy'];
  readonly releases: ReleaseDoor | undefined;
  readonly enrolments: Enrolments;
  readonly evidence: Evidence;
  readonly certificate: ServerCertificate;
  /** Filled as they open; their ports stand in links and tokens. */
  readonly listeners: Map<string, Listener>;
}

const APPLICATIONS = join(import.meta.dirname, '..');

function portOf({ listeners }: Shared, name: string): number {
  const listener = listeners.get(name);
  if (listener === undefined) throw new BrokerError('listener', `listener ${name} is not open yet`);
  return listener.address.port;
}

function connectFacts(shared: Shared): ConnectFacts {
  const { config, keys, clock } = shared;
  // In the demo the command stands in the folder that one is in; elsewhere it is installed.
  const command = config.signIn.demo ? './lockkeeper' : 'lockkeeper';
  return {
    line: (grant) =>
      `${command} connect ${grant} --broker ${publicOrigin(config, portOf(shared, 'web'))} --pin sha256/${keys.server.pin}`,
    confirmPage: (code) => {
      const ports = {
        web: portOf(shared, 'web'),
        loopback: shared.listeners.get('loopback')?.address.port,
      };
      return `${portalOrigin(config, ports)}/portal/connect?code=${code}`;
    },
    authority: keys.server.certificate,
    gate: () => ({
      host: reachableHost(config, config.listen.gate.host),
      port: portOf(shared, 'gate'),
    }),
    certify: (session, key, until) => {
      const issued = issueSessionCertificate(keys.session, session, key, clock(), until);
      return issued === undefined
        ? Promise.reject(
            new BrokerError('key', 'a certificate was asked for when its time was over'),
          )
        : Promise.resolve(issued);
    },
  };
}

function apiContext(shared: Shared, gate: Gate): ApiContext {
  const { config, keys, context, random, clientSecret, log } = shared;
  const { oidc, demo } = config.signIn;
  const hosts = [config.listen.web, config.listen.loopback].filter((at) => at !== undefined);
  return {
    actions: context,
    clock: context.clock,
    sessions: createBrowserSessions(random),
    ...(oidc !== undefined &&
      clientSecret !== undefined && {
        oidc: {
          name: oidc.name,
          flow: createOidc(
            {
              issuer: oidc.issuer,
              clientId: oidc.clientId,
              clientSecret,
              redirectUri: `${publicOrigin(config, config.listen.web.port)}/api/sign-in/callback`,
            },
            random,
          ),
        },
      }),
    demo: { configured: demo, boundToLoopback: hosts.every(({ host }) => isLoopback(host)) },
    devices: createDeviceCodes(random),
    tokens: createConnectTokens(),
    enrolments: shared.enrolments,
    sensorLink: () => {
      const host = reachableHost(config, config.listen.sensors.host);
      const name = host.includes(':') ? `[${host}]` : host;
      return {
        url: `https://${name}:${portOf(shared, 'sensors')}`,
        pin: spkiHex(keys.server.certificate),
      };
    },
    connect: connectFacts(shared),
    gateAddress: config.gate.address,
    limits: createLimits(),
    live: shared.live,
    policy: shared.policy,
    policyFile: basename(config.policy),
    takePolicy: shared.takePolicy,
    stagedAside: (id) => shared.staged.told(id),
    ...(shared.releases !== undefined && { releases: shared.releases }),
    evidence: shared.evidence,
    liveCounts: (session) => gate.counts(session),
    recordedOperations: (session, after, limit) => gate.operations(session, after, limit),
    noteReading: createReadings((leaf) => context.store.commit({ writes: [], audit: [leaf] })),
    recordingFault: async (session) => {
      const seal = await gate.seal(session);
      return seal?.kind === 'broken' ? seal.why : undefined;
    },
    newestOperations: (session, ask) => gate.newestOperations(session, ask),
    files: {
      console: loadStaticFiles(join(APPLICATIONS, 'console/dist')),
      portal: loadStaticFiles(join(APPLICATIONS, 'portal/dist')),
    },
    fault: log.fault,
  };
}

export async function openWebListeners(shared: Shared, gate: Gate): Promise<void> {
  const { config, certificate, listeners } = shared;
  const api = apiContext(shared, gate);
  const web = await listen(
    'web',
    config.listen.web,
    (port) => createApp(api, { tls: true, answersTo: webHosts(config, port) }),
    { tls: { certificate }, isUpload: isStreamed },
  );
  listeners.set('web', web);
  if (config.listen.loopback === undefined) return;
  const loopback = await listen(
    'loopback',
    config.listen.loopback,
    (port) => createApp(api, { tls: false, answersTo: loopbackHosts(port) }),
    { isUpload: isStreamed },
  );
  listeners.set('loopback', loopback);
}
