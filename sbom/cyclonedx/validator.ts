/**
 * SBOMs are checked in a process of its own, one after the other, each within bounds of time and memory. In a
 * thread they would not be bounds: `JSON.parse` cannot be stopped there, and V8 ends the whole process, which
 * is also that of the gate, where a thread cannot have more memory.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { SbomError } from '../sbom-error.ts';
import type { SbomAnswer } from './check.ts';

export interface SbomValidator {
  /**
   * The bytes stay the caller's. Rejects with `validator` where the process ends or takes longer than it may:
   * that depends on the machine too, and says nothing about the SBOM.
   */
  check(bytes: Uint8Array): Promise<SbomAnswer>;
  close(): Promise<void>;
}

export interface SbomLimits {
  readonly heapMiB: number;
  /** What an SBOM of `size` bytes may take, on a machine that may have much else to do. */
  readonly patienceMs: (size: number) => number;
}

/**
 * `BOUNDS` of `check.ts` keeps every SBOM far below both: the worst that fits takes 10 s of CPU and 0.9 GiB, and
 * 50,000 honest components take 3 s.
 */
const LIMITS: SbomLimits = {
  heapMiB: 1536,
  patienceMs: (size) => 60_000 + size / 512,
};

/** The process is started by the first question, and stays warm. */
export function openSbomValidator(limits: SbomLimits = LIMITS): SbomValidator {
  let child: ChildProcess | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const start = (): ChildProcess => {
    const started = fork(new URL('./child.ts', import.meta.url), {
      execArgv: [`--max-old-space-size=${limits.heapMiB}`],
      // nothing of the broker's that it has no need of
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const forget = (): void => {
      if (child === started) child = undefined;
    };
    started.on('exit', forget).on('error', forget);
    return started;
  };
  const ask = async (bytes: Uint8Array): Promise<SbomAnswer> => {
    child ??= start();
    const reply = await replyOf(child, bytes, limits.patienceMs(bytes.length));
    if (reply.kind !== 'failed') return reply;
    await stop();
    throw new SbomError('validator', `the SBOM validator has failed: ${reply.why}`);
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running !== undefined) await kill(running);
  };
  return {
    check: (bytes) => {
      const answer = last.then(() => ask(bytes));
      last = answer.catch(() => undefined);
      return answer;
    },
    close: async () => {
      await last;
      await stop();
    },
  };
}

type Reply = SbomAnswer | { readonly kind: 'failed'; readonly why: string };

/** The next message of the process, or how it ended. */
function replyOf(child: ChildProcess, bytes: Uint8Array, maxMs: number): Promise<Reply> {
  return new Promise((resolve) => {
    const done = (reply: Reply): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('error', onError).off('exit', onExit);
      resolve(reply);
    };
    const failed = (why: string): void => done({ kind: 'failed', why });
    const onMessage = (message: unknown): void => done(message as Reply);
    const onError = (error: Error): void => failed(error.message);
    const onExit = (code: number | null, signal: string | null): void =>
      failed(`its process ended with ${signal ?? `code ${code}`}`);
    const timer = setTimeout(() => failed(`it was not done after ${maxMs} ms`), maxMs);
    child.on('message', onMessage).on('error', onError).on('exit', onExit);
    child.send(bytes, (error) => {
      if (error !== null) failed(error.message);
    });
  });
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    // also where it never started
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve()).kill('SIGKILL');
  });
}
