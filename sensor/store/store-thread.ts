/** The sensor's end of the store thread: questions go out, answers come back as promises. */
import { Worker } from 'node:worker_threads';
import type { Alert } from '#sensor/model/alert.ts';
import type { LinkItem } from '#sensor/model/link.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { OutboxLimits } from './outbox.ts';
import { pack } from './packed.ts';
import type { Backlog, Batch, StoredEvidence } from './sensor-store.ts';
import type { Question, Reply, StoreCall, StoreCalls, StoreThreadData } from './store-calls.ts';

/** A disk that stands still so long is broken; whoever waits for it goes on, and what is found then waits in memory. */
const BLOCK_MS = 5000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: SensorError) => void;
}

/** As `SensorStore`, on a thread of its own. Each method rejects with `store` where the database or the thread fails. */
export class StoreThread {
  readonly #worker: Worker;
  readonly #answered: Int32Array;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  /** Set once the thread can answer no more. */
  #over: string | undefined;
  #backlog: Backlog = { waiting: 0, givenUp: 0 };

  private constructor(worker: Worker, answered: SharedArrayBuffer) {
    this.#worker = worker;
    this.#answered = new Int32Array(answered);
    worker.on('message', (reply: Reply) => this.#take(reply));
    worker.on('error', (error: Error) => this.#end(`the store has failed: ${error.message}`));
    worker.on('exit', () => this.#end('the store is closed'));
  }

  /** Opens or makes the database. Rejects with `store` where the file cannot be used, or a newer version made it. */
  static async open(path: string, limits?: OutboxLimits): Promise<StoreThread> {
    const answered = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const data: StoreThreadData = { path, limits, answered };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: data });
    const thread = new StoreThread(worker, answered);
    await new Promise<void>((resolve, reject) => {
      const failed = (message: string): void => reject(new SensorError('store', message));
      worker.once('message', (reply: Reply) => {
        if (reply.kind === 'failed') failed(reply.message);
        else resolve();
      });
      worker.once('error', (error: Error) => failed(error.message));
    });
    return thread;
  }

  /** Writes everything, with what the broker is to know, or nothing. Gives outbox rows given up for space. */
  async commit(batch: Batch, now: Micros): Promise<number> {
    const { givenUp, backlog } = await this.#ask('commit', pack(batch), now);
    this.#backlog = backlog;
    return givenUp;
  }

  next(limit: number, maxBytes: number): Promise<readonly LinkItem[]> {
    return this.#ask('next', limit, maxBytes);
  }

  settle(accepted: readonly string[]): Promise<void> {
    return this.#ask('settle', accepted);
  }

  nextEvidence(): Promise<StoredEvidence | undefined> {
    return this.#ask('nextEvidence');
  }

  settleEvidence(alertId: string): Promise<void> {
    return this.#ask('settleEvidence', alertId);
  }

  alertsSince(since: Micros, limit: number): Promise<readonly Alert[]> {
    return this.#ask('alertsSince', since, limit);
  }

  /** As of the last commit. */
  get backlog(): Backlog {
    return this.#backlog;
  }

  /** Stands still until all that was asked is answered: packets then wait in the kernel's buffer, where a loss is counted. */
  block(): void {
    const deadline = Date.now() + BLOCK_MS;
    for (;;) {
      const answered = Atomics.load(this.#answered, 0);
      const left = deadline - Date.now();
      if (answered >= this.#asked || this.#over !== undefined || left <= 0) return;
      Atomics.wait(this.#answered, 0, answered, left);
    }
  }

  /** What was asked before is answered first. */
  async close(): Promise<void> {
    if (this.#over !== undefined) return;
    const gone = new Promise((resolve) => this.#worker.once('exit', resolve));
    await this.#ask('close');
    await gone;
  }

  async #ask<C extends StoreCall>(
    call: C,
    ...args: Parameters<StoreCalls[C]>
  ): Promise<ReturnType<StoreCalls[C]>> {
    if (this.#over !== undefined) throw new SensorError('store', this.#over);
    const question: Question<C> = { number: this.#asked, call, args };
    this.#asked++;
    const answer = await new Promise<unknown>((resolve, reject) => {
      this.#worker.postMessage(question);
      this.#waiting.set(question.number, { resolve, reject });
    });
    // The thread answers each question with what `StoreCalls` says, from the same source.
    return answer as ReturnType<StoreCalls[C]>;
  }

  #take(reply: Reply): void {
    switch (reply.kind) {
      case 'ready':
        this.#backlog = reply.backlog;
        return;
      case 'failed':
        return;
      case 'answer':
        this.#waiting.get(reply.number)?.resolve(reply.answer);
        this.#waiting.delete(reply.number);
        return;
      case 'error':
        this.#waiting.get(reply.number)?.reject(new SensorError('store', reply.message));
        this.#waiting.delete(reply.number);
        return;
      default:
        reply satisfies never;
    }
  }

  #end(why: string): void {
    this.#over ??= why;
    for (const { reject } of this.#waiting.values()) reject(new SensorError('store', this.#over));
    this.#waiting.clear();
  }
}
