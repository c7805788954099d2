/**
 * States that a client writes far faster than it did before: brute force against the process, or a
 * program that ran away.
 *
 * Exact and small: to know whether more than n writes fell into the window it is enough to keep the
 * times of the last n + 1.
 */
import type { Exchange } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import { changesSomething } from '#sensor/model/operation.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { type Detector, NO_FACTS } from './detector.ts';
import { pairKey } from './pair-key.ts';
import { RecentMap } from './recent-map.ts';

export const WRITE_BURST = 'burst.writes';
export const BURST_FULL = 'burst.memory-full';

export const BURST_WINDOW_MICROS = 2_000_000;
/** Never a burst, however calm the pair was: ten writes a second for two seconds. */
export const BURST_FLOOR = 20;
/** A burst is more than so many times what is usual for the pair. */
const BURST_FACTOR = 3;
/** Windows in which a new rate becomes the usual one: 300 of 2 s are ten minutes. */
const USUAL_WINDOWS = 300;
/** Above it every rate is a burst: no Modbus device executes 500 writes a second. */
const MAX_THRESHOLD = 1000;
/** Pairs of client and server watched at once; each keeps 21 times, seldom more. */
export const MAX_BURST_PAIRS = 4096;

interface Pair {
  /** Times of the newest writes, the oldest first. */
  readonly times: Micros[];
  /** Writes in a window, averaged over the last `USUAL_WINDOWS`. */
  usual: number;
  /** Writes in the window that began at `began`. */
  counted: number;
  began: Micros;
}

type Memory = RecentMap<string, Pair>;

export function burstDetector(): Detector<Memory> {
  return {
    name: 'burst',
    remember: () => new RecentMap<string, Pair>(MAX_BURST_PAIRS),
    inspect: (event, now, memory) =>
      event.kind === 'exchange' ? inspect(event, now, memory) : NO_FACTS,
  };
}

function inspect(exchange: Exchange, now: Micros, memory: Memory): readonly Fact[] {
  if (!changesSomething(exchange.operations)) return NO_FACTS;
  const key = pairKey(exchange.client, exchange.server);
  const known = memory.touch(key);
  const pair = known ?? { times: [], usual: 0, counted: 0, began: now };
  const forgot = known === undefined && memory.add(key, pair);
  const burst = count(pair, now);
  if (!forgot) return burst === undefined ? NO_FACTS : [burst];
  const text = `${MAX_BURST_PAIRS} pairs of client and server are watched for bursts; the one quiet longest was forgotten`;
  const full = { name: BURST_FULL, text };
  return burst === undefined ? [full] : [full, burst];
}

/** Counts a write; states a burst if it makes one. */
function count(pair: Pair, now: Micros): Fact | undefined {
  average(pair, now);
  const threshold = Math.min(MAX_THRESHOLD, Math.max(BURST_FLOOR, pair.usual * BURST_FACTOR));
  const kept = Math.floor(threshold) + 1;
  const { times } = pair;
  times.push(now);
  while (times.length > kept) times.shift();
  const oldest = times[0];
  const isBurst = times.length === kept && oldest !== undefined;
  if (!isBurst || now - oldest >= BURST_WINDOW_MICROS) return undefined;
  return { name: WRITE_BURST, text: inWords(kept, now - oldest, pair.usual) };
}

/** Takes the windows that ended before `now` into the average, empty ones too. */
function average(pair: Pair, now: Micros): void {
  const ended = Math.floor((now - pair.began) / BURST_WINDOW_MICROS);
  if (ended >= 1) {
    const keep = 1 - 1 / USUAL_WINDOWS;
    pair.usual = (pair.usual * keep + pair.counted / USUAL_WINDOWS) * keep ** (ended - 1);
    pair.counted = 0;
    pair.began = micros(pair.began + ended * BURST_WINDOW_MICROS);
  }
  pair.counted++;
}

function inWords(writes: number, span: number, usual: number): string {
  const minute = usual * (60_000_000 / BURST_WINDOW_MICROS);
  const before = minute < 0.5 ? 'hardly any before' : `about ${Math.round(minute)} a minute before`;
  return `${writes} writes within ${(span / 1_000_000).toFixed(1)} s, ${before}`;
}
