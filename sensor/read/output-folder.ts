/** A folder that an option names, to be written into. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { refusalOf } from '#sensor/model/complaint.ts';

/** Makes the folder, but not those above it: a path that is mistyped makes no tree. Says what is wrong, if anything. */
export function outputFolderFault(option: string, folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  const path = resolve(folder);
  try {
    if (!isFolder(dirname(path))) {
      return `${option} \`${folder}\` cannot be made: there is no folder \`${dirname(path)}\``;
    }
    if (!isFolder(path)) mkdirSync(path);
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return `${option} \`${folder}\` cannot be written: ${refusalOf(error)}`;
  }
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
