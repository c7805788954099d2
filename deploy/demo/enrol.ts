/** Enrols the demo's sensor with a one-time token, as a site would: once. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Admin } from './broker-api.ts';
import { runToEnd } from './child.ts';
import { type DemoFiles, MAIN } from './files.ts';
import { PLANT_PREFIX } from './plan.ts';

/** Does nothing where the sensor is enrolled already; throws when it cannot be. */
export async function enrol(files: DemoFiles, admin: Admin): Promise<void> {
  if (existsSync(join(files.folder, 'sensor', 'identity.json'))) return;
  const token = await admin.enrolmentToken('example-sensor', [PLANT_PREFIX]);
  const command = [MAIN, 'sensor', 'enrol', '-', '--config', files.sensorConfig];
  const { code, output } = await runToEnd(command, token);
  if (code !== 0) throw new Error(`enrolling the sensor failed:\n${output}`);
}
