/** Requests, grants, sessions and locks in SQL. */
import type { GrantState, SessionState } from '#broker/model/access.ts';
import { type Condition, equals, type Nouns, oneOf, type Table } from './nouns.ts';

type TableOf<Noun extends keyof Nouns> = Table<Nouns[Noun]['record'], Nouns[Noun]['filter']>;

export const requestTable: TableOf<'request'> = {
  insert: `
    insert into request (id, version, state, requester, vendor, asset, not_before, not_after, grace_until, document)
    values (:id, :version, :state, :requester, :vendor, :asset, :not_before, :not_after, :grace_until, :document)
    on conflict (id) do nothing`,
  update: `
    update request set version = :version, state = :state, not_before = :not_before,
      not_after = :not_after, grace_until = :grace_until, document = :document
    where id = :id and version = :expected`,
  byId: 'select id, document from request where id = ?',
  list: 'select seq, id, document from request',
  order: ['seq'],
  columns: (put) => ({
    id: put.id,
    version: put.version,
    state: put.state,
    requester: put.requester,
    vendor: put.vendor,
    asset: put.asset,
    not_before: put.notBefore,
    not_after: put.notAfter,
    grace_until: put.graceUntil,
    document: JSON.stringify(put),
  }),
  conditions: (filter) => [
    // The literal lets SQLite take the index of the pending ones.
    ...(filter.state === 'pending'
      ? [{ sql: `state = 'pending'` }]
      : equals('state', filter.state)),
    ...equals('requester', filter.requester),
    ...equals('vendor', filter.vendor),
    ...equals('asset', filter.asset),
  ],
};

export const grantTable: TableOf<'grant'> = {
  insert: `
    insert into grant (id, version, state, request, person, vendor, not_before, not_after, grace_until, document)
    values (:id, :version, :state, :request, :person, :vendor, :not_before, :not_after, :grace_until, :document)
    on conflict (id) do nothing`,
  update: `
    update grant set version = :version, state = :state, not_before = :not_before,
      not_after = :not_after, grace_until = :grace_until, document = :document
    where id = :id and version = :expected`,
  byId: 'select id, document from grant where id = ?',
  list: 'select seq, id, document from grant',
  order: ['seq'],
  columns: (put) => ({
    id: put.id,
    version: put.version,
    state: put.state,
    request: put.request,
    person: put.person,
    vendor: put.vendor,
    not_before: put.notBefore,
    not_after: put.notAfter,
    grace_until: put.graceUntil,
    document: JSON.stringify(put),
  }),
  conditions: (filter) => [
    ...living(filter.state),
    ...oneOf('state', filter.state),
    ...equals('person', filter.person),
    ...equals('vendor', filter.vendor),
    ...equals('request', filter.request),
  ],
};

/** The literal lets SQLite take the index of the grants that still may be used. */
function living(states: readonly GrantState[] | undefined): readonly Condition[] {
  const alive = states?.every((state) => state === 'scheduled' || state === 'active');
  return alive === true ? [{ sql: `state in ('scheduled', 'active')` }] : [];
}

export const sessionTable: TableOf<'session'> = {
  insert: `
    insert into session (id, version, state, grant, person, vendor, asset, certificate, ended_at, document)
    values (:id, :version, :state, :grant, :person, :vendor, :asset, :certificate, :ended_at, :document)
    on conflict (id) do nothing`,
  update: `
    update session set version = :version, state = :state, certificate = :certificate,
      ended_at = :ended_at, document = :document
    where id = :id and version = :expected`,
  byId: 'select id, document from session where id = ?',
  list: 'select seq, id, document from session',
  order: ['seq'],
  columns: (put) => ({
    id: put.id,
    version: put.version,
    state: put.state,
    grant: put.grant,
    person: put.person,
    vendor: put.vendor,
    asset: put.asset,
    certificate: put.certificate,
    ended_at: put.endedAt ?? null,
    document: JSON.stringify(put),
  }),
  conditions: (filter) => [
    ...open(filter.state),
    ...oneOf('state', filter.state),
    ...equals('grant', filter.grant),
    ...equals('person', filter.person),
    ...equals('vendor', filter.vendor),
    ...equals('asset', filter.asset),
  ],
};

/** The literal lets SQLite take the index of the open sessions. */
function open(states: readonly SessionState[] | undefined): readonly Condition[] {
  return states !== undefined && !states.includes('ended') ? [{ sql: `state <> 'ended'` }] : [];
}

export const lockTable: TableOf<'lock'> = {
  insert: `
    insert into lock (id, version, lifted_at, document)
    values (:id, :version, :lifted_at, :document)
    on conflict (id) do nothing`,
  update: `
    update lock set version = :version, lifted_at = :lifted_at, document = :document
    where id = :id and version = :expected`,
  byId: 'select id, document from lock where id = ?',
  list: 'select seq, id, document from lock',
  order: ['seq'],
  columns: (put) => ({
    id: put.id,
    version: put.version,
    lifted_at: put.lifted?.at ?? null,
    document: JSON.stringify(put),
  }),
  conditions: ({ active }) =>
    active === undefined ? [] : [{ sql: active ? 'lifted_at is null' : 'lifted_at is not null' }],
};
