/** Records of a pax extended header: `LENGTH KEY=VALUE\n`, the length counting itself (POSIX.1-2024, pax). */
import { refuse } from '../sbom-error.ts';

/** What changes nothing about the bytes or the name. */
const IGNORED: ReadonlySet<string> = new Set([
  'atime',
  'ctime',
  'mtime',
  'uid',
  'gid',
  'uname',
  'gname',
  'comment',
]);

const malformed = (text: string): never =>
  refuse('package-malformed', `a pax header of the tar ${text}`);

/** Used inside `attempt`. */
export function readPax(bytes: Buffer): { readonly path?: string; readonly size?: number } {
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : bytes.toString('latin1', at, space);
    const end = at + (/^[1-9]\d{0,5}$/.test(digits) ? Number(digits) : 0);
    if (end <= space || end > bytes.length || bytes[end - 1] !== 0x0a)
      return malformed('is damaged');
    const record = bytes.subarray(space + 1, end - 1);
    const equals = record.indexOf(0x3d);
    const key = record.toString('utf8', 0, Math.max(equals, 0));
    const value = record.subarray(equals + 1);
    const text = value.toString('utf8');
    if (key === '' || !Buffer.from(text).equals(value)) return malformed('is no UTF-8');
    if (found.has(key)) return malformed('says one thing twice');
    found.set(key, text);
    at = end;
  }
  for (const key of found.keys()) {
    if (key !== 'path' && key !== 'size' && !IGNORED.has(key)) {
      refuse(
        'package-entry',
        'a file of the tar is of a kind that is not taken: a link, a sparse file, with attributes',
      );
    }
  }
  const [path, size] = [found.get('path'), found.get('size')];
  if (size !== undefined && !/^\d{1,15}$/.test(size))
    return malformed('has a size that is no number');
  return {
    ...(path === undefined ? {} : { path }),
    ...(size === undefined ? {} : { size: Number(size) }),
  };
}
