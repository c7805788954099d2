import { readFileSync } from 'node:fs';
import { SensorError } from '#sensor/model/sensor-error.ts';

/** The text of a file that the user named. Throws `SensorError` where it cannot be read. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): SensorError {
  return new SensorError('config', `\`${path}\` cannot be read`, { cause });
}
