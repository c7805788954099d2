/**
 * The built browser applications: read once at start into a table, so that a request can only name
 * what is in it. No path of a request ever reaches the file system.
 */
import { globSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

interface StaticFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Vite puts a content hash into the name of everything under `assets/`. */
  readonly immutable: boolean;
}

/** By path below the application's base: `index.html`, `assets/index-a1b2c3.js`. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.woff', 'font/woff'],
]);

/** Files of a kind that is not listed (source maps, manifests) are not served. Empty where `folder` was not built. */
export function loadStaticFiles(folder: string): StaticFiles {
  const files = new Map<string, StaticFile>();
  for (const path of globSync('**/*', { cwd: folder })) {
    const type = TYPES.get(extname(path));
    if (type === undefined) continue;
    const bytes = new Uint8Array(readFileSync(join(folder, path)));
    files.set(path, { bytes, type, immutable: path.startsWith('assets/') });
  }
  return files;
}

/**
 * The answer for `path` below an application's base. A path without a file name is a page of the
 * application and gets `index.html`; a file that is not there gets undefined. What follows the last
 * dot of a file name has a letter: `assets/10.0.0.12` is the page of an asset.
 */
export function serveStatic(files: StaticFiles, path: string): Response | undefined {
  const isPage = !/\.[^./]*[a-z][^./]*$/i.test(path);
  const file = files.get(isPage ? 'index.html' : path);
  if (file === undefined) return undefined;
  return new Response(file.bytes, {
    headers: {
      'content-type': file.type,
      'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    },
  });
}
