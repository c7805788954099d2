/** The one rule for names of files in a package: the same in a tar, in a folder and in the manifest. */

const MAX_NAME_BYTES = 240;
const MAX_SEGMENT_BYTES = 120;
/** Control and format characters (which may turn the direction of writing), separators of lines. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Whatever ending they have. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i;

/** Why a package may not have `name`, or undefined. Relative, `/` between folders, nothing leads upwards. */
export function nameFault(name: string): string | undefined {
  if (name.length === 0) return 'the name is empty';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return 'the name is too long';
  if (INVISIBLE.test(name)) return 'the name has invisible characters';
  if (name.includes('\\') || name.includes(':')) return 'the name has a backslash or a colon';
  if (name !== name.normalize('NFC')) return 'the name is not in Unicode normal form C';
  if (name.startsWith('/')) return 'the name is absolute';
  for (const segment of name.split('/')) {
    if (segment === '') return 'the name has an empty part';
    if (segment === '.' || segment === '..') return 'the name has a part `.` or `..`';
    if (/[. ]$/.test(segment)) return 'a part of the name ends with a dot or a space';
    if (DEVICE.test(segment)) return 'a part of the name is that of a device on Windows';
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return 'a part of the name is too long';
  }
  return undefined;
}

/** Names with the same key are one file for some file system that the package may come to. */
export const nameKey = (name: string): string => foldCase(name.normalize('NFC'));

/** By upper case first: it knows one sigma and one s, where lower case has two. */
export const foldCase = (text: string): string => text.toUpperCase().toLowerCase();
