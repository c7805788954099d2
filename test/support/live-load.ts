/**
 * A sensor under load, as a program in a network namespace of its own: it makes two ends of a cable, lets
 * tcpreplay send a capture into the one, runs the whole sensor on the other, and prints what it cost.
 *
 *     unshare -n node test/support/live-load.ts CAPTURE PACKETS PER_SECOND
 *
 * Latency is the time from the kernel's time of a packet until the packet's events are made, of every 16th.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StartLive, startLiveCapture } from '#sensor/capture/live.ts';
import type { RunningCapture } from '#sensor/capture/source.ts';
import { micros } from '#sensor/model/time.ts';
import { loadOrSay } from '#sensor/run/command.ts';
import { type RunNews, runSensor } from '#sensor/run/run.ts';
import type { LiveLoad } from './live-load-result.ts';

const SAMPLED = 16;
const SENDS = 'plant0';
const HEARS = 'mirror0';

const TROUBLE: ReadonlySet<RunNews['kind']> = new Set([
  'given-up',
  'store-failed',
  'capture-ended',
]);

const [capture = '', packets = '', perSecond = ''] = process.argv.slice(2);

/** Times of the wall with the resolution of the machine's own. */
const now = (): number => (performance.timeOrigin + performance.now()) * 1000;

const latencies: number[] = [];
let running: RunningCapture | undefined;
const measured: StartLive = async (options, sink) => {
  running = await startLiveCapture(options, (packet) => {
    const { number, at } = packet;
    sink(packet);
    if (number % SAMPLED === 0) latencies.push(now() - at);
  });
  return running;
};

function plug(): void {
  const ip = (...args: readonly string[]) => execFileSync('ip', ['link', ...args]);
  ip('add', SENDS, 'type', 'veth', 'peer', 'name', HEARS);
  for (const end of [SENDS, HEARS]) {
    // Nothing but what is replayed shall be heard: no neighbour discovery.
    execFileSync('sysctl', ['-q', '-w', `net.ipv6.conf.${end}.disable_ipv6=1`]);
    ip('set', end, 'up');
  }
}

const share = (part: number): number => {
  const sorted = latencies.toSorted((a, b) => a - b);
  return (sorted[Math.floor(sorted.length * part)] ?? 0) / 1000;
};

async function replay(): Promise<number> {
  const args = [
    `--pps=${perSecond}`,
    '--limit',
    packets,
    '--intf1',
    SENDS,
    '--preload-pcap',
    capture,
  ];
  const tool = spawn('tcpreplay', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  tool.stdout.on('data', (bytes: Buffer) => {
    told += bytes.toString();
  });
  await once(tool, 'close');
  return Number(/Rated:.*?([\d.]+) pps/.exec(told)?.[1] ?? 0);
}

plug();
const data = mkdtempSync(join(tmpdir(), 'live-load-'));
const stop = new AbortController();
const news: RunNews[] = [];
const sensor = runSensor({
  config: {
    name: 'load',
    data,
    capture: { kind: 'live', interface: HEARS, filter: '', backend: 'auto', promiscuous: true },
    plant: undefined,
    rules: 'rules',
    learnFor: 0,
    inventoryEvery: 60_000_000,
  },
  clock: () => micros(Date.now() * 1000),
  wait: (ms, signal) => sleep(ms, undefined, { signal }),
  random: Math.random,
  seed: 1,
  startLive: measured,
  loadPlant: loadOrSay,
  news: (each) => news.push(each),
  stop: stop.signal,
});
try {
  while (running === undefined) await sleep(10);
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  const rate = await replay();
  const seconds = (performance.now() - startedAt) / 1000;
  // The last packets wait at most the capture's buffer timeout; drained, the counts stand still.
  for (let last = -1; last !== running.counters().delivered; await sleep(500)) {
    last = running.counters().delivered;
  }
  const used = process.cpuUsage(usedBefore);
  const { received, dropped, delivered } = running.counters();
  const result: LiveLoad = {
    backend: running.backend,
    rate,
    received,
    dropped,
    delivered,
    core: (used.user + used.system) / 1e6 / seconds,
    p50: share(0.5),
    p99: share(0.99),
    alerts: news.filter(({ kind }) => kind === 'alert').length,
    trouble: news.map(({ kind }) => kind).filter((kind) => TROUBLE.has(kind)),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  stop.abort();
  await sensor;
  rmSync(data, { recursive: true, force: true });
}
