import { createHash } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { IMAGE, json, manifestOf, SBOM, sha256 } from '../support/firmware/package.ts';
import { type Case, type Files, judgedAs, openPackages } from '../support/firmware/packages.ts';

const packages = openPackages();
afterAll(() => packages.close());
const { sign, signed, changed, withSbom, judge } = packages;

const rootWith = (hashes: readonly object[]): Files =>
  withSbom({ metadata: { component: { ...SBOM.metadata.component, hashes } } });

const CASES: readonly Case[] = [
  [
    'naming no SBOM',
    'hold',
    ['sbom-missing'],
    () =>
      changed((f) => {
        f.delete('sbom.cdx.json');
        const { sbom: _, ...manifest } = manifestOf();
        sign(f.set('manifest.json', json(manifest)));
      }),
  ],
  [
    'lacking the SBOM that it names',
    'deny',
    ['file-missing', 'sbom-missing'],
    () => changed((f) => f.delete('sbom.cdx.json')),
  ],
  [
    'with another SBOM',
    'deny',
    ['sbom-hash-mismatch'],
    () => changed((f) => f.set('sbom.cdx.json', json({ ...SBOM, version: 2 }))),
  ],
  [
    'with an SBOM that is no CycloneDX',
    'deny',
    ['sbom-invalid'],
    () => withSbom({ version: 'two' }),
  ],
  [
    'with an SBOM of an old version',
    'deny',
    ['sbom-version'],
    () => withSbom({ specVersion: '1.3' }),
  ],
  [
    'with an SBOM that names a thing twice',
    'deny',
    ['sbom-unreadable'],
    () => signed((m) => m, Buffer.from(JSON.stringify(SBOM).replace('{', '{"components":[],'))),
  ],
  [
    'with the SBOM of another image',
    'deny',
    ['sbom-not-bound'],
    () => rootWith([{ alg: 'SHA-256', content: sha256('another') }]),
  ],
  [
    'whose SBOM has one right hash and one wrong one',
    'deny',
    ['sbom-not-bound'],
    () =>
      rootWith([
        { alg: 'SHA-256', content: sha256(IMAGE) },
        { alg: 'SHA-512', content: sha256('x').repeat(2) },
      ]),
  ],
  ['whose SBOM has no root hash', 'allow', [], () => rootWith([])],
  [
    'whose SBOM has two SHA-256 of its root, of which the last is right',
    'deny',
    ['sbom-not-bound'],
    () =>
      rootWith([
        { alg: 'SHA-256', content: sha256('another') },
        { alg: 'SHA-256', content: sha256(IMAGE) },
      ]),
  ],
  ...['MD5', 'SHA-1', 'SHA-384', 'SHA3-256', 'SHA3-512', 'BLAKE2b-512'].flatMap((alg): Case[] => {
    const name = alg.toLowerCase().replace(/^(sha|blake2b)-(?=\d)/, '$1');
    const hash = (text: Uint8Array | string) => createHash(name).update(text).digest('hex');
    return [
      [
        `whose SBOM has the ${alg} of another image`,
        'deny',
        ['sbom-not-bound'],
        () => rootWith([{ alg, content: hash('another') }]),
      ],
      [
        `whose SBOM has the ${alg} of its image`,
        'allow',
        [],
        () => rootWith([{ alg, content: hash(IMAGE).toUpperCase() }]),
      ],
    ];
  }),
  [
    'whose SBOM has no root hash, and another name',
    'hold',
    ['sbom-other-product'],
    () =>
      withSbom({
        metadata: { component: { ...SBOM.metadata.component, name: 'toaster', hashes: [] } },
      }),
  ],
  [
    'whose SBOM has another name and the hash of its image',
    'allow',
    [],
    () => withSbom({ metadata: { component: { ...SBOM.metadata.component, name: 'toaster' } } }),
  ],
  [
    'whose SBOM says nothing',
    'hold',
    ['sbom-no-root', 'sbom-empty'],
    () => signed((m) => m, json({ bomFormat: 'CycloneDX', specVersion: '1.6' })),
  ],
  [
    'whose SBOM lists no components',
    'hold',
    ['sbom-empty'],
    () => withSbom({ components: [], dependencies: [] }),
  ],
  [
    'whose SBOM lists the tool that made it and nothing of the product',
    'hold',
    ['sbom-empty'],
    () =>
      withSbom({
        metadata: { ...SBOM.metadata, tools: { components: SBOM.components } },
        components: [],
        dependencies: [],
      }),
  ],
  [
    'whose SBOM lists how it was built and nothing of the product',
    'hold',
    ['sbom-empty'],
    () =>
      withSbom({
        components: [],
        dependencies: [],
        formulation: [{ components: SBOM.components }],
      }),
  ],
  [
    'whose SBOM lists its components inside of its root',
    'allow',
    [],
    () =>
      withSbom({
        metadata: { component: { ...SBOM.metadata.component, components: SBOM.components } },
        components: [],
      }),
  ],
  [
    'whose SBOM has a bom-ref twice',
    'hold',
    ['sbom-duplicate-ref'],
    () => withSbom({ components: [...SBOM.components, { ...SBOM.components[0], name: 'other' }] }),
  ],
  [
    'whose SBOM depends on what it does not have',
    'hold',
    ['sbom-dangling-ref'],
    () => withSbom({ dependencies: [{ ref: 'root', dependsOn: ['openssl'] }] }),
  ],
  [
    'whose SBOM has a hash of the wrong length',
    'hold',
    ['sbom-hash-length'],
    () =>
      withSbom({
        components: [
          { ...SBOM.components[0], hashes: [{ alg: 'SHA-256', content: sha256('x').slice(32) }] },
        ],
      }),
  ],
];

test.for(CASES)('a package %s: %s', async ([, verdict, expected, files]) => {
  expect(await judge(files())).toEqual(judgedAs(verdict, expected));
});
