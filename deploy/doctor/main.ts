/** `lockkeeper doctor [--interface IF]`: what is missing or wrong here, each with the command that mends it. */
import { parseArgs } from 'node:util';
import { optionFault } from '#sensor/model/complaint.ts';
import { LISTENERS } from '../demo/plan.ts';
import { type Finding, report } from './check.ts';
import { clock, disk, libpcap, processStatus, rightToCapture, runtime } from './machine.ts';
import { captureInterface, ports } from './network.ts';
import { PACKAGE_FILE, version } from './version.ts';

const USAGE = 'usage: lockkeeper doctor [--interface IF]\n';

export async function main(args: readonly string[]): Promise<number> {
  let wanted: string | undefined;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { interface: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    wanted = values.interface;
  } catch (error) {
    process.stderr.write(`lockkeeper doctor: ${optionFault(error)}\n\n${USAGE}`);
    return 2;
  }
  const path = process.env['PATH'] ?? '';
  const findings: readonly Finding[] = [
    { subject: 'lockkeeper', verdict: 'ok', text: version() },
    runtime(process.versions.node),
    await libpcap(path),
    rightToCapture(path, processStatus()),
    ...(wanted === undefined ? [] : [captureInterface(wanted)]),
    ...(await ports(LISTENERS)),
    disk('./data'),
    clock(Date.now(), PACKAGE_FILE),
  ];
  process.stdout.write(`${report(findings)}\n`);
  return findings.some((f) => f.verdict === 'missing') ? 1 : 0;
}
