/**
 * May this package come in? All that can be known about it is asked and all reasons are given together,
 * but an SBOM, which is large and complicated, is only looked at once it is proven who sent it.
 *
 * Everything hangs on the manifest's exact bytes: the signature proves them, they give the hash of each file
 * and of the SBOM, and what they do not list may not be there.
 */
import { createHash } from 'node:crypto';
import { isoMicros, type Micros } from '#sensor/model/time.ts';
import type { Admission, HeldRelease, Release, SbomSummary, VerifiedRelease } from './admission.ts';
import { binding } from './binding.ts';
import { MAX_SBOM_BYTES } from './cyclonedx/check.ts';
import type { SbomValidator } from './cyclonedx/validator.ts';
import {
  CMS_SIGNATURE,
  JWS_SIGNATURE,
  MANIFEST,
  MAX_MANIFEST_BYTES,
  type Manifest,
  productKey,
  readManifest,
} from './manifest.ts';
import type { FirmwarePackage } from './package/firmware-package.ts';
import type { Opened } from './package/folder.ts';
import { type Reason, reason, shown } from './reason.ts';
import { type Proof, proveSigner } from './signature/signer.ts';
import type { Trust, VendorTrust } from './trust.ts';

export interface Judges {
  readonly trust: Trust;
  readonly sboms: SbomValidator;
  readonly now: Micros;
}

/** Never rejects: what goes wrong on our side is the verdict `fault`. The package stays the caller's to close. */
export async function verifyPackage(opened: Opened, judges: Judges): Promise<Admission> {
  if (opened.kind === 'refused') return deny([opened.reason], undefined, []);
  try {
    return await verify(opened.package, judges);
  } catch (error) {
    return { verdict: 'fault', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

const deny = (
  reasons: readonly Reason[],
  claimed: Manifest | undefined,
  notChecked: readonly string[],
): Admission => ({ verdict: 'deny', reasons, claimed, notChecked });

async function verify(source: FirmwarePackage, { trust, sboms, now }: Judges): Promise<Admission> {
  const file = source.files.get(MANIFEST);
  if (file === undefined) return deny([noManifest()], undefined, []);
  if (file.size > MAX_MANIFEST_BYTES) return deny([tooLong()], undefined, []);
  const bytes = await source.read(MANIFEST);
  const read = readManifest(bytes);
  if (read.kind === 'faults') return deny(read.reasons, undefined, ['who signed it']);
  const { manifest } = read;

  const vendor = trust.get(manifest.vendor);
  const proof = await prove(source, bytes, manifest, vendor, now);
  const found = [
    ...proof.reasons,
    ...timeReasons(manifest, now),
    ...counterReasons(manifest, vendor),
    ...fileReasons(manifest, source),
  ];
  const notChecked = leftOut(manifest, vendor, proof);
  if (proof.kind === 'faults') return deny(found, manifest, notChecked);
  const { reasons, summary } = await sbomReasons(manifest, source, sboms);
  return decide([...found, ...reasons], notChecked, {
    manifest,
    manifestSha256: createHash('sha256').update(bytes).digest('hex'),
    signer: proof.signer,
    files: listedFiles(manifest).flatMap(({ name }) => source.files.get(name) ?? []),
    sbom: summary,
  });
}

/** The one place that makes a `VerifiedRelease`: no reason is left, not even one that holds. */
function decide(
  reasons: readonly Reason[],
  notChecked: readonly string[],
  release: Release,
): Admission {
  if (reasons.length === 0) {
    return { verdict: 'allow', release: release as VerifiedRelease, notChecked };
  }
  return reasons.some(({ effect }) => effect === 'deny')
    ? deny(reasons, release.manifest, notChecked)
    : { verdict: 'hold', release: release as HeldRelease, reasons, notChecked };
}

const noManifest = (): Reason => reason('manifest-missing', `there is no \`${MANIFEST}\``);
const tooLong = (): Reason =>
  reason('manifest-invalid', `\`${MANIFEST}\` has more than ${MAX_MANIFEST_BYTES} bytes`);

async function prove(
  source: FirmwarePackage,
  bytes: Buffer,
  { vendor }: Manifest,
  trust: VendorTrust | undefined,
  now: Micros,
): Promise<Proof> {
  const nobody: VendorTrust = { anchors: [], crls: undefined, keys: new Map(), floors: new Map() };
  const proof = await proveSigner(source, bytes, trust ?? nobody, now);
  if (trust !== undefined) return proof;
  const unknown = reason('vendor-unknown', `vendor \`${vendor}\` is not in the trust folder`);
  return { kind: 'faults', reasons: [unknown, ...proof.reasons] };
}

function timeReasons({ notBefore, expires }: Manifest, now: Micros): Reason[] {
  if (notBefore !== undefined && now < notBefore) {
    return [
      reason('release-not-yet-valid', `the release is valid from ${isoMicros(notBefore)} on`),
    ];
  }
  if (expires !== undefined && now >= expires) {
    return [reason('release-expired', `the release expired at ${isoMicros(expires)}`)];
  }
  return [];
}

function counterReasons(
  { product, releaseCounter }: Manifest,
  trust: VendorTrust | undefined,
): Reason[] {
  const floor = trust?.floors.get(productKey(product)) ?? 0;
  if (releaseCounter >= floor) return [];
  const text = `the release counter is ${releaseCounter}, and ${shown(product)} is let in from ${floor} on`;
  return [reason('release-rollback', text)];
}

interface Listed {
  readonly name: string;
  /** Undefined for an SBOM that is not also among `files`. */
  readonly size: number | undefined;
  readonly sha256: string;
}

function listedFiles({ files, sbom }: Manifest): readonly Listed[] {
  const isListed = sbom === undefined || files.some(({ name }) => name === sbom.name);
  return isListed ? files : [...files, { ...sbom, size: undefined }];
}

function fileReasons(manifest: Manifest, { files }: FirmwarePackage): Reason[] {
  const listed = listedFiles(manifest);
  const known = new Set([
    MANIFEST,
    CMS_SIGNATURE,
    JWS_SIGNATURE,
    ...listed.map(({ name }) => name),
  ]);
  const extra = [...files.keys()].filter((name) => !known.has(name));
  return [
    ...listed.flatMap((file) => mismatch(file, manifest, files)),
    ...extra.map((name) => reason('file-extra', `${shown(name)} is not in the manifest`)),
  ];
}

function mismatch(
  { name, size, sha256 }: Listed,
  { sbom }: Manifest,
  files: FirmwarePackage['files'],
): Reason[] {
  const found = files.get(name);
  if (found === undefined) {
    return [reason('file-missing', `${shown(name)} is in the manifest and not in the package`)];
  }
  if (size !== undefined && found.size !== size) {
    const text = `${shown(name)} has ${found.size} bytes, and ${size} in the manifest`;
    return [reason('file-size-mismatch', text)];
  }
  if (found.sha256 === sha256) return [];
  const code = name === sbom?.name ? 'sbom-hash-mismatch' : 'file-hash-mismatch';
  return [reason(code, `${shown(name)} has another SHA-256 than in the manifest: ${found.sha256}`)];
}

interface Looked {
  readonly reasons: readonly Reason[];
  readonly summary: SbomSummary | undefined;
}

const looked = (...reasons: readonly Reason[]): Looked => ({ reasons, summary: undefined });

async function sbomReasons(
  manifest: Manifest,
  source: FirmwarePackage,
  sboms: SbomValidator,
): Promise<Looked> {
  const { sbom } = manifest;
  if (sbom === undefined) return looked(reason('sbom-missing', 'the manifest names no SBOM'));
  const { name } = sbom;
  const file = source.files.get(name);
  if (file === undefined)
    return looked(reason('sbom-missing', `the SBOM ${shown(name)} is missing`));
  if (file.size > MAX_SBOM_BYTES) {
    return looked(reason('sbom-too-large', `the SBOM has more than ${MAX_SBOM_BYTES} bytes`));
  }
  const bytes = await source.read(name);
  // not the one that was hashed and signed, then not one whose content is worth a sentence
  if (createHash('sha256').update(bytes).digest('hex') !== sbom.sha256) {
    return looked(...(file.sha256 === sbom.sha256 ? [changed(name)] : []));
  }
  const answer = await sboms.check(bytes);
  if (answer.kind === 'refused') return looked(answer.reason);
  const { specVersion, components, rootName, rootHashes, reasons } = answer;
  const boundBy = await binding(rootHashes, manifest, source);
  if (boundBy === undefined) return looked(...reasons, notBound());
  return {
    reasons: [...reasons, ...nameReasons(boundBy, rootName, manifest)],
    summary: { name, specVersion, components, boundBy },
  };
}

/** A root component that no hash ties to a file has to bear the product's name at least. */
function nameReasons(
  boundBy: SbomSummary['boundBy'],
  rootName: string | undefined,
  { product }: Manifest,
): Reason[] {
  if (boundBy === 'root-hash' || rootName === undefined) return [];
  if (productKey(rootName) === productKey(product)) return [];
  const text = `the SBOM describes ${shown(rootName)}, and the manifest ${shown(product)}; no hash says that they are the same`;
  return [reason('sbom-other-product', text)];
}

const changed = (name: string): Reason =>
  reason('sbom-hash-mismatch', `${shown(name)} changed while it was looked at`);

const notBound = (): Reason =>
  reason(
    'sbom-not-bound',
    'the SBOM describes something else: no file of the manifest has all hashes of its root component',
  );

function leftOut({ product }: Manifest, trust: VendorTrust | undefined, proof: Proof): string[] {
  const isUnrevoked = trust === undefined || trust.crls !== undefined;
  const isByKey = proof.kind === 'signer' && proof.signer.kind === 'key';
  return [
    ...(proof.kind === 'faults' ? ['the SBOM, because nothing proves who sent it'] : []),
    ...(isUnrevoked || isByKey
      ? []
      : ['whether a certificate was revoked: no revocation lists are kept for this vendor']),
    ...(trust?.floors.has(productKey(product)) === false
      ? [`whether it is older than what runs: no release counter is kept for ${shown(product)}`]
      : []),
  ];
}
