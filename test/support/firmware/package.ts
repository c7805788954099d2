/** Packages and trust folders as a vendor and a plant would make them. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Identity } from './openssl.ts';

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

export const IMAGE: Buffer = Buffer.from('firmware image of an example controller '.repeat(50));

/** A CycloneDX SBOM whose root component is `IMAGE`. */
export const SBOM = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: {
    component: {
      type: 'firmware',
      'bom-ref': 'root',
      name: 'plc-100',
      version: '2.1.0',
      hashes: [{ alg: 'SHA-256', content: sha256(IMAGE) }],
    },
  },
  components: [{ type: 'library', 'bom-ref': 'zlib', name: 'zlib', version: '1.3.1' }],
  dependencies: [{ ref: 'root', dependsOn: ['zlib'] }, { ref: 'zlib' }],
};

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value, undefined, 1));

/** The manifest of a package that holds `IMAGE` and `sbom`. */
export function manifestOf(sbom: Uint8Array = json(SBOM)) {
  return {
    format: 'lockkeeper-firmware/1',
    vendor: 'acme',
    product: 'PLC-100',
    version: '2.1.0',
    releaseCounter: 21,
    hardwareIds: ['acme:plc-100:rev-c'],
    files: [{ name: 'images/plc-100.bin', size: IMAGE.length, sha256: sha256(IMAGE) }],
    sbom: { name: 'sbom.cdx.json', sha256: sha256(sbom) },
  };
}

/** Everything of a good package but its signature, by name. */
export function contents(
  manifest: unknown = manifestOf(),
  sbom: Uint8Array = json(SBOM),
): Map<string, Uint8Array> {
  return new Map<string, Uint8Array>([
    ['manifest.json', json(manifest)],
    ['images/plc-100.bin', IMAGE],
    ['sbom.cdx.json', sbom],
  ]);
}

export function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): string {
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

export interface TrustWanted {
  readonly anchors?: readonly Identity[];
  /** PEM texts by key id. */
  readonly keys?: Readonly<Record<string, string>>;
  readonly crls?: readonly Uint8Array[];
  readonly floors?: Readonly<Record<string, number>>;
}

/** Adds a vendor to the trust folder `folder`. */
export function trustVendor(folder: string, vendor: string, wanted: TrustWanted): string {
  const path = join(folder, vendor);
  const { anchors = [], keys = {}, crls, floors } = wanted;
  for (const part of ['anchors', 'keys']) mkdirSync(join(path, part), { recursive: true });
  for (const { name, certificate } of anchors)
    cpSync(certificate, join(path, 'anchors', `${name}.pem`));
  for (const [kid, pem] of Object.entries(keys))
    writeFileSync(join(path, 'keys', `${kid}.pem`), pem);
  if (crls !== undefined) mkdirSync(join(path, 'crls'));
  for (const [index, crl] of (crls ?? []).entries()) {
    writeFileSync(join(path, 'crls', `${index}.crl`), crl);
  }
  if (floors !== undefined) writeFileSync(join(path, 'floors.json'), JSON.stringify(floors));
  return folder;
}
