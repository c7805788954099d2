/** A release as the screens see it. What a denied package says of itself is marked as said. */
import { codesOf, manifestOf, type ReleaseRecord, reasonsOf } from '#broker/model/release.ts';
import type { Plant } from '#policies/plant.ts';
import type { Manifest } from '#sbom/manifest.ts';
import { shown } from '#sbom/reason.ts';
import type { Signer } from '#sbom/signature/signer.ts';
import { isoMicros } from '#sensor/model/time.ts';
import type { ReleaseRowView, ReleaseView } from './views-releases.ts';

export function showReleaseRow(plant: Plant, release: ReleaseRecord): ReleaseRowView {
  const { id, verdict, receivedAt, uploadedBy, fileName } = release;
  const manifest = manifestOf(release);
  return {
    id,
    verdict,
    receivedAt: isoMicros(receivedAt),
    uploadedBy: plant.people.get(uploadedBy)?.name ?? uploadedBy,
    fileName,
    ...(manifest !== undefined && {
      vendor: manifest.vendor,
      product: manifest.product,
      version: manifest.version,
    }),
    codes: codesOf(release),
  };
}

/** `kept`: whether the package lies in quarantine. */
export function showRelease(plant: Plant, release: ReleaseRecord, kept: boolean): ReleaseView {
  const { size, sha256, reasonsLeftOut, notChecked } = release;
  const manifest = manifestOf(release);
  const proven = release.verdict === 'deny' ? undefined : release.release;
  return {
    ...showReleaseRow(plant, release),
    sentence: sentenceOf(release),
    kept,
    size,
    ...(sha256 !== undefined && { sha256 }),
    reasons: reasonsOf(release),
    reasonsLeftOut,
    notChecked,
    ...(manifest !== undefined && { manifest: showManifest(manifest) }),
    files: proven?.files ?? manifest?.files ?? [],
    ...(proven !== undefined && {
      manifestSha256: proven.manifestSha256,
      signer: proven.signer,
      ...(proven.sbom !== undefined && { sbom: proven.sbom }),
    }),
  };
}

function showManifest(manifest: Manifest): NonNullable<ReleaseView['manifest']> {
  const { releaseCounter, hardwareIds, sbom, notBefore, expires } = manifest;
  return {
    releaseCounter,
    hardwareIds,
    ...(sbom !== undefined && { sbom: sbom.name }),
    ...(notBefore !== undefined && { notBefore: isoMicros(notBefore) }),
    ...(expires !== undefined && { expires: isoMicros(expires) }),
  };
}

/** The verdict for people: what it is, and what follows. */
function sentenceOf(release: ReleaseRecord): string {
  switch (release.verdict) {
    case 'allow': {
      const { manifest, signer } = release.release;
      return `${titleOf(manifest)} is signed by ${nameOf(signer)}, whole and current. It may come in.`;
    }
    case 'hold': {
      const { manifest, signer } = release.release;
      return `${titleOf(manifest)} is signed by ${nameOf(signer)} and whole. It may not come in as it stands: what holds it is told below.`;
    }
    case 'deny':
      return release.claimed === undefined
        ? 'This cannot be read as a firmware package. Nothing of it was kept.'
        : `It says that it is ${titleOf(release.claimed)}, and that does not hold. It may not come in, and nothing of it was kept.`;
    default:
      return release satisfies never;
  }
}

const titleOf = ({ vendor, product, version }: Manifest): string =>
  `${shown(product)} ${shown(version)} of ${shown(vendor)}`;

const nameOf = (signer: Signer): string =>
  signer.kind === 'key' ? `the key ${shown(signer.keyId)}` : signer.name;
