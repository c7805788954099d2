/** One process of the demo: started without a shell, logged to a file, ended politely. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** A child that has not ended this long after it was asked is killed. */
const END_WITHIN_MS = 10_000;

/** Lines of its log that are shown when a child fails. */
const LAST_LINES = 12;

export interface Child {
  readonly name: string;
  readonly log: string;
  /** Settles when the process has ended; true iff it was asked to. */
  readonly ended: Promise<boolean>;
  /** The end of its log, for people. */
  lastLines(): string;
  end(): Promise<void>;
}

/**
 * Starts `node ...args`. The child gets a process group of its own, so that Ctrl-C reaches only the
 * demo, which then ends its children in order.
 */
export function startChild(name: string, args: readonly string[], log: string): Child {
  const file = openSync(log, 'a', 0o600);
  const child: ChildProcess = spawn(process.execPath, [...args], {
    stdio: ['ignore', file, file],
    detached: true,
  });
  closeSync(file);
  let asked = false;
  const { promise: ended, resolve } = Promise.withResolvers<boolean>();
  child.once('exit', () => resolve(asked));
  child.once('error', () => resolve(asked));
  return {
    name,
    log,
    ended,
    lastLines: () => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n'),
    end: async () => {
      asked = true;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Runs `node ...args` to its end, with `input` as its standard input; its output comes with the exit code. */
export function runToEnd(
  args: readonly string[],
  input = '',
): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  // A command that does not read its input may close it first.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number; output: string }>();
  child.once('error', reject);
  child.once('exit', (code) => resolve({ code: code ?? 1, output }));
  return promise;
}
