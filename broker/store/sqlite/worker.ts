/**
 * The store thread: every SQLite call of the broker runs here, because they block, and a busy disk
 * must never hold up the gate. One question after the other, in the order in which they were asked.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { assetProtocols, assetsAmong, countAssets } from './asset-table.ts';
import { auditLeaves, auditSize, listLeaves } from './audit-leaves.ts';
import { commit } from './commit.ts';
import { lockFolder } from './folder-lock.ts';
import { HistoryFiles } from './history-files.ts';
import { countOpenAlerts, openAlertsOf } from './open-alerts.ts';
import type { Call, Calls, Question, Reply } from './protocol.ts';
import { countAlerts, getNoun, latestAlertOf, listNoun, openStateFile } from './state-file.ts';

function openCalls(folder: string): Calls {
  const lock = lockFolder(folder);
  const state = openStateFile(folder);
  const history = new HistoryFiles(folder);
  return {
    get: (noun, id) => getNoun(state, noun, id),
    list: (noun, filter, page) => listNoun(state, noun, filter, page),
    countAlerts: () => countAlerts(state),
    latestAlertOf: (origin, dedupKey) => latestAlertOf(state, origin, dedupKey),
    openAlertsOf: (address, limit) => openAlertsOf(state, address, limit),
    countOpenAlerts: (addresses) => countOpenAlerts(state, addresses),
    countAssets: () => countAssets(state),
    assetsAmong: (ids) => assetsAmong(state, ids),
    assetProtocols: () => assetProtocols(state),
    auditSize: () => auditSize(state),
    auditLeaves: (from, limit) => auditLeaves(state, from, limit),
    listLeaves: (filter, page) => listLeaves(state, filter, page),
    appendOperations: (items, receivedAt) => history.appendOperations(items, receivedAt),
    appendEmissions: (items) => history.appendEmissions(items),
    unexplained: (limit) => history.unexplained(limit),
    countUnexplained: (sensor) => history.countUnexplained(sensor),
    unseen: (before, limit) => history.unseen(before, limit),
    emissionsOf: (key, from, until) => history.emissionsOf(key, from, until),
    settleOperation: (id, verdict, emission) => history.settleOperation(id, verdict, emission),
    settleEmission: (id, verdict) => history.settleEmission(id, verdict),
    commit: (writes, leaves) => commit(state, writes, leaves),
    close: () => {
      history.close();
      state.close();
      lock.release();
    },
  };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function answer<C extends Call>(calls: Calls, { number, call, args }: Question<C>): Reply {
  try {
    const run = calls[call] as (...given: Parameters<Calls[C]>) => unknown;
    return { kind: 'answer', number, answer: run(...args) };
  } catch (error) {
    return { kind: 'error', number, message: messageOf(error) };
  }
}

function serve(folder: string): void {
  const port = parentPort;
  if (port === null) throw new Error('the store thread is started by `openSqliteStore`');
  const reply = (message: Reply): void => port.postMessage(message);
  try {
    const calls = openCalls(folder);
    port.on('message', (question: Question) => {
      reply(answer(calls, question));
      if (question.call === 'close') port.close();
    });
    reply({ kind: 'ready' });
  } catch (error) {
    reply({ kind: 'failed', message: messageOf(error) });
    port.close();
  }
}

serve(String(workerData));
