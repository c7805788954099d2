/** The broker's end of the store thread: questions go out, answers come back as promises. */
import { Worker } from 'node:worker_threads';
import { BrokerError } from '#broker/model/broker-error.ts';
import type { Call, Calls, Question, Reply } from './protocol.ts';

/** A disk that stalls for seconds must not fill memory with waiting questions. */
const MAX_WAITING = 10_000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: BrokerError) => void;
}

export class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  /** Set once the thread can answer no more. */
  #over: string | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: Reply) => this.#take(reply));
    worker.on('error', (error: Error) => this.#end(`the store has failed: ${error.message}`));
    worker.on('exit', () => this.#end('the store is closed'));
  }

  /** Resolves when the folder is open. Rejects with `store` where it cannot be used. */
  static async start(folder: string): Promise<StoreThread> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: folder });
    const thread = new StoreThread(worker);
    await new Promise<void>((resolve, reject) => {
      const failed = (message: string): void => reject(new BrokerError('store', message));
      worker.once('message', (reply: Reply) => {
        if (reply.kind === 'failed') failed(reply.message);
        else resolve();
      });
      worker.once('error', (error: Error) => failed(error.message));
    });
    return thread;
  }

  /** Rejects with `store`: a rule of the store was broken, or the thread is gone. */
  async ask<C extends Call>(call: C, ...args: Parameters<Calls[C]>): Promise<ReturnType<Calls[C]>> {
    if (this.#over !== undefined) throw new BrokerError('store', this.#over);
    if (this.#waiting.size >= MAX_WAITING) {
      throw new BrokerError('store', `the disk is too slow: ${MAX_WAITING} questions are waiting`);
    }
    const question: Question<C> = { number: this.#asked, call, args };
    this.#asked += 1;
    const answer = await new Promise<unknown>((resolve, reject) => {
      this.#worker.postMessage(question);
      this.#waiting.set(question.number, { resolve, reject });
    });
    // The thread answers each question with what `Calls` says, from the same source.
    return answer as ReturnType<Calls[C]>;
  }

  /** What was asked before is answered first. */
  async close(): Promise<void> {
    if (this.#over !== undefined) return;
    const gone = new Promise((resolve) => this.#worker.once('exit', resolve));
    await this.ask('close');
    await gone;
  }

  #take(reply: Reply): void {
    switch (reply.kind) {
      case 'ready':
      case 'failed':
        return;
      case 'answer':
        this.#waiting.get(reply.number)?.resolve(reply.answer);
        this.#waiting.delete(reply.number);
        return;
      case 'error':
        this.#waiting.get(reply.number)?.reject(new BrokerError('store', reply.message));
        this.#waiting.delete(reply.number);
        return;
      default:
        reply satisfies never;
    }
  }

  #end(why: string): void {
    this.#over ??= why;
    for (const { reject } of this.#waiting.values()) reject(new BrokerError('store', this.#over));
    this.#waiting.clear();
  }
}
