import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadStaticFiles, serveStatic } from '#broker/api/static-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'lk-static-'));
const dist = join(folder, 'dist');
mkdirSync(join(dist, 'assets'), { recursive: true });
writeFileSync(join(folder, 'secret.html'), 'secret');
writeFileSync(join(dist, 'index.html'), 'page');
writeFileSync(join(dist, 'assets/index-1.js'), 'code');
writeFileSync(join(dist, 'assets/index-1.js.map'), 'map');
const files = loadStaticFiles(dist);
afterAll(() => rmSync(folder, { recursive: true }));

test('a page of the application gets index.html, uncached; an asset is cached for good', async () => {
  for (const path of ['', 'alerts', 'alerts/al_1', 'assets/10.0.0.12', 'assets/2001:db8::1']) {
    const response = serveStatic(files, path);
    expect(await response?.text()).toBe('page');
    expect(response?.headers.get('cache-control')).toBe('no-cache');
  }
  const asset = serveStatic(files, 'assets/index-1.js');
  expect(asset?.headers.get('content-type')).toContain('text/javascript');
  expect(asset?.headers.get('cache-control')).toContain('immutable');
});

test.for([
  '../secret.html',
  '..%2fsecret.html',
  '%2e%2e/secret.html',
  '....//secret.html',
  '/etc/passwd.html',
  'assets/../../secret.html',
  'assets\\..\\..\\secret.html',
  'index.html\u0000.png',
  'assets/index-1.js.map',
  '__proto__.js',
  'missing.js',
])('%j serves nothing', (path) => {
  expect(serveStatic(files, path)).toBeUndefined();
});

test('a folder that was never built serves nothing, and does not stop the start', () => {
  const none = loadStaticFiles(join(folder, 'nowhere'));
  expect(serveStatic(none, '')).toBeUndefined();
});
