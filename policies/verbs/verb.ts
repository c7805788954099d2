/** What the verbs of `lockkeeper policy` have in common: how they are told, what they read and print, how they end. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { optionFault, refusalOf } from '#sensor/model/complaint.ts';
import type { Fault } from '../load/reading.ts';
import { loadPlant } from '../load.ts';
import type { Plant, SourceRef } from '../plant.ts';

/** In order, or yes. */
export const OK = 0;
/** Faults, a failing test, or no. */
export const NO = 1;
/** The command is wrong, or a file cannot be read. */
export const USAGE = 2;

export interface Verb {
  /** What stands behind the verb: `FILE [--json]`. */
  readonly usage: string;
  /** One line. */
  readonly does: string;
  /** More about its options, each a line of its own. */
  readonly more?: readonly string[];
  readonly run: (args: readonly string[]) => number | Promise<number>;
}

/** Why a verb cannot be done: `main.ts` says it, and ends with `USAGE`. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Options and words of a verb. @throws UsageError */
export function optionsOf<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(optionFault(error), { cause: error });
  }
}

/** `-` is standard input. @throws UsageError */
export function readSource(file: string | undefined): Uint8Array {
  if (file === undefined) throw new UsageError('name the FILE of the policy');
  let source: Uint8Array;
  try {
    source = readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new UsageError(`\`${file}\` cannot be read: ${refusalOf(error)}`, { cause: error });
  }
  if (!isUtf8(source)) throw new UsageError(`\`${file}\` is no UTF-8 text: save it as UTF-8`);
  return source;
}

/** Undefined where the policy has faults, which were printed then. @throws UsageError */
export function readPlant(file: string | undefined, asJson: boolean): Plant | undefined {
  const loaded = loadPlant(readSource(file), file ?? '');
  if (loaded.kind === 'plant') return loaded.plant;
  print(asJson, { faults: loaded.faults }, loaded.faults.map(showFault));
  return undefined;
}

export function print(asJson: boolean, json: unknown, lines: readonly string[]): void {
  process.stdout.write(
    asJson ? `${JSON.stringify(json, undefined, 2)}\n` : `${lines.join('\n')}\n`,
  );
}

export function showFault({ file, line, column, path, message, suggestion }: Fault): string {
  const where = path === '' ? '' : `${path}: `;
  const hint = suggestion === undefined ? '' : ` (${suggestion})`;
  return `${file}:${line}:${column}: error: ${where}${message}${hint}`;
}

export const placeOf = ({ file, line, column = 1 }: SourceRef): string =>
  `${file}:${line}:${column}`;

export const amount = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
