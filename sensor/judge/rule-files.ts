/** Reads a folder of rules as `loadRules` wants them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { RuleFile } from '#sensor/detect/sigma/load.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';

/** A folder with more files is none of rules. */
const MAX_FILES = 1000;
const MAX_FILE_BYTES = 262_144;

/** All YAML files in `folder` and below, by path. Throws `SensorError` where one cannot be read: none is left out. */
export function readRuleFiles(folder: string): readonly RuleFile[] {
  try {
    const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    if (paths.length > MAX_FILES) {
      throw new SensorError(
        'config',
        `the rules folder \`${folder}\` has more than ${MAX_FILES} files`,
      );
    }
    return paths.map((path) => readRuleFile(folder, path));
  } catch (error) {
    throw error instanceof SensorError ? error : unreadable(folder, error);
  }
}

function readRuleFile(folder: string, path: string): RuleFile {
  if (statSync(path).size > MAX_FILE_BYTES) {
    throw new SensorError('config', `the rule \`${path}\` has more than ${MAX_FILE_BYTES} bytes`);
  }
  return { path: relative(folder, path), text: readFileSync(path, 'utf8') };
}

function unreadable(folder: string, cause: unknown): SensorError {
  return new SensorError('config', `the rules folder \`${folder}\` cannot be read`, { cause });
}
