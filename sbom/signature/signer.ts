/** Who signed the manifest: the one signature that is there, of either format, proven against the vendor's trust. */
import { createHash } from 'node:crypto';
import type { Micros } from '#sensor/model/time.ts';
import { CMS_SIGNATURE, JWS_SIGNATURE, MANIFEST } from '../manifest.ts';
import type { FirmwarePackage } from '../package/firmware-package.ts';
import type { Certificate } from '../pki/certificate.ts';
import { provePath } from '../pki/chain.ts';
import { type Reason, reason, shown } from '../reason.ts';
import { attempt, isRefused } from '../sbom-error.ts';
import type { VendorTrust } from '../trust.ts';
import { isOver, readCms } from './cms.ts';
import { jwsFault, readJws } from './jws.ts';

export type Signer =
  | {
      readonly kind: 'certificate';
      readonly format: 'cms' | 'jws';
      /** Common name for people; the certificate is told apart by its hash. */
      readonly name: string;
      readonly certificateSha256: string;
      /** Of the anchor at which the chain ends. */
      readonly anchorSha256: string;
    }
  | { readonly kind: 'key'; readonly format: 'jws'; readonly keyId: string };

export type Proof =
  | { readonly kind: 'signer'; readonly signer: Signer; readonly reasons: readonly Reason[] }
  | { readonly kind: 'faults'; readonly reasons: readonly Reason[] };

/** A chain of eight certificates of 4 KiB each, and as much again. */
const MAX_SIGNATURE_BYTES = 64 * 1024;

export async function proveSigner(
  source: FirmwarePackage,
  manifest: Buffer,
  trust: VendorTrust,
  now: Micros,
): Promise<Proof> {
  const names = [CMS_SIGNATURE, JWS_SIGNATURE].filter((name) => source.files.has(name));
  const [name, ...others] = names;
  if (name === undefined) {
    const text = `there is neither \`${CMS_SIGNATURE}\` nor \`${JWS_SIGNATURE}\``;
    return faults(reason('unsigned', text));
  }
  if (others.length > 0) {
    return faults(reason('signature-ambiguous', 'there are two signatures, and one is asked for'));
  }
  if ((source.files.get(name)?.size ?? 0) > MAX_SIGNATURE_BYTES) {
    return faults(
      reason('signature-malformed', `the signature has more than ${MAX_SIGNATURE_BYTES} bytes`),
    );
  }
  const bytes = await source.read(name);
  return name === CMS_SIGNATURE
    ? proveCms(bytes, manifest, trust, now)
    : proveJws(bytes, manifest, trust, now);
}

const faults = (...reasons: readonly Reason[]): Proof => ({ kind: 'faults', reasons });

function proveCms(bytes: Buffer, manifest: Buffer, trust: VendorTrust, now: Micros): Proof {
  const cms = attempt(() => readCms(bytes));
  if (isRefused(cms)) return faults(cms.reason);
  if (!isOver(cms, manifest)) {
    return faults(
      reason(
        'signature-invalid',
        `the signature is not over this \`${MANIFEST}\` by ${cms.signer.name}`,
      ),
    );
  }
  return proveChain('cms', cms.signer, cms.certificates, trust, now);
}

async function proveJws(
  bytes: Buffer,
  manifest: Buffer,
  trust: VendorTrust,
  now: Micros,
): Promise<Proof> {
  const jws = attempt(() => readJws(bytes));
  if (isRefused(jws)) return faults(jws.reason);
  const { by } = jws;
  switch (by.kind) {
    case 'kid': {
      const key = trust.keys.get(by.kid);
      if (key === undefined) {
        return faults(
          reason('signer-untrusted', `the key ${shown(by.kid)} is none of this vendor`),
        );
      }
      const fault = await jwsFault(jws, key, manifest);
      if (fault !== undefined) return faults(fault);
      return {
        kind: 'signer',
        signer: { kind: 'key', format: 'jws', keyId: by.kid },
        reasons: [],
      };
    }
    case 'x5c': {
      const [signer] = by.certificates;
      const fault = await jwsFault(jws, signer.key, manifest);
      if (fault !== undefined) return faults(fault);
      return proveChain('jws', signer, by.certificates, trust, now);
    }
    default:
      return by satisfies never;
  }
}

/** A chain that is only held (its revocation is not known) still says who signed. */
function proveChain(
  format: 'cms' | 'jws',
  signer: Certificate,
  embedded: readonly Certificate[],
  trust: VendorTrust,
  now: Micros,
): Proof {
  const { certificates, reasons } = provePath(signer, embedded, trust, now);
  const anchor = certificates.at(-1);
  if (anchor === undefined || reasons.some(({ effect }) => effect === 'deny')) {
    return faults(...reasons);
  }
  // what is in the signature and not in the chain is signed by nobody who counts: it could be changed at will
  const stray = embedded.find(({ raw }) => !certificates.some((used) => used.raw.equals(raw)));
  if (stray !== undefined) {
    const text = `the certificate of ${stray.name} in the signature is no part of its chain`;
    return faults(...reasons, reason('signature-stray-certificate', text));
  }
  const certificateSha256 = sha256(signer.raw);
  const anchorSha256 = sha256(anchor.raw);
  return {
    kind: 'signer',
    signer: { kind: 'certificate', format, name: signer.name, certificateSha256, anchorSha256 },
    reasons,
  };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
