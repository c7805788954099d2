import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endlessPolls } from '../support/endless-polls.ts';
import { runs } from '../support/runs.ts';

const LAUNCHER = join(import.meta.dirname, '../../lockkeeper');

/** What a site of the largest size may take, the process whole: 50 MiB of it are Node's own program. It takes some 245. */
const MAX_RSS_MIB = 275;
const LIVE_FLOWS = 50_000;
/** Polls of each of them: the first ones settle, then they are known. */
const POLLS_EACH = 6;
const CONNECTIONS = 200;
/** A tenth of the long run is the short one, and the long one may take so much more. */
const SHORT_SHARE = 10;
const MAX_GROWTH = 1.1;
/** Packets of the long run; the proof runs it longer. */
const PACKETS = 1_000_000;

interface Stats {
  readonly packets: number;
  readonly exchanges: number;
  readonly rss_mib: number;
  readonly cpu_s: number;
}

/** Reads so many packets of so many connections in a process of its own. */
async function read(connections: number, packets: number): Promise<Stats> {
  const args = ['sensor', 'read', '--stats', '-', '-'];
  const child = spawn(LAUNCHER, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (text: Buffer) => {
    out += text.toString();
  });
  const ended = once(child, 'close');
  for (const piece of endlessPolls(connections, packets)) {
    // The same buffer comes again, so it has to be gone first.
    await new Promise<void>((resolve, reject) => {
      child.stdin.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
  child.stdin.end();
  await ended;
  return JSON.parse(out) as Stats;
}

test(`with ${LIVE_FLOWS} live connections the sensor takes at most ${MAX_RSS_MIB} MiB`, async () => {
  const stats = await read(LIVE_FLOWS, LIVE_FLOWS * 3 * POLLS_EACH);
  console.log(`${LIVE_FLOWS} connections: ${stats.rss_mib} MiB`);
  expect(stats.exchanges).toBe(LIVE_FLOWS * POLLS_EACH);
  expect(stats.rss_mib).toBeLessThanOrEqual(MAX_RSS_MIB);
});

test('it takes as much after many packets as after a tenth of them', async () => {
  const packets = runs(PACKETS);
  const short = await read(CONNECTIONS, packets / SHORT_SHARE);
  const long = await read(CONNECTIONS, packets);
  console.log(
    `${short.packets} packets: ${short.rss_mib} MiB; ${long.packets}: ${long.rss_mib} MiB`,
  );
  expect(long.rss_mib).toBeLessThanOrEqual(short.rss_mib * MAX_GROWTH);
});
