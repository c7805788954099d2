import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

/** All script of an application as it was built by deploy/setup. */
function built(app: 'console' | 'portal'): string {
  const files = globSync(`broker/${app}/dist/**/*.{js,css,html}`);
  return files.map((file) => readFileSync(file, 'utf8')).join('\n');
}

/** Sentences that stand in the console alone. */
const CONSOLE_ONLY = ['Approve exactly this', 'Take it (a)', 'End this session now', 'Merkle log'];

describe('what browsers are given', () => {
  test('both applications are built', () => {
    expect(existsSync('broker/console/dist/index.html')).toBe(true);
    expect(existsSync('broker/portal/dist/index.html')).toBe(true);
  });

  test.for(CONSOLE_ONLY)('`%s` is in the console and not in the portal', (sentence) => {
    expect(built('console')).toContain(sentence);
    expect(built('portal')).not.toContain(sentence);
  });

  test.for(['console', 'portal'] as const)('the %s page has no inline script or style', (app) => {
    const html = readFileSync(`broker/${app}/dist/index.html`, 'utf8');
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  });

  test.for(['console', 'portal'] as const)('the %s loads nothing from another host', (app) => {
    // Namespaces of SVG and XML are names, not addresses that are loaded; React's help pages are text.
    const hosts = [...built(app).matchAll(/(?:src|href|url)\s*[=(]\s*["']?https?:\/\/([^/"')]+)/g)];
    expect(hosts.map(([, host]) => host)).toEqual([]);
  });
});
