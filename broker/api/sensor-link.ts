/**
 * The listener for sensors (sensor/model/link.ts): a sensor enrols once with a one-time token, and
 * from then on is known by its certificate alone. The broker never opens a connection to a sensor.
 */
import type { X509Certificate } from 'node:crypto';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { enrolSensor } from '#broker/actions/enrol-sensor.ts';
import { receiveAlerts } from '#broker/actions/receive-alerts.ts';
import { receiveAssets } from '#broker/actions/receive-assets.ts';
import { receiveHealth } from '#broker/actions/receive-health.ts';
import { receiveOperations } from '#broker/actions/receive-operations.ts';
import { type Authority, readPublicKey, thumbprintOf } from '#broker/identity/authority.ts';
import type { Enrolments } from '#broker/identity/enrolment.ts';
import { issueSensorCertificate, sensorOf } from '#broker/identity/sensor-certificate.ts';
import { newId, type SensorId } from '#broker/model/ids.ts';
import type { Sensor } from '#broker/model/sensor.ts';
import {
  type BundleAnswer,
  type EnrolAnswer,
  type ItemsAnswer,
  MAX_EVIDENCE_BYTES,
  MAX_LINK_BYTES,
} from '#sensor/model/link.ts';
import type { Bundle } from './bundle.ts';
import { answerConflict, answerRefused } from './outcome-answer.ts';
import { peerOf } from './peer.ts';
import { createLimiter } from './rate-limit.ts';
import { createEvidenceDoor, type EvidenceParts } from './receive-evidence.ts';
import { notFound, refusal } from './refusal.ts';
import { sortItems } from './sensor-items.ts';

export interface SensorLinkContext extends EvidenceParts {
  readonly enrolments: Enrolments;
  /** The one for sensors. */
  readonly authority: Authority;
  /** PEM of the authority of this listener's own certificate, the one that tokens pin. */
  readonly serverAuthority: string;
  /** JWK (OKP, Ed25519) that verifies bundles. */
  readonly bundleKey: Readonly<Record<string, unknown>>;
  /** Undefined as long as no policy is in force. */
  readonly bundle: () => Promise<Bundle | undefined>;
  /** The certificate of the other end, whoever signed it. */
  readonly certificateOf: (c: Context) => X509Certificate | undefined;
  readonly fault: (what: string, error: unknown) => void;
}

const enrolBody = z.strictObject({
  token: z.string().max(2_048),
  name: z.string().max(200),
  publicKey: z.string().max(1_000),
});

/** Tries of one address: a token is 256 bit, so this only keeps the log short. */
const ENROL_LIMIT = { burst: 10, every: 10 * 1_000_000 };

/** A token of 2,048 characters, a name and a key of 178, and their envelope. */
const MAX_ENROL_BYTES = 4 * 1024;

/** Our sensors say how long a body is; one without a length could only be judged by holding it. */
const lengthSaid: MiddlewareHandler = async (c, next) =>
  c.req.header('transfer-encoding') === undefined
    ? next()
    : refusal(411, 'length-required', 'send a Content-Length instead of Transfer-Encoding');

async function json(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    return undefined;
  }
}

async function enrol(link: SensorLinkContext, c: Context): Promise<Response> {
  const now = link.clock();
  const body = enrolBody.safeParse(await json(c));
  if (!body.success) return refusal(400, 'invalid', 'send token, name and publicKey');
  const publicKey = readPublicKey(body.data.publicKey);
  if (publicKey === undefined) return refusal(400, 'invalid', 'publicKey: use an EC P-256 key');
  // Used up by the try: whoever holds a token and a wrong key does not get a second guess.
  const enrolment = link.enrolments.redeem(body.data.token, now);
  if (enrolment === undefined || enrolment.name !== body.data.name) {
    return refusal(403, 'token', 'this token is not good; ask an admin for another');
  }
  const sensor = newId<SensorId>('sen', link.actions.random);
  const issued = issueSensorCertificate(link.authority, sensor, publicKey, now);
  const outcome = await enrolSensor(link.actions, {
    id: sensor,
    name: enrolment.name,
    covers: enrolment.covers,
    certificate: issued.thumbprint,
    invitedBy: enrolment.askedBy,
  });
  if (outcome.kind === 'refused') return answerRefused(outcome);
  if (outcome.kind === 'conflict') return answerConflict();
  const answer: EnrolAnswer = {
    sensor,
    certificate: issued.pem,
    authority: link.serverAuthority,
    bundleKey: link.bundleKey,
  };
  return c.json(answer);
}

/** The sensor on the other end, by its certificate: ours, in time, and the very one that it enrolled with. */
async function sensorAt(link: SensorLinkContext, c: Context): Promise<Sensor | undefined> {
  const certificate = link.certificateOf(c);
  if (certificate === undefined) return undefined;
  if (link.authority.faultOf(certificate, link.clock()) !== undefined) return undefined;
  const id = sensorOf(certificate);
  const sensor = id && (await link.actions.store.sensors.get(id));
  return sensor?.certificate === thumbprintOf(certificate) ? sensor : undefined;
}

async function items(link: SensorLinkContext, c: Context, sensor: Sensor): Promise<Response> {
  const sorted = sortItems(await json(c));
  if (sorted === undefined) return refusal(400, 'invalid', 'send { items: [...] }');
  const { alerts, operations, assets, health, healthIds, unused, unusable } = sorted;
  const documents = alerts.map(({ document }) => document);
  const taken = await receiveAlerts(link.actions, sensor.id, documents);
  const standing = new Set(taken.accepted);
  const accepted = alerts
    .filter(({ document }) => standing.has(document.lockkeeper.alert.id))
    .map(({ id }) => id);
  const asked = operations.map(({ id, exchange }) => ({ id, sensor: sensor.id, exchange }));
  accepted.push(...(await receiveOperations(link.actions, sensor.id, asked)).accepted);
  if (
    await receiveAssets(
      link.actions,
      sensor.id,
      assets.map(({ report }) => report),
    )
  ) {
    accepted.push(...assets.map(({ id }) => id));
  }
  // Whatever it said, it spoke.
  await receiveHealth(link.actions, sensor.id, health);
  accepted.push(...healthIds, ...unused);
  if (unusable.length > 0) {
    await link.actions.store.commit({
      writes: [],
      audit: [
        {
          at: link.clock(),
          actor: `sensor:${sensor.id}`,
          action: 'receive-items',
          subject: sensor.id,
          outcome: 'failed',
          detail: { unusable: unusable.length, first: unusable[0] },
        },
      ],
    });
    accepted.push(...unusable);
  }
  return c.json({ accepted } satisfies ItemsAnswer);
}

async function bundle(link: SensorLinkContext, c: Context): Promise<Response> {
  const current = await link.bundle();
  if (current === undefined) return refusal(503, 'no-policy', 'no plant policy is in force');
  if (c.req.query('have') === current.version) return c.body(null, 304);
  return c.json({ bundle: current.jws } satisfies BundleAnswer);
}

interface Known {
  readonly Variables: { readonly sensor: Sensor };
}

/**
 * Bytes are read last: who is nobody, or tries too often, is answered before the broker holds
 * anything of theirs.
 */
export function createSensorLink(link: SensorLinkContext): Hono<Known> {
  const app = new Hono<Known>();
  const mayEnrol = createLimiter(ENROL_LIMIT);
  const evidence = createEvidenceDoor(link);
  const limit = (maxSize: number) =>
    bodyLimit({ maxSize, onError: () => refusal(413, 'too-large', `at most ${maxSize} bytes`) });
  const notTooOften: MiddlewareHandler<Known> = async (c, next) => {
    if (!mayEnrol(peerOf(c) ?? 'unknown', link.clock())) {
      return refusal(429, 'too-many', 'too many tries; wait a little');
    }
    return next();
  };
  const known: MiddlewareHandler<Known> = async (c, next) => {
    const sensor = await sensorAt(link, c);
    if (sensor === undefined) return refusal(401, 'certificate', 'no sensor that is enrolled here');
    c.set('sensor', sensor);
    return next();
  };
  app.use(lengthSaid);
  app.post('/sensor/v1/enrol', notTooOften, limit(MAX_ENROL_BYTES), (c) => enrol(link, c));
  app.post('/sensor/v1/items', known, limit(MAX_LINK_BYTES), (c) => items(link, c, c.var.sensor));
  app.put('/sensor/v1/evidence/:alert', known, limit(MAX_EVIDENCE_BYTES), (c) =>
    evidence(c, c.var.sensor),
  );
  app.get('/sensor/v1/bundle', known, (c) => bundle(link, c));
  app.notFound(() => notFound());
  app.onError((error) => {
    link.fault('sensor link', error);
    return refusal(500, 'fault', 'a fault of the broker; it has been noted');
  });
  return app;
}
