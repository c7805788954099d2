import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { refusalOf } from '#sensor/model/complaint.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';

/**
 * Makes the sensor's data folder and those above it, for its user alone. One by one: the recursive form
 * of `mkdirSync` never returns below `/proc`, which says of a new folder that its parent is not there.
 */
export function makeDataFolder(path: string): void {
  const missing: string[] = [];
  try {
    for (let at = path; statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at)) {
      missing.unshift(at);
    }
    for (const folder of missing) mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    throw unmakeable(path, error);
  }
}

function unmakeable(path: string, cause: unknown): SensorError {
  const text = `the data folder \`${path}\` cannot be made: ${refusalOf(cause)}`;
  return new SensorError('config', text, { cause });
}
