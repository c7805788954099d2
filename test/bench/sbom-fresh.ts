/** One SBOM from standard input, checked in a process that has done nothing before; prints its CPU, s. */
import { readFileSync } from 'node:fs';
import { sbomChecker } from '#sbom/cyclonedx/check.ts';

const bytes = readFileSync(0);
const { user, system } = process.cpuUsage();
const { kind } = sbomChecker()(bytes);
const total = process.cpuUsage();
if (kind !== 'sbom') throw new Error('the SBOM of the bench was refused');
const checked = total.user + total.system - user - system;
process.stdout.write(JSON.stringify([user + system, checked].map((micros) => micros / 1e6)));
