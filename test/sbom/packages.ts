/** A vendor whom a plant trusts, and packages that it signs, as folders. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admission } from '#sbom/admission.ts';
import { openSbomValidator, type SbomValidator } from '#sbom/cyclonedx/validator.ts';
import { openFolder } from '#sbom/package/folder.ts';
import { loadTrust, type Trust } from '#sbom/trust.ts';
import { verifyPackage } from '#sbom/verify.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import {
  AUTHORITY,
  CODE_SIGNER,
  certify,
  cmsSign,
  type Identity,
} from '../support/firmware/openssl.ts';
import {
  contents,
  json,
  manifestOf,
  SBOM,
  trustVendor,
  writeFolder,
} from '../support/firmware/package.ts';

/** An hour on, because openssl makes certificates that begin this second. */
export const NOW: Micros = micros((Date.now() + 3_600_000) * 1000);

export type Files = Map<string, Uint8Array>;
type Manifest = ReturnType<typeof manifestOf>;

/** One line of a table: a package, and what is said of it. */
export type Case = readonly [
  what: string,
  verdict: string,
  codes: readonly string[],
  files: () => Files,
];

export interface Packages {
  readonly place: string;
  readonly root: Identity;
  readonly signer: Identity;
  /** Of the vendor, from release 20 of PLC-100 on. */
  readonly trust: Trust;
  readonly sboms: SbomValidator;
  /** A signed package; `change` is made before it is signed. */
  signed(change?: (manifest: Manifest) => object, sbom?: Buffer): Files;
  verify(files: Files, now?: Micros, by?: Trust): Promise<Admission>;
  close(): Promise<void>;
}

export function openPackages(): Packages {
  const place = mkdtempSync(join(tmpdir(), 'firmware-'));
  const root = certify(place, 'Acme Root', { extensions: AUTHORITY });
  const signer = certify(place, 'Acme Release', { issuer: root, extensions: CODE_SIGNER });
  const floors = { 'PLC-100': 20 };
  const trust = loadTrust(trustVendor(join(place, 'trust'), 'acme', { anchors: [root], floors }));
  const sboms = openSbomValidator();
  let number = 0;
  return {
    ...{ place, root, signer, trust, sboms },
    signed(change = (manifest) => manifest, sbom = json(SBOM)) {
      const files = contents(change(manifestOf(sbom)), sbom);
      const manifest = files.get('manifest.json') ?? Buffer.of();
      return files.set('manifest.json.p7s', cmsSign(manifest, signer));
    },
    async verify(files, now = NOW, by = trust) {
      number += 1;
      const folder = writeFolder(join(place, `package-${number}`), files);
      return verifyPackage(await openFolder(folder), { trust: by, sboms, now });
    },
    async close() {
      await sboms.close();
      rmSync(place, { recursive: true });
    },
  };
}

export const codes = (admission: Admission): readonly string[] =>
  'reasons' in admission ? admission.reasons.map(({ code }) => code) : [];
