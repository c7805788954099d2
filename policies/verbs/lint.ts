/** `policy lint`: every fault of a policy, and all that is doubtful of what has none. */
import type { Finding } from '../lint/finding.ts';
import { lint } from '../lint.ts';
import { type Inspected, inspectPlant } from '../load.ts';
import type { Plant } from '../plant.ts';
import {
  amount,
  NO,
  OK,
  optionsOf,
  placeOf,
  print,
  readSource,
  showFault,
  type Verb,
} from './verb.ts';

export const lintVerb: Verb = {
  usage: 'FILE [--json]',
  does: 'every fault with its line and column, then what is doubtful',
  run: (args) => {
    const { values, positionals } = optionsOf(args, { json: { type: 'boolean' } });
    const [file] = positionals;
    const source = readSource(file);
    return runLint(inspectPlant(source, file ?? ''), file ?? '', values.json === true);
  },
};

function runLint({ faults, plant, broken }: Inspected, file: string, asJson: boolean): number {
  const findings = lint(plant, broken);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const verdict =
    findings.length === 0
      ? 'nothing to say'
      : `${amount(errors, 'error')}, ${amount(findings.length - errors, 'warning')}`;
  const lines = [
    ...faults.map((fault) => ({ line: fault.line, text: showFault(fault) })),
    ...findings.map((finding) => ({
      line: finding.at?.line ?? 0,
      text: showFinding(finding, file),
    })),
  ].sort((a, b) => a.line - b.line);
  const summary =
    faults.length === 0
      ? `${countsOf(plant)}: ${verdict}`
      : `${amount(faults.length, 'fault')}; of what has none: ${verdict}${waitsFor(broken)}`;
  print(asJson, { faults, findings }, [...lines.map(({ text }) => text), `${file}: ${summary}`]);
  return faults.length + errors > 0 ? NO : OK;
}

function showFinding({ at, severity, message, check }: Finding, file: string): string {
  const where = at === undefined ? `${file}:1:1` : placeOf(at);
  return `${where}: ${severity}: ${message} [${check}]`;
}

/** Empty where every section was read: a key that is not known hides nothing. */
const waitsFor = (broken: Inspected['broken']): string =>
  broken.size === 0 ? '' : `; more may come once ${[...broken].join(', ')} can be read`;

function countsOf(plant: Plant): string {
  const { zones, assets, conduits, access, people } = plant;
  return [
    amount(zones.size, 'zone'),
    amount(assets.size, 'asset'),
    amount(conduits.length, 'conduit'),
    amount(access.size, 'access entry', 'access entries'),
    amount(people.size, 'person', 'people'),
  ].join(', ');
}
