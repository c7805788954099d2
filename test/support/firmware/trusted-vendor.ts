/** A vendor whom a plant trusts: `acme`, with its own authority and the key that signs its releases. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTHORITY, CODE_SIGNER, certify, cmsSign, type Identity } from './openssl.ts';
import { contents, manifestOf, type TrustWanted, trustVendor } from './package.ts';

export interface TrustedVendor {
  /** A folder of its own, which is the caller's to remove. */
  readonly place: string;
  readonly root: Identity;
  readonly signer: Identity;
  readonly trustFolder: string;
  /** Signs what stands as `manifest.json` among `files`; by default all of a good package. */
  sign(files?: Map<string, Uint8Array>): Map<string, Uint8Array>;
}

export function aTrustedVendor(floors: TrustWanted['floors'] = {}): TrustedVendor {
  const place = mkdtempSync(join(tmpdir(), 'firmware-'));
  const root = certify(place, 'Acme Root', { extensions: AUTHORITY });
  const signer = certify(place, 'Acme Release', { issuer: root, extensions: CODE_SIGNER });
  return {
    place,
    root,
    signer,
    trustFolder: trustVendor(join(place, 'trust'), 'acme', { anchors: [root], floors }),
    sign(files = contents(manifestOf())) {
      const manifest = files.get('manifest.json') ?? Buffer.of();
      return files.set('manifest.json.p7s', cmsSign(manifest, signer));
    },
  };
}
