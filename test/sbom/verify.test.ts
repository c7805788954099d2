import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openFolder } from '#sbom/package/folder.ts';
import { asJson, sentences } from '#sbom/report.ts';
import { verifyPackage } from '#sbom/verify.ts';
import { micros } from '#sensor/model/time.ts';
import { derOf } from '../support/firmware/openssl.ts';
import { IMAGE, json, manifestOf, SBOM, sha256, writeFolder } from '../support/firmware/package.ts';
import { type Case, codes, judgedAs, NOW, openPackages } from '../support/firmware/packages.ts';

const packages = openPackages();
afterAll(() => packages.close());
const { place, root, signer, trust, sboms, sign, signed, changed, withSbom, verify, judge } =
  packages;
const DAY = 24 * 3_600_000_000;

describe('a package that is what it says it is', () => {
  test('is let in as a release that says what was proven', async () => {
    const files = signed();
    expect(await verify(files)).toEqual({
      verdict: 'allow',
      notChecked: [
        'whether a certificate was revoked: no revocation lists are kept for this vendor',
      ],
      release: {
        manifest: manifestOf(),
        manifestSha256: sha256(files.get('manifest.json') ?? ''),
        signer: {
          kind: 'certificate',
          format: 'cms',
          name: '`Acme Release`',
          certificateSha256: sha256(derOf(signer.certificate)),
          anchorSha256: sha256(derOf(root.certificate)),
        },
        files: [
          { name: 'images/plc-100.bin', size: IMAGE.length, sha256: sha256(IMAGE) },
          { name: 'sbom.cdx.json', size: json(SBOM).length, sha256: sha256(json(SBOM)) },
        ],
        sbom: { name: 'sbom.cdx.json', specVersion: '1.6', components: 1, boundBy: 'root-hash' },
      },
    });
  });
});

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
const CASES: readonly Case[] = [
  [
    'without a signature',
    'deny',
    ['unsigned'],
    () => changed((f) => f.delete('manifest.json.p7s')),
  ],
  [
    'with two signatures',
    'deny',
    ['signature-ambiguous'],
    () => changed((f) => f.set('manifest.json.jws', json({}))),
  ],
  [
    'with a manifest that was changed after signing',
    'deny',
    ['signature-invalid', 'file-size-mismatch'],
    () =>
      changed((f) =>
        f.set('manifest.json', Buffer.from(text(f.get('manifest.json')).replace('2000', '2001'))),
      ),
  ],
  [
    'with a manifest that differs by a space alone',
    'deny',
    ['signature-invalid'],
    () => changed((f) => f.set('manifest.json', Buffer.from(`${text(f.get('manifest.json'))} `))),
  ],
  [
    'without a manifest',
    'deny',
    ['manifest-missing'],
    () => changed((f) => f.delete('manifest.json')),
  ],
  [
    'with a manifest that names a thing twice',
    'deny',
    ['manifest-invalid'],
    () =>
      changed((f) =>
        f.set(
          'manifest.json',
          Buffer.from(text(f.get('manifest.json')).replace('{', '{"vendor":"x",')),
        ),
      ),
  ],
  [
    'of another vendor',
    'deny',
    ['vendor-unknown', 'signer-untrusted'],
    () => signed((m) => ({ ...m, vendor: 'other' })),
  ],
  [
    'lacking a file',
    'deny',
    ['file-missing'],
    () => changed((f) => f.delete('images/plc-100.bin')),
  ],
  [
    'with another image of the same size',
    'deny',
    ['file-hash-mismatch'],
    () => changed((f) => f.set('images/plc-100.bin', Buffer.alloc(IMAGE.length))),
  ],
  [
    'with a file that nobody signed',
    'deny',
    ['file-extra'],
    () => changed((f) => f.set('run-me.exe', IMAGE)),
  ],
  [
    'of a release before the floor',
    'deny',
    ['release-rollback'],
    () => signed((m) => ({ ...m, releaseCounter: 19 })),
  ],
  [
    'of a release before the floor, under its name in other letters',
    'deny',
    ['release-rollback'],
    () => signed((m) => ({ ...m, product: 'plc-100', releaseCounter: 19 })),
  ],
  [
    'whose product ends with a space',
    'deny',
    ['manifest-invalid'],
    () => signed((m) => ({ ...m, product: 'PLC-100 ' })),
  ],
  ...['19.9999999999999999999', '2.1e1', '21.0', '-0'].map(
    (counter): Case => [
      `of a release ${counter}, which is no integer as it stands there`,
      'deny',
      ['manifest-invalid'],
      () => {
        const files = signed();
        const manifest = Buffer.from(
          text(files.get('manifest.json')).replace(
            '"releaseCounter": 21',
            `"releaseCounter": ${counter}`,
          ),
        );
        return sign(files.set('manifest.json', manifest));
      },
    ],
  ),
  ['at the floor', 'allow', [], () => signed((m) => ({ ...m, releaseCounter: 20 }))],
];

describe('a package', () => {
  test.for(CASES)('%s: %s', async ([, verdict, expected, files]) => {
    expect(await judge(files())).toEqual(judgedAs(verdict, expected));
  });

  test('tells all that is wrong with it at once', async () => {
    const files = signed((m) => ({ ...m, releaseCounter: 1, expires: '2020-01-01T00:00:00Z' }));
    files.set('extra', IMAGE);
    files.delete('images/plc-100.bin');
    expect(codes(await verify(files))).toEqual([
      'release-expired',
      'release-rollback',
      'file-missing',
      'file-extra',
    ]);
  });

  test.for([
    [-1, 'deny', ['release-not-yet-valid']],
    [0, 'allow', []],
    [DAY - 1, 'allow', []],
    [DAY, 'deny', ['release-expired']],
  ] as const)('of one day, %i µs after its start: %s', async ([after, verdict, expected]) => {
    const files = signed((m) => ({
      ...m,
      notBefore: '2027-01-01T00:00:00Z',
      expires: '2027-01-02T00:00:00Z',
    }));
    const now = micros(Date.UTC(2027, 0, 1) * 1000 + after);
    expect(await judge(files, now)).toEqual(judgedAs(verdict, expected));
  });

  test('is not looked into further than to its signature while nobody has proven who sent it', async () => {
    const files = withSbom({ version: 'two' });
    files.delete('manifest.json.p7s');
    const admission = await verify(files);
    expect(codes(admission)).toEqual(['unsigned']);
    const notChecked = admission.verdict === 'deny' ? admission.notChecked : [];
    expect(notChecked).toContain('the SBOM, because nothing proves who sent it');
  });

  test('is neither let in nor denied when the verifier itself fails', async () => {
    const opened = await openFolder(writeFolder(join(place, 'fault'), signed()));
    rmSync(join(place, 'fault/sbom.cdx.json'));
    const admission = await verifyPackage(opened, { trust, sboms, now: NOW });
    expect(admission).toMatchObject({ verdict: 'fault', error: { code: 'ENOENT' } });
  });

  test('cannot put anything on a terminal but what can be read', async () => {
    const evil = '\u001b[2J\u202eallow\n`';
    const others = [
      signed((m) => ({ ...m, [evil]: 1 })),
      signed((m) => ({ ...m, files: [{ ...m.files[0], [evil]: 1 }] })),
      withSbom({ [evil]: 1 }),
      withSbom({ specVersion: evil }),
      withSbom({ dependencies: [{ ref: evil }] }),
    ];
    for (const files of others) {
      const text = sentences(await verify(files));
      expect(text).toContain('\\u{1b}');
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect(text).not.toContain('\nallow');
    }
  });

  test('about which nothing is known is never said to be let in', () => {
    const fault = { verdict: 'fault', error: new Error('disk gone') } as const;
    expect(sentences(fault)).toBe(
      'fault: the verifier failed, and nothing is known about the package: disk gone\n',
    );
    expect(JSON.parse(asJson(fault))).toEqual({
      verdict: 'fault',
      reasons: [],
      message: 'disk gone',
    });
  });
});
