/**
 * `npm run bench`: what the product costs against its peers, in the same run. Writes
 * docs/proof/bench.md; ends with 1 where a goal is missed. `--packets N`: of each capture that Suricata
 * reads too; 7000000 is the size for which its goals were set.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchModbus } from './modbus.ts';
import { benchOpcua } from './opcua.ts';
import { benchPolicy } from './policy.ts';
import { benchSbom } from './sbom.ts';
import { benchSuricata } from './suricata.ts';

const ROOT = join(import.meta.dirname, '../..');
const REPORT = join(ROOT, 'docs/proof/bench.md');

const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();

/** As many as the whole bench reads in a quarter of an hour. */
const PACKETS = 2_000_000;

const { values } = parseArgs({ options: { packets: { type: 'string', default: `${PACKETS}` } } });
const packets = Number(values.packets);
if (!Number.isSafeInteger(packets) || packets < 1) {
  throw new Error(`--packets must be a whole number of at least 1, not \`${values.packets}\``);
}

const started = performance.now();
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const sbom = benchSbom(say);
const policy = benchPolicy(say);
const modbus = benchModbus(join(ROOT, 'lockkeeper'), say);
const suricata = benchSuricata(join(ROOT, 'lockkeeper'), packets, say);
const opcua = benchOpcua(join(ROOT, 'lockkeeper'), say);
const clean =
  git('status', '--porcelain', '--untracked-files=no', '--', 'sensor', 'sbom', 'policies') === '';
const commit = `${git('rev-parse', '--short', 'HEAD')}${clean ? '' : ' with changes in sensor/, sbom/ or policies/'}`;
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
const report = `# Proof: bench

Date ${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${minutes} min.
CPU seconds are quoted because the machine may be shared; wall time is not.

${modbus.markdown}

${suricata.markdown}
${opcua.markdown}
${sbom.markdown}
${policy.markdown}`;
mkdirSync(join(ROOT, 'docs/proof'), { recursive: true });
writeFileSync(REPORT, report);
say(`\n${report}\nwritten to docs/proof/bench.md`);
const benches = [modbus, suricata, opcua, sbom, policy];
process.exitCode = benches.every(({ passed }) => passed) ? 0 : 1;
