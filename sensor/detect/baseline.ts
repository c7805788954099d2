/**
 * States that a client writes to a server it never wrote to before in this plant.
 *
 * Known are: clients that a conduit of the plant policy lets write, and those seen writing while the
 * sensor learned. Who is not known stays unknown: writing once does not make a writer, or an
 * attacker's second write would be silent.
 */
import type { Exchange } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import { changesSomething } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';
import { type Detector, NO_FACTS } from './detector.ts';
import type { LearnedWriters } from './learned-writers.ts';
import type { PlantView } from './plant-view.ts';

export const NEW_WRITER = 'baseline.new-writer';
export const LEARNED_WRITER = 'baseline.learned-writer';
export const BASELINE_FULL = 'baseline.full';

/** Writers named in a sentence; the rest is counted. */
const NAMED = 5;

export interface BaselineOptions {
  readonly plant: Pick<PlantView, 'mayWrite' | 'writersOf' | 'asset'>;
  readonly learned: LearnedWriters;
  /** `learn`: take in who writes. `judge`: state who is new. `off`: nothing to compare with. */
  readonly phase: (now: Micros) => 'learn' | 'judge' | 'off';
}

export function baselineDetector(options: BaselineOptions): Detector<LearnedWriters> {
  return {
    name: 'baseline',
    remember: () => options.learned,
    inspect: (event, now, learned) => {
      if (event.kind !== 'exchange' || !changesSomething(event.operations)) return NO_FACTS;
      const phase = options.phase(now);
      if (phase === 'off') return NO_FACTS;
      return phase === 'learn' ? learn(event, learned) : judge(event, learned, options.plant);
    },
  };
}

/** What a device refused teaches nothing. */
function learn({ client, server, outcome, at }: Exchange, learned: LearnedWriters): Fact[] {
  if (outcome === 'failure' || learned.has(client.ip, server)) return [];
  if (learned.learn(client.ip, server, at)) {
    const text = `${client.ip} is learned as a writer of ${server.ip}`;
    return [{ name: LEARNED_WRITER, text }];
  }
  return [{ name: BASELINE_FULL, text: `${learned.size} writers are learned, no more fit` }];
}

function judge(
  { client, server }: Exchange,
  learned: LearnedWriters,
  plant: BaselineOptions['plant'],
): Fact[] {
  if (plant.mayWrite(client.ip, server.ip) || learned.has(client.ip, server)) return [];
  const nameOf = (ip: string): string => plant.asset(ip)?.id ?? ip;
  const known = list(learned.of(server).map(nameOf));
  const byPolicy = list(plant.writersOf(server.ip));
  const parts = [
    known === '' ? 'no writer was learned' : `learned writers: ${known}`,
    ...(byPolicy === '' ? [] : [`by policy: ${byPolicy}`]),
  ];
  return [{ name: NEW_WRITER, text: `never wrote before (${parts.join('; ')})` }];
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}
