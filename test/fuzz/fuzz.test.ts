/**
 * Fuzzing, led by coverage: briefly in `npm test`, at full count in `npm run prove fuzz`. What was ever found is a
 * file in `corpus/`, `TARGET.what-it-was.hex`, and tried first.
 */
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runs, SEED } from '../support/runs.ts';
import { broken, type FuzzResult, fuzz } from './fuzzer.ts';
import { PLANTED } from './planted.ts';
import { buildProgram, type Program } from './program.ts';
import type { Target } from './target.ts';

/** Of all targets together. */
const EXECUTIONS = runs(40_000);

/** What a planted bug may take to be found. */
const PLANTED_EXECUTIONS = Math.max(60_000, EXECUTIONS / 100);

const CORPUS = join(import.meta.dirname, 'corpus');

/** Where a proof wants to read what was reached; see test/prove/main.ts. */
const { LOCKKEEPER_NOTES: notes } = process.env;
const note = (line: string): void => {
  if (notes !== undefined) appendFileSync(notes, `${line}\n`);
};

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});

function targetOf({ targets }: Program, name: string): Target {
  const target = targets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`there is no target \`${name}\``);
  return target;
}

/** A finding as a person needs it: why, and the bytes to keep. */
const told = ({ finding }: FuzzResult): string | undefined =>
  finding && `${finding.why}\n${finding.bytes.toString('hex')}`;

describe('no bytes break the promise of', () => {
  test('what was found before', () => {
    const files = readdirSync(CORPUS).filter((file) => file.endsWith('.hex'));
    for (const file of files) {
      const target = targetOf(program, file.slice(0, file.indexOf('.')));
      const bytes = Buffer.from(readFileSync(join(CORPUS, file), 'utf8').trim(), 'hex');
      expect(broken(target, program.trace, bytes), file).toBeUndefined();
    }
  });

  test('any target', () => {
    const shares = program.targets.reduce((sum, { share }) => sum + share, 0);
    note('| target | promise | executions | branches | inputs kept |');
    note('| --- | --- | --- | --- | --- |');
    for (const target of program.targets) {
      const executions = Math.ceil((EXECUTIONS * target.share) / shares);
      const result = fuzz(target, program.trace, { executions, seed: SEED });
      expect(told(result), target.name).toBeUndefined();
      const counts = [result.executions, result.branches, result.kept];
      const shown = counts.map((count) => count.toLocaleString('en')).join(' | ');
      note(`| ${target.name} | ${target.promise}; linear work | ${shown} |`);
    }
  });
});

test('of ten planted bugs, each is found', async () => {
  const found: string[] = [];
  note('\n| planted bug | found after |\n| --- | --- |');
  for (const bug of PLANTED) {
    const planted = await buildProgram(bug);
    const options = { executions: PLANTED_EXECUTIONS, seed: SEED };
    const result = fuzz(targetOf(planted, bug.target), planted.trace, options);
    if (result.finding !== undefined) found.push(bug.bug);
    const after = result.executions.toLocaleString('en');
    note(`| ${bug.bug} | ${result.finding === undefined ? 'not found' : `${after} executions`} |`);
  }
  note(`\n${found.length} of ${PLANTED.length} planted bugs were found.`);
  expect(found).toEqual(PLANTED.map(({ bug }) => bug));
});
