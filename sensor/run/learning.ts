/** The learning phase of a sensor, and the baseline that it leaves behind, over restarts. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BaselineOptions } from '#sensor/detect/baseline.ts';
import { LearnedWriters, readLearnedWriters } from '#sensor/detect/learned-writers.ts';
import { replaceFile } from '#sensor/link/identity.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import { isoMicros, type Micros, parseIso } from '#sensor/model/time.ts';

const BASELINE_FILE = 'baseline.json';
const SINCE_FILE = 'learning-since';

export interface Learning {
  readonly learned: LearnedWriters;
  readonly phase: BaselineOptions['phase'];
  /** First time at which nothing is learned any more; undefined where nothing is learned at all. */
  readonly until: Micros | undefined;
  /** Writes the baseline where it has grown since the last call. */
  readonly save: () => void;
}

export interface LearningOptions {
  /** Where the baseline lies. */
  readonly folder: string;
  /** µs of learning from the first start on; 0 = none. */
  readonly learnFor: number;
  readonly now: Micros;
  /** True iff a plant policy says who writes. */
  readonly policyKnown: () => boolean;
  /** Told once where the baseline cannot be written; it is tried again. */
  readonly failed: (why: string) => void;
}

/** Throws `SensorError` where what was learned cannot be read: better no start than a forgotten plant. */
export function openLearning(options: LearningOptions): Learning {
  const { folder, learnFor, now, policyKnown, failed } = options;
  const path = join(folder, BASELINE_FILE);
  const learned = readBaseline(path);
  const until = learnFor === 0 ? undefined : ((startOf(folder, now) + learnFor) as Micros);
  let saved = learned.size;
  let failing = false;
  return {
    learned,
    until,
    phase: (at) => {
      if (until !== undefined) return at < until ? 'learn' : 'judge';
      return learned.size > 0 || policyKnown() ? 'judge' : 'off';
    },
    save: () => {
      if (learned.size === saved) return;
      try {
        replaceFile(path, learned.toText());
      } catch (error) {
        // A full disk stops no sensor: what was learned is in memory, and counts.
        if (!failing) failed(error instanceof Error ? error.message : String(error));
        failing = true;
        return;
      }
      failing = false;
      saved = learned.size;
    },
  };
}

function readBaseline(path: string): LearnedWriters {
  if (!existsSync(path)) return new LearnedWriters();
  const learned = readLearnedWriters(readFileSync(path, 'utf8'));
  if (typeof learned !== 'string') return learned;
  const text = `the baseline \`${path}\` ${learned}; put back a good copy, or remove it to learn anew`;
  throw new SensorError('config', text);
}

/** When learning began, which a restart does not change. */
function startOf(folder: string, now: Micros): Micros {
  const path = join(folder, SINCE_FILE);
  const since = existsSync(path) ? parseIso(readFileSync(path, 'utf8').trim()) : undefined;
  if (since !== undefined) return since;
  replaceFile(path, `${isoMicros(now)}\n`);
  return now;
}
