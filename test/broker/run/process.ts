/** A broker as a process of its own, as a site runs it, on ports that the system chooses. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../../..');
const START_WITHIN_MS = 30_000;

export interface BrokerFolder {
  readonly folder: string;
  readonly policy: string;
  readonly config: string;
  remove(): void;
}

export function brokerFolder(more: Readonly<Record<string, unknown>> = {}): BrokerFolder {
  const folder = mkdtempSync(join(tmpdir(), 'lk-broker-'));
  const policy = join(folder, 'plant.yaml');
  copyFileSync(join(ROOT, 'policies/example-plant.yaml'), policy);
  const config = join(folder, 'broker.yaml');
  const any = () => ({ host: '127.0.0.1', port: 0 });
  writeFileSync(
    config,
    stringify({
      data: 'data',
      policy: 'plant.yaml',
      rules: join(ROOT, 'rules'),
      listen: { web: any(), loopback: any(), gate: any(), sensors: any() },
      sign_in: { demo: true },
      checkpoint_copy: 'second-place',
      gate: { address: '127.20.10.1' },
      policy_change: 'file',
      ...more,
    }),
  );
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { folder, policy, config, remove };
}

export interface BrokerProcess {
  /** Ports by the name of the listener. */
  readonly ports: ReadonlyMap<string, number>;
  /** Origin of the loopback listener. */
  readonly origin: string;
  /** What it wrote so far, log and all. */
  output(): string;
  /** Resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Runs `lockkeeper broker`, and resolves with its exit code and what it wrote, whether it starts or not. */
export function runBroker(args: readonly string[]): {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly output: () => string;
} {
  const child = spawn(process.execPath, [join(ROOT, 'main.ts'), 'broker', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const { promise: ended, resolve: end } = Promise.withResolvers<number | null>();
  child.once('close', end);
  return { child, ended, output: () => text };
}

export async function startProcess({ config }: BrokerFolder): Promise<BrokerProcess> {
  const { child, ended, output } = runBroker(['--config', config]);
  const ready = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => ready.reject(new Error(`not ready:\n${output()}`)),
    START_WITHIN_MS,
  );
  child.stdout?.on('data', () => {
    if (/^ready$/m.test(output())) ready.resolve();
  });
  void ended.then(() => ready.reject(new Error(`ended:\n${output()}`)));
  await ready.promise;
  clearTimeout(timer);
  const lines = output().matchAll(/^(\w+) 127\.0\.0\.1:(\d+)$/gm);
  const ports = new Map([...lines].map(([, name = '', port]) => [name, Number(port)]));
  return {
    ports,
    origin: `http://localhost:${ports.get('loopback')}`,
    output,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}
