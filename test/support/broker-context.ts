/** The actions on a real store in a folder of its own, with the shipped rules, and a clock that stands still. */

import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ActiveLocks } from '#broker/actions/active-locks.ts';
import type { ActionContext } from '#broker/actions/context.ts';
import { approveRequest } from '#broker/actions/decide-request.ts';
import type { Certified } from '#broker/actions/open-session.ts';
import type { Outcome } from '#broker/actions/outcome.ts';
import { submitRequest } from '#broker/actions/submit-request.ts';
import type { AccessRequest, EndReason, Grant } from '#broker/model/access.ts';
import type { AuditEvent } from '#broker/model/audit.ts';
import type { SessionId } from '#broker/model/ids.ts';
import { openSqliteStore } from '#broker/store/sqlite/open.ts';
import type { Write } from '#broker/store/store.ts';
import { shippedPeople } from '#policies/people.ts';
import type { Plant } from '#policies/plant.ts';
import { zonesAround } from '#policies/zones.ts';
import type { Micros } from '#sensor/model/time.ts';
import { HOUR, later, NOW, PLANT } from './broker-site.ts';

export interface Site {
  readonly context: ActionContext;
  now: Micros;
  plant: Plant | undefined;
  readonly published: Write[];
  readonly cut: { readonly session: SessionId; readonly reason: EndReason }[];
  readonly leaves: () => Promise<readonly AuditEvent[]>;
  readonly close: () => Promise<void>;
}

/** In memory where there is such a place: what a disk does to a commit is tested with the store. */
const ROOM = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** The rules are parsed once; the tests of a file run one after another. */
let current: Site | undefined;
const PEOPLE = shippedPeople((zone) =>
  current?.plant === undefined ? [zone] : zonesAround(current.plant, zone),
);

export async function openSite(): Promise<Site> {
  const folder = await mkdtemp(join(ROOM, 'lockkeeper-actions-'));
  const store = await openSqliteStore({ folder });
  const locks = await ActiveLocks.load(store);
  const site: Site = {
    now: NOW,
    plant: PLANT,
    published: [],
    cut: [],
    context: {
      store,
      plant: () => site.plant,
      may: PEOPLE.may,
      clock: () => site.now,
      random: randomBytes,
      publish: (write) => void site.published.push(write),
      cut: (session, reason) => void site.cut.push({ session, reason }),
      locks,
    },
    leaves: async () => (await store.audit.leaves(0, 1000)).map(({ event }) => event),
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
  current = site;
  return site;
}

/** The result of what must have worked. */
export function done<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome;
}

export const codeOf = (outcome: Outcome<unknown>): string =>
  outcome.kind === 'refused' ? outcome.code : outcome.kind;

/** vera asks to read and write plc-12 from 09:00 to 11:00, with grace. */
export async function submitted(site: Site, change: object = {}): Promise<AccessRequest> {
  const submission = {
    entry: 'acme-press',
    asset: 'plc-12',
    operations: [{ allowance: 0 }, { allowance: 1 }],
    notBefore: later(HOUR),
    notAfter: later(3 * HOUR),
    readGrace: true,
    purpose: 'change the press recipe',
    ...change,
  };
  return done(await submitRequest(site.context, { actor: 'vera', submission })).request;
}

export function approve(site: Site, actor: string, { id, version, hash }: AccessRequest) {
  return approveRequest(site.context, { actor, id, version, hash, comment: '' });
}

/** Asked by vera, approved by otto and petra. */
export async function granted(site: Site, change: object = {}): Promise<Grant> {
  const asked = await submitted(site, change);
  const once = done(await approve(site, 'otto', asked)).request;
  const { grant } = done(await approve(site, 'petra', once));
  if (grant === undefined) throw new Error('two approvals gave no grant');
  return grant;
}

/** A certificate that nobody can mistake for another's. */
export const certify = async (session: SessionId, notAfter: Micros): Promise<Certified> => ({
  thumbprint: createHash('sha256')
    .update(`${session} ${notAfter} ${randomBytes(8).toString('hex')}`)
    .digest('hex'),
});
