/** `npm run prove [NAME...]`: runs the long proofs and writes docs/proof/NAME.md for each. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROOFS, type Proof } from './proofs.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Outcome {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
}

interface Run extends Outcome {
  /** What the tests have to say for the report, in Markdown. */
  readonly notes: string;
}

const NOTHING_RAN: Outcome = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  success: false,
};

function run(proof: Proof, seed: number): Run {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-prove-'));
  const file = join(folder, 'outcome.json');
  const notesFile = join(folder, 'notes.md');
  try {
    spawnSync(
      'vitest',
      ['run', ...proof.tests, '--testTimeout=0', '--reporter=json', `--outputFile=${file}`],
      {
        cwd: ROOT,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          ...process.env,
          LOCKKEEPER_RUNS: `${proof.runs}`,
          LOCKKEEPER_SEED: `${seed}`,
          LOCKKEEPER_NOTES: notesFile,
        },
      },
    );
    // A run that died before its end leaves no outcome, and that is a failure as well.
    const ran = existsSync(file);
    const outcome = ran ? (JSON.parse(readFileSync(file, 'utf8')) as Outcome) : NOTHING_RAN;
    return { ...outcome, notes: existsSync(notesFile) ? readFileSync(notesFile, 'utf8') : '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(proof: Proof, seed: number, outcome: Run, minutes: number): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return `# Proof: ${proof.name}

Claim: ${proof.claim}.

| | |
| --- | --- |
| date | ${new Date().toISOString().slice(0, 10)} |
| commit | ${commit.trim()} |
| machine | ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node} |
| seed | ${seed} |
| ${proof.counted} | ${proof.runs.toLocaleString('en')} |
| tests | ${outcome.numPassedTests} passed, ${outcome.numFailedTests} failed, ${outcome.numPendingTests} skipped |
| duration | ${minutes.toFixed(1)} min |
| result | ${outcome.success ? 'holds' : 'FAILED'} |
${outcome.notes === '' ? '' : `\n${outcome.notes}`}
Run again: \`LOCKKEEPER_SEED=${seed} npm run prove ${proof.name}\`
`;
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !PROOFS.some((proof) => proof.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no proof \`${unknown.join(' ')}\`; there are: ${PROOFS.map((p) => p.name).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  mkdirSync(join(ROOT, 'docs/proof'), { recursive: true });
  const { LOCKKEEPER_RUNS: fewer } = process.env;
  for (const listed of PROOFS.filter((p) => names.length === 0 || names.includes(p.name))) {
    // The report names the count that ran, also where somebody asked for another.
    const proof = fewer === undefined ? listed : { ...listed, runs: Number(fewer) };
    const seed = Number(process.env['LOCKKEEPER_SEED'] ?? randomInt(2 ** 31));
    const startedAt = performance.now();
    const outcome = run(proof, seed);
    const text = report(proof, seed, outcome, (performance.now() - startedAt) / 60_000);
    writeFileSync(join(ROOT, 'docs/proof', `${proof.name}.md`), text);
    process.stdout.write(`${text}\n`);
    if (!outcome.success) process.exitCode = 1;
  }
}
