/** What `lockkeeper connect` calls, and the page on which its person confirms it. */
import { hindranceTo, openSession } from '#broker/actions/open-session.ts';
import { readPublicKey, spkiHex } from '#broker/identity/authority.ts';
import {
  type DeviceCode,
  type DeviceRefusal,
  isDecided,
  normaliseUserCode,
} from '#broker/identity/device-codes.ts';
import type { Grant } from '#broker/model/access.ts';
import type { DeviceAnswer, SessionAnswer, TokenAnswer } from '#broker/model/connect.ts';
import { describePassing } from '#policies/passing.ts';
import { isoMicros } from '#sensor/model/time.ts';
import * as bodies from './bodies.ts';
import { findGrant } from './find.ts';
import { open, personal } from './gatekeeper.ts';
import { answerOutcome, answerRefused } from './outcome-answer.ts';
import { peerOf } from './peer.ts';
import { notFound, refusal } from './refusal.ts';
import type { Asked, Loaded, Route } from './route.ts';
import type { DeviceView } from './views.ts';

/** Seconds between two polls of the command. RFC 8628, 3.2. */
const POLL_SECONDS = 2;

interface Device {
  readonly code: DeviceCode;
  readonly grant: Grant;
}

const keyRefused = (): Response =>
  refusal(400, 'invalid', 'what was sent cannot be used; see the fields', [
    { field: 'publicKey', message: 'is no EC P-256 public key in PEM' },
  ]);

/** Nobody but the grant's own person finds the code, so nobody else can confirm it. */
async function findDevice(
  asked: Asked & { readonly person: { readonly id: string } },
): Promise<Loaded<Device> | undefined> {
  const { api, plant, param, now, person } = asked;
  const code = api.devices.find(normaliseUserCode(param('code')), now);
  const found = code && (await findGrant(api, plant, code.grant));
  if (code === undefined || found?.item.person !== person.id) return undefined;
  return { item: { code, grant: found.item }, resource: found.resource };
}

/**
 * Refused at once and told after that: a no waits for no disk. Somebody may have begun it in that person's
 * name, so there is a leaf. False where it is no longer to be refused.
 */
async function refuseDevice(
  { api, person, now }: Asked & { readonly person: { readonly id: string } },
  { userCode, grant, from, key }: DeviceCode,
  { action, refusal }: { readonly action: string; readonly refusal: DeviceRefusal },
): Promise<boolean> {
  if (!api.devices.refuse(userCode, refusal, now)) return false;
  const { because } = refusal;
  const leaf = { at: now, actor: person.id, action, subject: grant, outcome: 'denied' } as const;
  const audit = [{ ...leaf, detail: { from, key, because } }];
  await api.actions.store.commit({ writes: [], audit });
  return true;
}

/** False where it was no longer to be confirmed; then the log says of its own leaf that it did not count. */
async function confirmDevice(
  { api, person, now }: Asked & { readonly person: { readonly id: string } },
  { userCode, grant, from, key }: DeviceCode,
): Promise<boolean> {
  const leaf = { at: now, actor: person.id, action: 'confirm-device', subject: grant } as const;
  const detail = { from, key };
  // The leaf first: a confirmation that the log could not take opens nothing.
  await api.actions.store.commit({ writes: [], audit: [{ ...leaf, outcome: 'allowed', detail }] });
  if (api.devices.confirm(userCode, person.id, now)) return true;
  const because = forestalled(api.devices.find(userCode, now));
  const denied = { ...leaf, outcome: 'denied', detail: { ...detail, because } } as const;
  await api.actions.store.commit({ writes: [], audit: [denied] });
  return false;
}

/** What came before a confirmation that was being written down. */
function forestalled(code: DeviceCode | undefined): string {
  if (code === undefined) return 'the code was used or too old by then';
  return code.refused?.because ?? 'it was confirmed already';
}

const used = (): Response => refusal(409, 'wrong-state', 'this code was used already');

export const CONNECT_ROUTES: readonly Route[] = [
  open({
    method: 'POST',
    path: '/api/connect/device',
    credential: 'none',
    limit: 'device',
    body: bodies.device,
    answer: async ({ api, c, plant, now, body }) => {
      const publicKey = readPublicKey(body.publicKey);
      if (publicKey === undefined) return keyRefused();
      const found = await findGrant(api, plant, body.grant);
      if (found === undefined) return notFound();
      const from = peerOf(c) ?? 'unknown';
      const begun = api.devices.begin({ grant: found.item.id, key: spkiHex(publicKey), from }, now);
      if (begun === undefined) {
        const why = 'too many codes are open for this grant or from your address; wait 10 minutes';
        return refusal(429, 'too-many', why);
      }
      const { userCode, expiresAt } = begun.code;
      return {
        deviceCode: begun.deviceCode,
        userCode,
        path: api.connect.confirmPage(userCode),
        expiresAt: isoMicros(expiresAt),
        interval: POLL_SECONDS,
      } satisfies DeviceAnswer;
    },
  }),
  open({
    method: 'POST',
    path: '/api/connect/token',
    credential: 'none',
    limit: 'device',
    body: bodies.deviceToken,
    answer: async ({ api, now, body }) => {
      const poll = api.devices.poll(body.deviceCode, now);
      switch (poll.kind) {
        case 'gone':
          return notFound();
        case 'pending':
          return new Response(null, { status: 202 });
        case 'refused':
          return refusal(403, 'refused', poll.because);
        case 'confirmed':
          return { token: await api.tokens.sign(poll, now) } satisfies TokenAnswer;
        default:
          return poll satisfies never;
      }
    },
  }),
  personal({
    method: 'GET',
    path: '/api/connect/:code',
    action: 'connect',
    limit: 'change',
    load: findDevice,
    answer: async ({ api, plant, now, item }): Promise<DeviceView> => {
      const hindrance = await hindranceTo(api.actions, plant, item.grant, now);
      return {
        code: item.code.userCode,
        grant: item.grant.id,
        asset: plant.assets.get(item.grant.asset)?.name ?? item.grant.asset,
        from: item.code.from,
        expiresAt: isoMicros(item.code.expiresAt),
        ...(hindrance && { hindrance: hindrance.message }),
      };
    },
  }),
  personal({
    method: 'POST',
    path: '/api/connect/:code/confirm',
    action: 'connect',
    load: findDevice,
    body: bodies.nothing,
    answer: async (call) => {
      const { api, plant, item, now } = call;
      const { code, grant } = item;
      if (isDecided(code)) return used();
      // Asked once more when the session is opened; said here, where somebody reads it.
      const hindrance = await hindranceTo(api.actions, plant, grant, now);
      if (hindrance !== undefined) {
        const refusal = { because: hindrance.message };
        await refuseDevice(call, code, { action: 'confirm-device', refusal });
        return answerRefused(hindrance);
      }
      return (await confirmDevice(call, code)) ? undefined : used();
    },
  }),
  personal({
    method: 'POST',
    path: '/api/connect/:code/refuse',
    action: 'connect',
    load: findDevice,
    body: bodies.refuseDevice,
    answer: async (call) => {
      const { api, plant, person, item, now, body } = call;
      const hindrance =
        body.hindered === true ? await hindranceTo(api.actions, plant, item.grant, now) : undefined;
      const refusal =
        hindrance === undefined
          ? { because: `${person.name} refused it in the portal`, by: person.id }
          : { because: hindrance.message };
      const isRefused = await refuseDevice(call, item.code, { action: 'refuse-device', refusal });
      return isRefused ? undefined : used();
    },
  }),
  personal({
    method: 'POST',
    path: '/api/connect/session',
    action: 'connect',
    credential: 'bearer',
    body: bodies.connectSession,
    // The token names the grant; another one in the body is not looked at, but refused.
    load: async ({ api, plant, claims }) =>
      claims === undefined ? undefined : findGrant(api, plant, claims.grant),
    answer: async ({ api, plant, person, claims, now, item, body }) => {
      if (body.grant !== item.id) return notFound();
      const key = readPublicKey(body.publicKey);
      if (key === undefined) return keyRefused();
      if (claims?.key !== spkiHex(key)) {
        return refusal(403, 'key', 'this was confirmed for another key; run the command again');
      }
      if (!api.tokens.spend(claims, now)) {
        return refusal(401, 'token', 'this token was used already; run the command again');
      }
      const asset = plant.assets.get(item.asset);
      if (asset?.modbus === undefined) {
        return refusal(409, 'wrong-state', 'this asset has no Modbus service in the plant policy');
      }
      const { id, name, modbus } = asset;
      const outcome = await openSession(api.actions, {
        actor: person.id,
        grant: item.id,
        certify: (session, until) => api.connect.certify(session, key, until),
      });
      return answerOutcome(
        outcome,
        ({ session, grant, certificate }): SessionAnswer => ({
          session: session.id,
          certificate: certificate.pem,
          authority: api.connect.authority,
          gate: api.connect.gate(),
          asset: { id, name, port: modbus.port, units: modbus.units },
          allowed: describePassing(plant, grant, [api.gateAddress]),
          notAfter: isoMicros(grant.notAfter),
          graceUntil: isoMicros(grant.graceUntil),
          certificateUntil: isoMicros(certificate.until),
          timeZone: plant.site.timeZone,
        }),
      );
    },
  }),
];
