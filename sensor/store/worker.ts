/**
 * The store thread: every SQLite call of the sensor runs here, because they block, and packets must not wait
 * for a disk. One question after the other, in the order in which they were asked.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { unpack } from './packed.ts';
import { SensorStore } from './sensor-store.ts';
import type { Question, Reply, StoreCall, StoreCalls, StoreThreadData } from './store-calls.ts';

function openCalls(store: SensorStore): StoreCalls {
  return {
    commit: (batch, now) => ({ givenUp: store.commit(unpack(batch), now), backlog: store.backlog }),
    next: (limit, maxBytes) => store.next(limit, maxBytes),
    settle: (accepted) => store.settle(accepted),
    nextEvidence: () => store.nextEvidence(),
    settleEvidence: (alertId) => store.settleEvidence(alertId),
    alertsSince: (since, limit) => store.alertsSince(since, limit),
    close: () => store.close(),
  };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function answer<C extends StoreCall>(
  calls: StoreCalls,
  { number, call, args }: Question<C>,
): Reply {
  try {
    const run = calls[call] as (...given: Parameters<StoreCalls[C]>) => unknown;
    return { kind: 'answer', number, answer: run(...args) };
  } catch (error) {
    return { kind: 'error', number, message: messageOf(error) };
  }
}

function serve({ path, limits, answered }: StoreThreadData): void {
  const port = parentPort;
  if (port === null) throw new Error('the store thread is started by `StoreThread.open`');
  const counter = new Int32Array(answered);
  const reply = (message: Reply): void => port.postMessage(message);
  let store: SensorStore;
  try {
    store = new SensorStore(path, limits);
  } catch (error) {
    reply({ kind: 'failed', message: messageOf(error) });
    port.close();
    return;
  }
  const calls = openCalls(store);
  port.on('message', (question: Question) => {
    reply(answer(calls, question));
    Atomics.add(counter, 0, 1);
    Atomics.notify(counter, 0);
    if (question.call === 'close') port.close();
  });
  reply({ kind: 'ready', backlog: store.backlog });
}

serve(workerData as StoreThreadData);
