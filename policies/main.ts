/** `lockkeeper policy lint|test|explain`: what a security engineer runs before a policy is applied. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { optionFault, refusalOf } from '#sensor/model/complaint.ts';
import { explain } from './explain.ts';
import type { Finding } from './lint/finding.ts';
import { lint } from './lint.ts';
import type { Fault } from './load/reading.ts';
import { type Inspected, inspectPlant, loadPlant } from './load.ts';
import type { Plant, SourceRef } from './plant.ts';
import { runTests, type TestFailure } from './tests.ts';

const HELP = `usage: lockkeeper policy lint FILE [--json]
       lockkeeper policy test FILE [--json]
       lockkeeper policy explain FILE --from WHO --to WHAT [--grant ENTRY] STATEMENT

lint     every fault with its line and column, then what is doubtful
test     runs the sentences under \`tests:\`
explain  may this one, and which line decides?
           --from    an IP address, an asset, or vendor:ID (what the gate emits for it)
           --to      an asset, an IP address, or IP:PORT
           --grant   the access entry a grant would stand on; without it the conduits answer
           lockkeeper policy explain plant.yaml --from hmi-1 --to plc-12 "modbus fc6 100 value 1200"

exit: 0 in order, or yes; 1 faults, a failing test or none at all, or no; 2 usage, or a file that cannot be read
`;

const OK = 0;
const NO = 1;
const USAGE = 2;

export async function main(args: readonly string[]): Promise<number> {
  const [verb, ...rest] = args;
  if (verb === 'help' || args.some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout.write(HELP);
    return OK;
  }
  const options = readOptions(rest);
  if (typeof options === 'string') return usage(options);
  const { file, values, words } = options;
  if (verb !== 'lint' && verb !== 'test' && verb !== 'explain') {
    return usage(verb === undefined ? 'name a verb' : `no verb \`${verb}\``);
  }
  if (file === undefined) return usage('name the FILE of the policy');
  const source = readSource(file);
  if (source === undefined) return USAGE;
  const asJson = values.json === true;
  if (verb === 'lint') return runLint(inspectPlant(source, file), file, asJson);
  const loaded = loadPlant(source, file);
  if (loaded.kind === 'faults') {
    print(asJson, { faults: loaded.faults }, loaded.faults.map(showFault));
    return NO;
  }
  switch (verb) {
    case 'test':
      return runTest(loaded.plant, file, asJson);
    case 'explain':
      return runExplain(loaded.plant, values, words);
    default:
      return verb satisfies never;
  }
}

interface Options {
  readonly file: string | undefined;
  readonly words: readonly string[];
  readonly values: {
    readonly json?: boolean | undefined;
    readonly from?: string | undefined;
    readonly to?: string | undefined;
    readonly grant?: string | undefined;
  };
}

/** A text is what is wrong with them. */
function readOptions(args: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        from: { type: 'string' },
        to: { type: 'string' },
        grant: { type: 'string' },
      },
    });
    const [file, ...words] = positionals;
    return { file, words, values };
  } catch (error) {
    return optionFault(error);
  }
}

function usage(message: string): number {
  process.stderr.write(`lockkeeper policy: ${message}\n\n${HELP}`);
  return USAGE;
}

/** `-` is standard input. */
function readSource(file: string): Uint8Array | undefined {
  try {
    const source = readFileSync(file === '-' ? 0 : file);
    if (isUtf8(source)) return source;
    process.stderr.write(`lockkeeper policy: \`${file}\` is no UTF-8 text: save it as UTF-8\n`);
  } catch (error) {
    process.stderr.write(`lockkeeper policy: \`${file}\` cannot be read: ${refusalOf(error)}\n`);
  }
  return undefined;
}

function print(asJson: boolean, json: unknown, lines: readonly string[]): void {
  process.stdout.write(
    asJson ? `${JSON.stringify(json, undefined, 2)}\n` : `${lines.join('\n')}\n`,
  );
}

export function showFault({ file, line, column, path, message, suggestion }: Fault): string {
  const where = path === '' ? '' : `${path}: `;
  const hint = suggestion === undefined ? '' : ` (${suggestion})`;
  return `${file}:${line}:${column}: error: ${where}${message}${hint}`;
}

const placeOf = ({ file, line, column = 1 }: SourceRef): string => `${file}:${line}:${column}`;

function showFinding({ at, severity, message, check }: Finding, file: string): string {
  const where = at === undefined ? `${file}:1:1` : placeOf(at);
  return `${where}: ${severity}: ${message} [${check}]`;
}

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

const amount = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

const showFailure = ({ at, expected, statement, text }: TestFailure): string =>
  `${placeOf(at)}: failed: ${expected} \`${statement}\`: ${text}`;

/** A policy without a statement fails: where nothing was tried, nothing is shown to hold. */
function runTest(plant: Plant, file: string, asJson: boolean): number {
  const { statements, failures } = runTests(plant);
  if (statements === 0) {
    const text = `${file}: there is nothing to test: say under \`tests:\` what must be allowed and denied`;
    print(asJson, { statements, failures }, [text]);
    return NO;
  }
  print(asJson, { statements, failures }, [
    ...failures.map(showFailure),
    `${file}: ${statements - failures.length} of ${statements} statements hold`,
  ]);
  return failures.length > 0 ? NO : OK;
}

function runExplain(plant: Plant, values: Options['values'], words: readonly string[]): number {
  const { from, to, grant } = values;
  if (from === undefined || to === undefined) return usage('explain needs --from and --to');
  const statement = words.join(' ');
  const explained = explain(plant, {
    from,
    to,
    statement,
    ...(grant !== undefined && { grant }),
  });
  if (explained.kind === 'unclear') return usage(explained.message);
  process.stdout.write(`${explained.text}\n`);
  return explained.allowed ? OK : NO;
}
