/** Packages of a vendor whom a plant trusts, as folders, and what is said of them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Admission } from '#sbom/admission.ts';
import { openSbomValidator, type SbomValidator } from '#sbom/cyclonedx/validator.ts';
import { openFolder } from '#sbom/package/folder.ts';
import { loadTrust, type Trust } from '#sbom/trust.ts';
import { verifyPackage } from '#sbom/verify.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { contents, json, manifestOf, SBOM, writeFolder } from './package.ts';
import { aTrustedVendor, type TrustedVendor } from './trusted-vendor.ts';

/** An hour on, because openssl makes certificates that begin this second. */
export const NOW: Micros = micros((Date.now() + 3_600_000) * 1000);

export type Files = Map<string, Uint8Array>;
type Manifest = ReturnType<typeof manifestOf>;

/** One line of a table: a package, and what is said of it. */
export type Case = readonly [
  what: string,
  verdict: Admission['verdict'],
  codes: readonly string[],
  files: () => Files,
];

/** What a line of a table says, and whether a release came with it, which nobody may make of a denied package. */
interface Judged {
  readonly verdict: Admission['verdict'];
  readonly codes: readonly string[];
  readonly hasRelease: boolean;
}

export interface Packages extends TrustedVendor {
  /** Of the vendor, from release 20 of PLC-100 on. */
  readonly trust: Trust;
  readonly sboms: SbomValidator;
  /** A signed package; `change` is made before it is signed. */
  signed(change?: (manifest: Manifest) => object, sbom?: Buffer): Files;
  /** A signed package; `change` is made after it was signed. */
  changed(change: (files: Files) => unknown): Files;
  /** A signed package whose SBOM has the properties of `change` in place of its own. */
  withSbom(change: object): Files;
  verify(files: Files, now?: Micros, by?: Trust): Promise<Admission>;
  judge(files: Files, now?: Micros): Promise<Judged>;
  close(): Promise<void>;
}

export const judgedAs = (verdict: Judged['verdict'], expected: Judged['codes']): Judged => ({
  verdict,
  codes: expected,
  hasRelease: verdict === 'allow' || verdict === 'hold',
});

export function openPackages(): Packages {
  const vendor = aTrustedVendor({ 'PLC-100': 20 });
  const trust = loadTrust(vendor.trustFolder);
  const sboms = openSbomValidator();
  let number = 0;
  const signed: Packages['signed'] = (change = (manifest) => manifest, sbom = json(SBOM)) =>
    vendor.sign(contents(change(manifestOf(sbom)), sbom));
  const verify: Packages['verify'] = async (files, now = NOW, by = trust) => {
    number += 1;
    const folder = writeFolder(join(vendor.place, `package-${number}`), files);
    return verifyPackage(await openFolder(folder), { trust: by, sboms, now });
  };
  return {
    ...vendor,
    ...{ trust, sboms, signed, verify },
    changed(change) {
      const files = signed();
      change(files);
      return files;
    },
    withSbom: (change) => signed((manifest) => manifest, json({ ...SBOM, ...change })),
    async judge(files, now) {
      const admission = await verify(files, now);
      const { verdict } = admission;
      return { verdict, codes: codes(admission), hasRelease: 'release' in admission };
    },
    async close() {
      await sboms.close();
      rmSync(vendor.place, { recursive: true });
    },
  };
}

export const codes = (admission: Admission): readonly string[] =>
  'reasons' in admission ? admission.reasons.map(({ code }) => code) : [];
