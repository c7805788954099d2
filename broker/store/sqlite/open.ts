/**
 * The store on one machine: SQLite in a thread of its own.
 *
 *     FOLDER/state.db            nouns and audit leaves; a commit is on disk when it returns
 *     FOLDER/history-2026-11.db  operations and emissions of one month
 *     FOLDER/in-use.lock         held while a broker runs
 */
import { mkdirSync } from 'node:fs';
import { BrokerError } from '#broker/model/broker-error.ts';
import { leavesOf } from '../change.ts';
import type { PageRequest, Reader, Store } from '../store.ts';
import type { Noun, Nouns } from './nouns.ts';
import { StoreThread } from './thread.ts';

/** As `PageRequest` says. */
const MAX_PAGE = 200;
/** As `AuditReader` says; also for the searches of the join. */
const MAX_BATCH = 1000;

/** Makes the folder (0700) where it is missing. Rejects with `store`: in use, no right, a newer schema. */
export async function openSqliteStore({ folder }: { readonly folder: string }): Promise<Store> {
  makeFolder(folder);
  const thread = await StoreThread.start(folder);
  return {
    requests: reader(thread, 'request'),
    grants: reader(thread, 'grant'),
    sessions: reader(thread, 'session'),
    locks: reader(thread, 'lock'),
    alerts: {
      ...reader(thread, 'alert'),
      counts: () => thread.ask('countAlerts'),
      latestOf: (origin, dedupKey) => thread.ask('latestAlertOf', origin, dedupKey),
      openOf: async (address, limit) =>
        thread.ask('openAlertsOf', address, within(limit, MAX_BATCH)),
      countOpen: (addresses) => thread.ask('countOpenAlerts', addresses),
    },
    assets: {
      ...reader(thread, 'asset'),
      count: () => thread.ask('countAssets'),
      among: (ids) => thread.ask('assetsAmong', ids),
      protocols: () => thread.ask('assetProtocols'),
    },
    sensors: reader(thread, 'sensor'),
    policies: reader(thread, 'policy'),
    releases: reader(thread, 'release'),
    audit: {
      size: () => thread.ask('auditSize'),
      leaves: async (from, limit) => thread.ask('auditLeaves', from, within(limit, MAX_BATCH)),
      list: async (filter, page) => thread.ask('listLeaves', filter, checked(page)),
    },
    history: historyOf(thread),
    commit: async (change) => thread.ask('commit', change.writes, leavesOf(change)),
    close: () => thread.close(),
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(folder, error);
  }
}

const unusable = (folder: string, cause: unknown): BrokerError =>
  new BrokerError('store', `folder \`${folder}\` cannot be made; give the broker the right to`, {
    cause,
  });

function reader<N extends Noun>(
  thread: StoreThread,
  noun: N,
): Reader<Nouns[N]['record']['id'], Nouns[N]['record'], Nouns[N]['filter']> {
  type Found = Nouns[N]['record'];
  return {
    get: async (id) => (await thread.ask('get', noun, id)) as Found | undefined,
    list: async (filter, page) => {
      const found = await thread.ask('list', noun, filter, checked(page));
      return found as typeof found & { readonly items: readonly Found[] };
    },
  };
}

function historyOf(thread: StoreThread): Store['history'] {
  return {
    appendOperations: (items, receivedAt) => thread.ask('appendOperations', items, receivedAt),
    appendEmissions: (items) => thread.ask('appendEmissions', items),
    unexplained: async (limit) => thread.ask('unexplained', within(limit, MAX_BATCH)),
    countUnexplained: (sensor) => thread.ask('countUnexplained', sensor),
    unseen: async (before, limit) => thread.ask('unseen', before, within(limit, MAX_BATCH)),
    emissionsOf: (key, from, until) => thread.ask('emissionsOf', key, from, until),
    settleOperation: (id, verdict, emission) =>
      thread.ask('settleOperation', id, verdict, emission),
    settleEmission: (id, verdict) => thread.ask('settleEmission', id, verdict),
  };
}

function within(limit: number, most: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  throw new RangeError(`limit ${limit} is not in 1..${most}`);
}

const checked = (page: PageRequest): PageRequest => ({
  ...page,
  limit: within(page.limit, MAX_PAGE),
});
