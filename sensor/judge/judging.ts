/** What the sensor judges by: plant policy and rules, from a verified bundle or from files. */
import type { Plant } from '#policies/plant.ts';
import { loadRules, type RuleFile } from '#sensor/detect/sigma/load.ts';
import type { RuleSet } from '#sensor/detect/sigma/rule.ts';
import type { BundlePayload } from '#sensor/model/link.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import { readRuleFiles } from './rule-files.ts';
import { readTextFile } from './text-file.ts';

/** The plant of a policy text, or its faults as text. */
export type PlantLoader = (text: string, file: string) => Plant | string;

/** Files to go by as long as no broker has sent a bundle; absolute. */
export interface JudgingFiles {
  readonly plant: string | undefined;
  /** Folder. */
  readonly rules: string;
}

export interface Judging {
  readonly rules: RuleSet;
  /** Undefined where there is no policy yet. */
  readonly plant: Plant | undefined;
}

/** What the last good bundle says, else the files that the config names. Throws `SensorError` where these are wrong. */
export function firstJudging(
  files: JudgingFiles,
  kept: BundlePayload | undefined,
  loadPlant: PlantLoader,
): Judging {
  const judging = kept && readBundle(kept, loadPlant);
  if (judging !== undefined && typeof judging !== 'string') return judging;
  const rules = compileRules(readRuleFiles(files.rules));
  if (typeof rules === 'string') throw new SensorError('config', rules);
  if (files.plant === undefined) return { rules, plant: undefined };
  const plant = loadPlant(readTextFile(files.plant), files.plant);
  if (typeof plant === 'string') throw new SensorError('config', plant);
  return { rules, plant };
}

/** Policy and rules of a bundle, both whole, or what is wrong. */
export function readBundle(
  bundle: BundlePayload,
  loadPlant: PlantLoader,
): (Judging & { readonly plant: Plant }) | string {
  const plant = loadPlant(bundle.plant, 'plant.yaml');
  if (typeof plant === 'string') return plant;
  const rules = compileRules(bundle.rules);
  return typeof rules === 'string' ? rules : { plant, rules };
}

/** The rules, or the first of their faults as text. */
function compileRules(files: readonly RuleFile[]): RuleSet | string {
  const loaded = loadRules(files);
  if (loaded.kind === 'ok') return loaded.set;
  const [first] = loaded.faults;
  const { file = '', line = 1, column = 1, message = '' } = first ?? {};
  return `${file}:${line}:${column}: ${message} (${loaded.faults.length} faults in the rules; lockkeeper rules lint shows all)`;
}
