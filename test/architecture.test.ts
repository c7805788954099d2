import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';

/**
 * What each part may import besides itself: other parts, `node:` modules and packages; types count.
 * The longest matching prefix wins, and a part that is not listed may not exist. No two parts import each
 * other, over however many steps, and nobody imports a `main.ts` but the command table.
 *
 * A new package is seen here, in review; its reason stands in ARCHITECTURE.md.
 */
interface Part {
  readonly parts?: readonly string[];
  /** `node:` modules, without the prefix. */
  readonly node?: readonly string[];
  readonly packages?: readonly string[];
}

/** May import anything: they wire the parts together, and nobody imports them. */
const ROOTS = [
  'main.ts',
  'vitest.config.ts',
  'sensor/main.ts',
  'sensor/detect/main.ts',
  'policies/main.ts',
  'broker/main.ts',
  'broker/connect/main.ts',
  'broker/audit/main.ts',
  'sbom/main.ts',
];

const MODEL = 'sensor/model/';

const PARTS: Readonly<Record<string, Part>> = {
  'sensor/model/': {},
  'sensor/wire/': { parts: [MODEL] },
  'sensor/stream/': { parts: [MODEL, 'sensor/wire/'] },
  // decoders take the bytes of a stream as `stream/consumer.ts` gives them, and know nothing else of it
  // sha-1 of a certificate is its name in OPC UA, and a calculation like any other
  'sensor/decode/': { parts: [MODEL, 'sensor/stream/consumer.ts'], node: ['crypto'] },
  // whom the packets are of; the registry of network cards is a package with data alone
  'sensor/inventory/': {
    parts: [MODEL, 'sensor/wire/', 'sensor/stream/flow.ts'],
    node: ['fs', 'module'],
  },
  // what the command of policies does with files, captures and the terminal
  'policies/firewall/': {
    parts: ['policies/compile/'],
    node: ['child_process'],
    packages: ['diff'],
  },
  'policies/verbs/': {
    parts: [MODEL, 'policies/', 'sensor/read/'],
    node: ['buffer', 'fs', 'util'],
  },
  'policies/': {
    parts: [MODEL],
    node: ['crypto', 'fs', 'net'],
    packages: ['yaml', '@cedar-policy/cedar-wasm/nodejs'],
  },
  // the process that reads SBOMs, and the schemas with it: apart from all that decides about trust
  'sbom/reason.ts': {},
  'sbom/sbom-error.ts': { parts: ['sbom/reason.ts'] },
  'sbom/json/': { node: ['buffer'] },
  'sbom/cyclonedx/': {
    parts: ['sbom/json/', 'sbom/reason.ts', 'sbom/sbom-error.ts'],
    node: ['child_process', 'fs', 'module', 'path'],
    packages: ['ajv', 'ajv-formats'],
  },
  'sbom/': {
    parts: [MODEL],
    node: ['crypto', 'fs', 'fs/promises', 'path'],
    packages: ['jose', 'zod'],
  },
  'sensor/detect/': { parts: [MODEL], node: ['crypto', 'path', 'net'], packages: ['yaml'] },
  'sensor/capture/': {
    parts: [MODEL],
    node: ['fs', 'child_process'],
    packages: ['pcap', 'pako'],
  },
  'sensor/output/': { parts: [MODEL], node: ['fs', 'crypto'] },
  // these show messages as they were on the wire, and so the words of the decoders
  'sensor/output/eve/': {
    parts: [MODEL, 'sensor/decode/', 'sensor/output/'],
    node: ['buffer', 'crypto'],
  },
  'sensor/output/zeek/': {
    parts: [MODEL, 'sensor/decode/', 'sensor/output/'],
    node: ['buffer', 'net', 'path'],
  },
  'sensor/store/': { parts: [MODEL], node: ['sqlite', 'crypto', 'worker_threads'] },
  'sensor/pipeline.ts': {
    parts: [MODEL, 'sensor/wire/', 'sensor/stream/', 'sensor/decode/', 'sensor/inventory/'],
  },
  'sensor/practice/': { parts: [MODEL, 'sensor/decode/', 'sensor/wire/'] },
  'sensor/link/': {
    parts: ['policies/address.ts', MODEL, 'sensor/store/'],
    node: ['crypto', 'fs', 'https', 'path', 'tls'],
    packages: ['jose', 'zod'],
  },
  'sensor/judge/': {
    parts: [
      'policies/evaluate.ts',
      'policies/layers.ts',
      'policies/plant.ts',
      'policies/services.ts',
      'sensor/capture/',
      'sensor/decode/',
      'sensor/detect/',
      MODEL,
      'sensor/output/',
      'sensor/wire/',
    ],
    node: ['fs', 'path'],
  },
  'sensor/read/': {
    parts: [
      'sensor/decode/known-servers.ts',
      'policies/load.ts',
      'policies/plant.ts',
      'sensor/capture/',
      'sensor/detect/',
      'sensor/decode/wire-sink.ts',
      'sensor/inventory/',
      'sensor/judge/',
      MODEL,
      'sensor/output/',
      'sensor/pipeline.ts',
    ],
    node: ['fs', 'path', 'util'],
  },
  'sensor/run/': {
    parts: [
      'policies/load.ts',
      'sensor/capture/',
      'sensor/detect/',
      'sensor/inventory/',
      'sensor/judge/',
      'sensor/link/',
      MODEL,
      'sensor/output/',
      'sensor/pipeline.ts',
      'sensor/practice/',
      'sensor/store/',
    ],
    node: ['fs', 'path', 'util'],
    packages: ['yaml', 'zod'],
  },
  // of releases the types alone
  'broker/model/': { parts: [MODEL, 'policies/', 'sbom/admission.ts'] },
  'broker/access/': { parts: [MODEL, 'policies/', 'broker/model/'], node: ['crypto'] },
  'broker/store/': {
    parts: [MODEL, 'broker/model/'],
    node: ['sqlite', 'worker_threads', 'fs', 'path'],
  },
  'broker/actions/': {
    parts: [
      MODEL,
      'policies/',
      'sbom/admission.ts',
      'sbom/lineage.ts',
      'broker/model/',
      'broker/access/',
      'broker/store/store.ts',
      'sensor/output/',
    ],
    node: ['crypto'],
  },
  'broker/identity/': {
    parts: [MODEL, 'policies/', 'broker/model/'],
    node: ['crypto', 'fs', 'path', 'net'],
    packages: ['node-forge', 'jose', 'openid-client'],
  },
  'broker/gate/': {
    parts: [
      MODEL,
      'sensor/decode/',
      'policies/',
      'broker/model/',
      'broker/access/',
      'broker/actions/',
    ],
    node: ['net', 'tls', 'fs', 'fs/promises', 'path', 'crypto', 'https', 'http'],
    packages: ['ws'],
  },
  // the verifier follows the log's hashes into the recordings, and knows nothing else of the gate
  'broker/audit/': {
    parts: ['broker/model/', 'broker/store/store.ts', 'broker/gate/seal.ts'],
    node: ['crypto', 'fs', 'fs/promises', 'path', 'util'],
  },
  'broker/connect/': {
    parts: [MODEL, 'broker/model/'],
    node: ['http', 'net', 'tls', 'https', 'crypto', 'fs', 'util', 'timers/promises'],
    packages: ['ws'],
  },
  'broker/api/': {
    parts: [
      MODEL,
      'policies/',
      'sbom/',
      'broker/model/',
      'broker/access/',
      'broker/actions/',
      'broker/identity/',
      'broker/store/store.ts',
    ],
    node: ['crypto', 'fs', 'fs/promises', 'path'],
    packages: ['hono', 'hono/*', 'zod', 'jose', 'diff'],
  },
  // the composition root of the broker, in pieces: only broker/main.ts imports it
  'broker/run/': {
    parts: [MODEL, 'policies/', 'sbom/', 'broker/'],
    node: [
      'child_process',
      'crypto',
      'fs',
      'fs/promises',
      'path',
      'net',
      'tls',
      'http',
      'https',
      'util',
    ],
    packages: ['hono', '@hono/node-server', 'pino'],
  },
  'broker/config.ts': {
    parts: ['sbom/package/firmware-package.ts'],
    node: ['path'],
    packages: ['yaml', 'zod'],
  },
  'broker/ui/': {
    parts: ['broker/api/views'],
    packages: [
      'react',
      'react-dom/client',
      '@patternfly/*',
      '@tanstack/*',
      'vite',
      '@vitejs/plugin-react',
    ],
  },
  'broker/console/': {
    parts: ['broker/api/views', 'broker/ui/'],
    packages: ['react', '@patternfly/*', '@tanstack/*', 'vite'],
  },
  'broker/portal/': {
    parts: ['broker/api/views', 'broker/ui/'],
    packages: ['react', '@patternfly/*', '@tanstack/*', 'vite'],
  },
  'deploy/doctor/': {
    parts: [MODEL, 'deploy/demo/plan.ts'],
    node: ['child_process', 'fs', 'path', 'net', 'os', 'util'],
    packages: ['pcap'],
  },
  // starts sensor and broker as processes of their own; its protocol stacks are loaded by it alone
  'deploy/demo/': {
    // certificates of its example vendor
    parts: [MODEL, 'deploy/doctor/', 'broker/api/views.ts', 'broker/identity/certificate.ts'],
    node: [
      'child_process',
      'crypto',
      'events',
      'fs',
      'fs/promises',
      'net',
      'os',
      'path',
      'timers/promises',
      'util',
    ],
    packages: ['modbus-serial', 'jsmodbus', 'node-opcua', 'yaml'],
  },
};

/** `… from 'x'`, `import 'x'` and `import('x')`; types included. Group 1 is `x`. */
const SPECIFIER = /(?:\bfrom\s|^import\s|\bimport\()\s*['"]([^'"]+)['"]/gm;

const prefixes = Object.keys(PARTS).sort((a, b) => b.length - a.length);
const partOf = (path: string): string | undefined => prefixes.find((part) => path.startsWith(part));
const files = globSync('{main,vitest.config}.ts')
  .concat(globSync('{sensor,policies,broker,sbom,deploy}/**/*.{ts,tsx}'))
  .filter((file) => !file.includes('node_modules') && !file.includes('/dist/'));

const edges = files.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(SPECIFIER)].map(([, spec = '']) => {
    if (spec.startsWith('#')) return { file, to: spec.slice(1) };
    return { file, to: spec.startsWith('.') ? join(dirname(file), spec) : spec };
  }),
);

const matches = (pattern: string, to: string): boolean =>
  pattern.endsWith('*') ? to.startsWith(pattern.slice(0, -1)) : to === pattern;

function allowed(part: string, to: string): boolean {
  const { parts = [], node = [], packages = [] } = PARTS[part] ?? {};
  if (to.startsWith('node:')) return node.includes(to.slice('node:'.length));
  return (
    [part, ...parts].some((prefix) => to.startsWith(prefix)) ||
    packages.some((pattern) => matches(pattern, to))
  );
}

test('imports were found, and every file belongs to a part', () => {
  expect(edges.length).toBeGreaterThan(500);
  expect(files.filter((file) => partOf(file) === undefined && !ROOTS.includes(file))).toEqual([]);
});

test('every part that is listed has files', () => {
  expect(prefixes.filter((part) => !files.some((file) => file.startsWith(part)))).toEqual([]);
});

describe('a part imports only what it may', () => {
  test.for(prefixes)('%s', (part) => {
    const broken = edges.filter(
      ({ file, to }) => partOf(file) === part && !ROOTS.includes(file) && !allowed(part, to),
    );
    expect(broken).toEqual([]);
  });
});

/** A file that is permitted by itself stands apart from its part. */
const singled = new Set(
  Object.values(PARTS).flatMap(({ parts = [] }) => parts.filter((each) => /\.tsx?$/.test(each))),
);
const unitOf = (path: string): string | undefined => (singled.has(path) ? path : partOf(path));

test('no parts import each other, over however many steps', () => {
  const imports = new Map<string, Set<string>>();
  for (const { file, to } of edges) {
    const [from, target] = [unitOf(file), unitOf(to)];
    if (from === undefined || target === undefined || ROOTS.includes(file)) continue;
    if (partOf(file) !== partOf(to))
      imports.set(from, (imports.get(from) ?? new Set()).add(target));
  }
  const isDone = (unit: string): boolean => !imports.has(unit);
  for (let before = -1; before !== imports.size; ) {
    before = imports.size;
    for (const [unit, targets] of imports) if ([...targets].every(isDone)) imports.delete(unit);
  }
  expect([...imports.keys()]).toEqual([]);
});

test('nobody imports a composition root but the command table', () => {
  const broken = edges.filter(({ file, to }) => ROOTS.includes(to) && file !== 'main.ts');
  expect(broken).toEqual([]);
});

test('what is listed is used: no permission outlives its reason', () => {
  const unused = prefixes.flatMap((part) => {
    const own = edges.filter(({ file }) => partOf(file) === part).map(({ to }) => to);
    const { parts = [], node = [], packages = [] } = PARTS[part] ?? {};
    return [
      ...parts.filter((prefix) => !own.some((to) => to.startsWith(prefix))),
      ...node.filter((name) => !own.includes(`node:${name}`)).map((name) => `node:${name}`),
      ...packages.filter((pattern) => !own.some((to) => matches(pattern, to))),
    ].map((permission) => `${part} -> ${permission}`);
  });
  expect(unused).toEqual([]);
});

/** In the first column of the table of dependencies; `@patternfly/*` stands for all of that scope. */
function explained(): readonly string[] {
  const [, table = ''] = readFileSync('ARCHITECTURE.md', 'utf8').split('\n## Dependencies\n');
  return table
    .split('\n')
    .map((line) => line.split('|')[1] ?? '')
    .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

test('every package has its reason in ARCHITECTURE.md, and nothing else has one', () => {
  const names = ['package.json', 'deploy/runtime/package.json'].flatMap((file) => {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
    return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.keys(read[kind] ?? {}),
    );
  });
  expect(names.length).toBeGreaterThan(40);
  const patterns = explained();
  const isExplained = (name: string) => patterns.some((pattern) => matches(pattern, name));
  expect(names.filter((name) => !isExplained(name))).toEqual([]);
  expect(patterns.filter((pattern) => !names.some((name) => matches(pattern, name)))).toEqual([]);
});
