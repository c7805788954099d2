import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCertificate } from '#sbom/pki/certificate.ts';
import { provePath } from '#sbom/pki/chain.ts';
import { attempt, isRefused } from '#sbom/sbom-error.ts';
import { loadTrust } from '#sbom/trust.ts';
import { keepTrust } from '#sbom/trust-keeper.ts';
import { micros } from '#sensor/model/time.ts';
import {
  AUTHORITY,
  CODE_SIGNER,
  certify,
  derOf,
  type Identity,
  openssl,
  revocationList,
} from '../support/firmware/openssl.ts';
import { trustVendor } from '../support/firmware/package.ts';

const NOW = micros((Date.now() + 3_600_000) * 1000);
const DAY = 24 * 3_600_000_000;

let place = '';
let root: Identity;
let middle: Identity;
let signer: Identity;
let number = 0;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'trust-'));
  root = certify(place, 'Root', { extensions: AUTHORITY });
  middle = certify(place, 'Middle', { issuer: root, extensions: AUTHORITY });
  signer = certify(place, 'Signer', { issuer: middle, extensions: CODE_SIGNER });
});
afterAll(() => rmSync(place, { recursive: true }));

function aFolder(): string {
  number += 1;
  const folder = join(place, `trust-${number}`);
  mkdirSync(folder);
  return folder;
}

function certificateOf({ certificate }: Identity) {
  const read = attempt(() => readCertificate(derOf(certificate)));
  if (isRefused(read)) throw new Error(read.reason.text);
  return read;
}

function codesWith(crls: readonly Uint8Array[], now = NOW): readonly string[] {
  const trust = loadTrust(trustVendor(aFolder(), 'acme', { anchors: [root], crls })).get('acme');
  if (trust === undefined) throw new Error('the vendor was not loaded');
  const path = provePath(certificateOf(signer), [certificateOf(middle)], trust, now);
  return path.reasons.map(({ code }) => code);
}

describe('revocation lists', () => {
  const ofRoot = () => revocationList(place, root, []);
  const ofMiddle = (...revoked: readonly Identity[]) => revocationList(place, middle, revoked);

  test('that are current and name nobody of the chain let it through, in PEM and DER', () => {
    const der = openssl(['crl', '-outform', 'DER'], ofMiddle());
    expect(codesWith([ofRoot(), ofMiddle()])).toEqual([]);
    expect(codesWith([ofRoot(), der])).toEqual([]);
  });

  test('that name the signer, or its authority, end it', () => {
    expect(codesWith([ofRoot(), ofMiddle(signer)])).toEqual(['signer-revoked']);
    expect(codesWith([revocationList(place, root, [middle]), ofMiddle()])).toEqual([
      'signer-revoked',
    ]);
  });

  test('that are missing, or another authority signed, hold it', () => {
    const impostor = certify(place, 'Impostor', { subject: 'Middle', extensions: AUTHORITY });
    expect(codesWith([])).toEqual(['revocation-unknown', 'revocation-unknown']);
    expect(codesWith([ofRoot()])).toEqual(['revocation-unknown']);
    expect(codesWith([ofRoot(), revocationList(place, impostor, [])])).toEqual([
      'revocation-unknown',
    ]);
  });

  test('that are out of date hold it, and still tell of a revocation', () => {
    const later = micros(NOW + 40 * DAY);
    expect(codesWith([ofRoot(), ofMiddle()], later)).toEqual([
      'revocation-unknown',
      'revocation-unknown',
    ]);
    expect(codesWith([ofRoot(), ofMiddle(signer)], later)).toContain('signer-revoked');
  });
});

test('an old anchor beside the renewed one of the same key does not make a hold a denial', () => {
  const old = { ...root, name: 'Old', certificate: join(place, 'Old.pem') };
  openssl([
    ...['req', '-x509', '-new', '-config', join(place, 'Root.cnf'), '-key', root.key],
    ...['-out', old.certificate, '-days', '2', '-sha256', '-extensions', 'ext'],
  ]);
  const crls = [revocationList(place, root, []), revocationList(place, middle, [])];
  const whenBothAreStale = micros(NOW + 40 * DAY);
  const codesBy = (anchors: readonly Identity[]) => {
    const trust = loadTrust(trustVendor(aFolder(), 'acme', { anchors, crls })).get('acme');
    if (trust === undefined) throw new Error('the vendor was not loaded');
    const embedded = [certificateOf(middle)];
    const path = provePath(certificateOf(signer), embedded, trust, whenBothAreStale);
    return new Set(path.reasons.map(({ code }) => code));
  };
  expect(codesBy([old])).toEqual(new Set(['signer-expired', 'revocation-unknown']));
  expect(codesBy([old, root])).toEqual(new Set(['revocation-unknown']));
});

/** Where this runs as root, who may read everything. */
function asOtherUser<T>(act: () => T): T {
  const isRoot = process.geteuid?.() === ROOT;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return act();
  } finally {
    if (isRoot) process.seteuid?.(ROOT);
  }
}

const [ROOT, NOBODY] = [0, 65_534];

describe('a trust folder that is kept', () => {
  test('is read again where a file of it changed, and only there', () => {
    const folder = trustVendor(aFolder(), 'acme', { anchors: [root], floors: { a: 1 } });
    const trustNow = keepTrust(folder);
    const first = trustNow();
    expect(trustNow()).toBe(first);
    const path = join(folder, 'acme/floors.json');
    writeFileSync(path, '{"a":2}');
    expect(trustNow().get('acme')?.floors).toEqual(new Map([['a', 2]]));
    renameSync(path, join(place, 'floors-elsewhere.json'));
    symlinkSync(join(place, 'floors-elsewhere.json'), path);
    expect(trustNow().get('acme')?.floors).toEqual(new Map([['a', 2]]));
    writeFileSync(join(place, 'floors-elsewhere.json'), '{"a":3}');
    expect(trustNow().get('acme')?.floors).toEqual(new Map([['a', 3]]));
    trustVendor(folder, 'bolt', { anchors: [root] });
    expect([...trustNow().keys()]).toEqual(['acme', 'bolt']);
  });

  test('is not used while it cannot be, also where it could be before', () => {
    const folder = trustVendor(aFolder(), 'acme', { anchors: [root] });
    const trustNow = keepTrust(folder);
    trustNow();
    writeFileSync(join(folder, 'acme/floors.json'), 'no');
    for (const _ of [1, 2]) expect(trustNow).toThrow('is not usable');
    rmSync(join(folder, 'acme/floors.json'));
    expect(trustNow().size).toBe(1);
    rmSync(folder, { recursive: true });
    expect(trustNow).toThrow('cannot be read');
  });
});

describe('a trust folder', () => {
  test('says for each vendor what was put there', () => {
    const folder = trustVendor(aFolder(), 'acme', {
      anchors: [root, middle],
      floors: { 'PLC-100': 7 },
    });
    trustVendor(folder, 'other-vendor', { anchors: [root] });
    const trust = loadTrust(folder);
    expect([...trust.keys()]).toEqual(['acme', 'other-vendor']);
    expect(trust.get('acme')?.anchors).toHaveLength(2);
    expect(trust.get('acme')?.floors).toEqual(new Map([['plc-100', 7]]));
    expect(trust.get('acme')?.crls).toBeUndefined();
  });

  const put = (name: string, text: string) => (folder: string) =>
    writeFileSync(join(folder, name), text);

  test.each<[string, string, (folder: string) => void]>([
    ['an anchor that is none', 'is no certificate', put('acme/anchors/x.pem', 'x')],
    ['a key that is none', 'is no public key in PEM', put('acme/keys/x.pem', 'x')],
    [
      'a private key',
      'is no public key in PEM',
      put('acme/keys/x.pem', '-----BEGIN PRIVATE KEY-----\n'),
    ],
    ['a key without its ending', 'does not end in `.pem`', put('acme/keys/x', 'x')],
    ['floors with a name twice', 'a name is there twice', put('acme/floors.json', '{"a":1,"a":2}')],
    [
      'floors of one product, written in two ways',
      'names one product twice',
      put('acme/floors.json', '{"PLC-100":1,"plc-100 ":2}'),
    ],
    [
      'floors that are no numbers',
      'is no list of release counters',
      put('acme/floors.json', '{"a":"1"}'),
    ],
    [
      'what does not belong there',
      'is none of anchors, keys, crls, floors.json',
      put('acme/notes.txt', ''),
    ],
    ['a file in place of a vendor', 'is no folder of a vendor', put('readme', '')],
    [
      'a vendor without anything',
      'holds neither anchors nor keys',
      (folder) => mkdirSync(join(folder, 'empty')),
    ],
    [
      'a list that is none',
      'is no revocation list',
      (folder) => {
        mkdirSync(join(folder, 'acme/crls'));
        writeFileSync(join(folder, 'acme/crls/x'), 'x');
      },
    ],
  ])('with %s is not used at all', (_, why, change) => {
    const folder = trustVendor(aFolder(), 'acme', { anchors: [root] });
    change(folder);
    expect(() => loadTrust(folder)).toThrow(expect.objectContaining({ code: 'trust' }));
    expect(() => loadTrust(folder)).toThrow(why);
  });

  test.each([
    ['acme/anchors'],
    // revocation would not be asked
    ['acme/crls'],
    // no release would be too old
    ['acme/floors.json'],
  ])('whose `%s` is a link that leads nowhere is not used', (name) => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const k = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const folder = trustVendor(aFolder(), 'acme', { keys: { k } });
    rmSync(join(folder, name), { recursive: true, force: true });
    symlinkSync(join(place, 'nowhere'), join(folder, name));
    for (const trustNow of [() => loadTrust(folder), keepTrust(folder)]) {
      expect(trustNow).toThrow(
        `trust folder \`${folder}\` cannot be read: \`${name}\`: no such file or directory`,
      );
    }
  });

  test.each(['acme', 'acme/crls'])('that may not be read is said so, where: %s', (name) => {
    const folder = trustVendor(aFolder(), 'acme', { anchors: [root], crls: [] });
    chmodSync(place, 0o755);
    chmodSync(join(folder, name), 0);
    const words =
      `trust folder \`${folder}\` cannot be read: \`${name}\`: permission denied; ` +
      'whoever runs this must be able to read all of the trust folder';
    for (const trustNow of [() => loadTrust(folder), keepTrust(folder)]) {
      const ask = () => asOtherUser(trustNow);
      expect(ask).toThrow(expect.objectContaining({ code: 'trust' }));
      expect(ask).toThrow(words);
    }
  });

  test.each([
    [100_000, undefined],
    [100_001, 'is not usable: line 1, column 1088902: there are more than 100001 values'],
  ])('with floors of %i products: %s', (count, why) => {
    const products = Array.from({ length: count }, (_, n) => [`p${n}`, 1] as const);
    const floors = Object.fromEntries(products);
    const folder = trustVendor(aFolder(), 'acme', { anchors: [root], floors });
    if (why === undefined) expect(loadTrust(folder).get('acme')?.floors.size).toBe(count);
    else expect(() => loadTrust(folder)).toThrow(why);
  });

  test('that is not there is said so', () => {
    expect(() => loadTrust(join(place, 'nowhere'))).toThrow(
      `trust folder \`${place}/nowhere\` cannot be read: no such file or directory`,
    );
  });
});
