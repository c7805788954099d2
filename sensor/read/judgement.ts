/** What `sensor read` judges by: plant policy, rules, and who was learned to write; and the alerts that come of it. */
import { accessSync, constants, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { loadPlant } from '#policies/load.ts';
import type { Plant } from '#policies/plant.ts';
import type { PacketRing } from '#sensor/capture/ring.ts';
import type { BaselineOptions } from '#sensor/detect/baseline.ts';
import { LearnedWriters, readLearnedWriters } from '#sensor/detect/learned-writers.ts';
import { loadRules } from '#sensor/detect/sigma/load.ts';
import type { RuleSet } from '#sensor/detect/sigma/rule.ts';
import { createDetecting } from '#sensor/judge/detecting.ts';
import { evidenceCutter } from '#sensor/judge/evidence.ts';
import { createPlantWatch, type PlantWatch } from '#sensor/judge/plant-watch.ts';
import { readRuleFiles } from '#sensor/judge/rule-files.ts';
import type { Alert } from '#sensor/model/alert.ts';
import { refusalOf } from '#sensor/model/complaint.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import type { Learning, ReadOptions } from './options.ts';
import { outputFolderFault } from './output-folder.ts';

export interface Judgement {
  /** Detectors and rules, for the pipeline. */
  readonly observe: (event: SensorEvent) => SensorEvent;
  /** Who is known to serve which protocol, by the plant policy to begin with. */
  readonly servers: PlantWatch['servers'];
  /** Tells the number of the frame that is being read. */
  readonly frame: (number: number) => void;
  /** No more events: saves what was learned, gives all alerts in the order of their first occurrence. */
  readonly close: () => readonly Alert[];
}

/** What the reading around it gives. */
interface Around {
  /** Folder of the rules that come with the product. */
  readonly ownRules: string;
  /** Packets for evidence. */
  readonly ring: PacketRing | undefined;
  /** Hears of each event that a rule finds, and the id of the alert that counts it. */
  readonly found: (alertId: string, event: SensorEvent) => void;
}

/** Everything loaded, or all that is wrong with it. */
export function prepareJudgement(
  options: ReadOptions,
  { ownRules, ring, found }: Around,
): Judgement | string[] {
  const rules = rulesFrom(options.rules ?? ownRules);
  const learned = baselineFrom(options.baseline, options.learning);
  const plant = options.plant === undefined ? undefined : plantFrom(options.plant);
  if (Array.isArray(rules) || Array.isArray(learned) || Array.isArray(plant)) {
    return [rules, learned, plant].flatMap((loaded) => (Array.isArray(loaded) ? loaded : []));
  }
  const unwritable = [
    outputFolderFault('--evidence', options.evidence),
    outputFolderFault('--zeek', options.zeek),
    baselineFault(options),
  ];
  const faults = unwritable.filter((fault) => fault !== undefined);
  if (faults.length > 0) return faults;
  return judge(options, { rules, learned, plant }, { ring, found });
}

/** Asked before an hour of reading rather than after it. Leaves no file behind. */
function baselineFault({ baseline, learning }: ReadOptions): string | undefined {
  if (baseline === undefined || learning.kind === 'never') return undefined;
  try {
    const exists = statSync(baseline, { throwIfNoEntry: false }) !== undefined;
    accessSync(exists ? baseline : dirname(resolve(baseline)), constants.W_OK);
    return undefined;
  } catch (error) {
    return `--baseline \`${baseline}\` cannot be written: ${refusalOf(error)}`;
  }
}

interface Loaded {
  readonly rules: RuleSet;
  readonly learned: LearnedWriters;
  readonly plant: Plant | undefined;
}

function judge(
  { evidence, baseline, learning }: ReadOptions,
  { rules, learned, plant }: Loaded,
  { ring, found }: Pick<Around, 'ring' | 'found'>,
): Judgement {
  let frame = 0;
  const watch = createPlantWatch();
  if (plant !== undefined) watch.use(plant);
  const cut =
    ring === undefined || evidence === undefined
      ? () => undefined
      : evidenceCutter({
          ring,
          save: (name, pcapng) => {
            const path = join(evidence, name);
            writeFileSync(path, pcapng);
            return path;
          },
        });
  const { detection } = createDetecting({
    plant: watch.view,
    rules,
    learned,
    phase: phaseOf(learning, baseline !== undefined || plant !== undefined, () => frame),
    evidence: cut,
    found,
  });
  return {
    observe: (event) => detection.observe(event),
    servers: watch.servers,
    frame: (number) => {
      frame = number;
    },
    close: () => {
      if (baseline !== undefined && learning.kind !== 'never') {
        writeFileSync(baseline, learned.toText());
      }
      return detection.changed();
    },
  };
}

/** Without a policy or anything learned there is nothing to compare with, and every writer would be new. */
function phaseOf(
  learning: Learning,
  comparable: boolean,
  frame: () => number,
): BaselineOptions['phase'] {
  switch (learning.kind) {
    case 'never':
      return () => (comparable ? 'judge' : 'off');
    case 'whole':
      return () => 'learn';
    case 'until':
      return (now) => (now < learning.time ? 'learn' : 'judge');
    case 'through':
      return () => (frame() <= learning.frame ? 'learn' : 'judge');
    default:
      return learning satisfies never;
  }
}

function rulesFrom(folder: string): RuleSet | string[] {
  try {
    const load = loadRules(readRuleFiles(folder));
    if (load.kind === 'ok') return load.set;
    return load.faults.map(
      ({ file, line, column, message }) => `${join(folder, file)}:${line}:${column}: ${message}`,
    );
  } catch (error) {
    return [refusalOf(error)];
  }
}

function plantFrom(file: string): Plant | string[] {
  try {
    const loaded = loadPlant(readFileSync(file), file);
    if (loaded.kind === 'plant') return loaded.plant;
    return loaded.faults.map(
      ({ line, column, path, message }) => `${file}:${line}:${column}: ${path}: ${message}`,
    );
  } catch (error) {
    return [`--plant \`${file}\` cannot be read: ${refusalOf(error)}`];
  }
}

/** A baseline that is to be learned may not exist yet. */
function baselineFrom(file: string | undefined, learning: Learning): LearnedWriters | string[] {
  if (file === undefined) return new LearnedWriters();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing && learning.kind !== 'never') return new LearnedWriters();
    return [`--baseline \`${file}\` cannot be read: ${refusalOf(error)}`];
  }
  const learned = readLearnedWriters(text);
  return typeof learned === 'string' ? [`--baseline \`${file}\` ${learned}`] : learned;
}
