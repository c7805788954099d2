/** Whether a policy may come into force, as `lockkeeper policy lint` and `test` would say it; warnings do not stand in the way. */
import type { FieldFault } from '#broker/access/request.ts';
import { lint } from '#policies/lint.ts';
import { loadPlant } from '#policies/load.ts';
import type { Plant, SourceRef } from '#policies/plant.ts';
import { runTests } from '#policies/tests.ts';
import { type Refused, refused } from './outcome.ts';

export type Checked =
  | { readonly kind: 'sound'; readonly plant: Plant }
  | { readonly kind: 'faults'; readonly faults: readonly FieldFault[] };

/** Faults told at once; the rest is told when these are mended. */
const MAX_FAULTS = 50;

/** `file` is the name that faults and reasons give. */
export function checkPolicy(text: string, file: string): Checked {
  const loaded = loadPlant(text, file);
  if (loaded.kind === 'faults') {
    const faults = loaded.faults.map(({ line, column, message }) => ({
      field: `${file}:${line}:${column}`,
      message,
    }));
    return { kind: 'faults', faults };
  }
  const { plant } = loaded;
  const wrong = lint(plant).filter(({ severity }) => severity === 'error');
  const { failures } = runTests(plant);
  const faults = [
    ...wrong.map(({ at, message }) => ({ field: placeOf(file, at), message })),
    ...failures.map(({ at, text: message }) => ({ field: placeOf(file, at), message })),
  ];
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'sound', plant };
}

export const policyRefused = (faults: readonly FieldFault[]): Refused =>
  refused('invalid', 'the policy stays as it was', faults.slice(0, MAX_FAULTS));

const placeOf = (file: string, at: SourceRef | undefined): string =>
  at === undefined ? file : `${at.file}:${at.line}`;
