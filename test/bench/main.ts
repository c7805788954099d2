/**
 * `npm run bench`: what the product costs against its peers, in the same run. Writes
 * docs/proof/bench.md; ends with 1 where a goal is missed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { benchModbus } from './modbus.ts';
import { benchOpcua } from './opcua.ts';
import { benchSbom } from './sbom.ts';

const ROOT = join(import.meta.dirname, '../..');
const REPORT = join(ROOT, 'docs/proof/bench.md');

const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();

const started = performance.now();
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const sbom = benchSbom(say);
const modbus = benchModbus(join(ROOT, 'lockkeeper'), say);
const opcua = benchOpcua(join(ROOT, 'lockkeeper'), say);
const clean = git('status', '--porcelain', '--untracked-files=no', '--', 'sensor', 'sbom') === '';
const commit = `${git('rev-parse', '--short', 'HEAD')}${clean ? '' : ' with changes in sensor/ or sbom/'}`;
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
const report = `# Proof: bench

Date ${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${minutes} min.
CPU seconds are quoted because the machine may be shared; wall time is not.

${modbus.markdown}

${opcua.markdown}
${sbom.markdown}
`;
mkdirSync(join(ROOT, 'docs/proof'), { recursive: true });
writeFileSync(REPORT, report);
say(`\n${report}\nwritten to docs/proof/bench.md`);
process.exitCode = modbus.passed && opcua.passed && sbom.passed ? 0 : 1;
