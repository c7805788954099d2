import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { thumbprintOf } from '#broker/identity/authority.ts';
import type { AuditEvent } from '#broker/model/audit.ts';
import { type CountingPlc, startCountingPlc } from '../../support/counting-plc.ts';
import {
  type ControlLine,
  type Credentials,
  certificateFor,
  type GateSite,
  openControl,
  openGateSite,
  openSocket,
  openVendor,
  tryOpen,
} from '../../support/gate-site.ts';

/** One session that several control links renew: a link that the network lost may still be open here. */

/** µs; more than must pass between two renewals over one link. */
const LATER = 2_000_000;

let plc: CountingPlc;
let at: GateSite;
let vendor: Awaited<ReturnType<typeof openVendor>>;
let time: number;

beforeEach(async () => {
  time = 0;
  plc = await startCountingPlc();
  at = await openGateSite(plc.port, { monotonic: () => time });
  vendor = await openVendor(at);
});
afterEach(async () => {
  await at.close();
  await plc.close();
});

async function openLink(credentials: Credentials = vendor.credentials): Promise<ControlLine> {
  const link = openControl(at.port, credentials);
  await link.hear('status');
  return link;
}

type Next = ReturnType<typeof certificateFor>;

function ask(link: ControlLine): Next {
  const next = certificateFor(vendor.session.id);
  link.socket.send(JSON.stringify({ kind: 'renew', publicKey: next.publicKey }));
  return next;
}

const answered = async (link: ControlLine, { key }: Next): Promise<Credentials> => ({
  key,
  cert: (await link.hear('renewed')).certificate,
});

const opens = async (credentials: Credentials): Promise<string> =>
  (await tryOpen(openSocket(at.port, credentials)('/tunnel'))).slice(0, 4);

const state = async () => (await at.context.store.sessions.get(vendor.session.id))?.state;

const sha256 = ({ cert }: Credentials): string => thumbprintOf(new X509Certificate(cert));

const renewals = async (outcome: AuditEvent['outcome']) =>
  (await at.site.leaves()).filter(
    (leaf) => leaf.action === 'renew-session' && leaf.outcome === outcome,
  );

test('two links that ask at the same time are both answered, each for its own key', async () => {
  const links = [await openLink(), await openLink()];
  const asked = links.map((link) => ({ link, next: ask(link) }));
  const fresh = await Promise.all(asked.map(({ link, next }) => answered(link, next)));
  expect(await state()).toBe('active');
  expect(await renewals('allowed')).toHaveLength(2);
  expect(await renewals('denied')).toEqual([]);
  // One that is used ends those before it, so the older is tried first.
  const issued = (await renewals('allowed')).map(({ detail }) => detail['certificate']);
  const byAge = fresh.toSorted((a, b) => issued.indexOf(sha256(a)) - issued.indexOf(sha256(b)));
  for (const each of byAge) expect(await opens(each)).toBe('open');
});

test('a link whose certificate is superseded is closed when it asks, and the session goes on', async () => {
  const old = await openLink();
  const link = await openLink();
  const fresh = await answered(link, ask(link));
  expect(await opens(fresh)).toBe('open');

  const closed = once(old.socket, 'close');
  ask(old);
  expect((await closed).map(String)).toEqual([
    '1008',
    'the certificate of this connection was superseded',
  ]);
  expect(old.heard.map(({ kind }) => kind)).toEqual(['status']);
  const denied = await renewals('denied');
  expect(denied.map(({ detail }) => detail['code'])).toEqual(['wrong-certificate']);

  expect(await state()).toBe('active');
  expect(await opens(vendor.credentials)).toBe('403 ');
  expect(await opens(fresh)).toBe('open');
  time += LATER;
  const heard = link.heard.length;
  ask(link);
  await vi.waitUntil(() => link.heard.length > heard, { timeout: 20_000 });
  expect(link.heard.at(-1)?.kind).toBe('renewed');
  expect(await state()).toBe('active');
});

/** Keeps the store from writing until the returned function is called. */
function holdStore(): { readonly isAsked: Promise<void>; readonly release: () => void } {
  const { store } = at.context;
  const { commit } = store;
  const isWritable = Promise.withResolvers<void>();
  const isAsked = Promise.withResolvers<void>();
  Object.assign(store, {
    commit: async (change: Parameters<typeof commit>[0]) => {
      isAsked.resolve();
      await isWritable.promise;
      return commit(change);
    },
  });
  return { isAsked: isAsked.promise, release: isWritable.resolve };
}

/** Resolves when the gate has taken what was sent to it before. */
async function taken({ socket }: ControlLine): Promise<void> {
  socket.ping();
  await once(socket, 'pong');
}

test('a link that asks again before it was answered is renewed once', async () => {
  const link = await openLink();
  const { isAsked, release } = holdStore();
  const next = ask(link);
  await isAsked;
  time += LATER;
  ask(link);
  await taken(link);
  release();
  const fresh = await answered(link, next);
  expect(await opens(fresh)).toBe('open');

  time += LATER;
  ask(link);
  await vi.waitUntil(() => link.heard.length === 3, { timeout: 20_000 });
  expect(link.heard.map(({ kind }) => kind)).toEqual(['status', 'renewed', 'renewed']);
  expect(await renewals('allowed')).toHaveLength(2);
  expect(await state()).toBe('active');
});

test('what waits behind a renewal that ends the session renews nothing', async () => {
  const [first, second, third] = [await openLink(), await openLink(), await openLink()];
  const { isAsked, release } = holdStore();
  ask(first);
  await isAsked;
  second.socket.send(JSON.stringify({ kind: 'renew', publicKey: 'no key' }));
  await taken(second);
  ask(third);
  await taken(third);
  release();
  expect((await third.hear('ended')).reason).toBe('renewal-failed');
  await vi.waitUntil(async () => (await state()) === 'ended', { timeout: 20_000 });
  expect(first.heard.map(({ kind }) => kind)).toEqual(['status', 'renewed']);
  expect(await renewals('allowed')).toHaveLength(1);
});
