/**
 * What verification gives. A package that is let in comes out as a `VerifiedRelease`, which nothing else
 * can make: whoever takes that type cannot be handed a package that nobody verified.
 */
import type { Brand } from '#sensor/model/brand.ts';
import type { Manifest } from './manifest.ts';
import type { PackageFile } from './package/firmware-package.ts';
import type { Reason } from './reason.ts';
import type { Signer } from './signature/signer.ts';

export interface Release {
  readonly manifest: Manifest;
  /** Of the bytes that were signed: the identity of the release. */
  readonly manifestSha256: string;
  readonly signer: Signer;
  /** Those that the manifest lists, SBOM included, with the hashes that were found. */
  readonly files: readonly PackageFile[];
  /** Undefined where the manifest names none; then the release is held. */
  readonly sbom: SbomSummary | undefined;
}

export interface SbomSummary {
  readonly name: string;
  readonly specVersion: string;
  /** Of the product, those inside of others too. */
  readonly components: number;
  /** By a hash of the file in the SBOM itself, or by the manifest alone, which lists both. */
  readonly boundBy: 'root-hash' | 'manifest';
}

/** Let in: authentic, whole, current, and nothing left for a person to look at. Made in `verify.ts` alone. */
export type VerifiedRelease = Brand<Release, 'VerifiedRelease'>;
/** Authentic and whole, and not let in until a person has decided. Made in `verify.ts` and `lineage.ts` alone. */
export type HeldRelease = Brand<Release, 'HeldRelease'>;

export type Admission =
  | {
      readonly verdict: 'allow';
      readonly release: VerifiedRelease;
      readonly notChecked: readonly string[];
    }
  | {
      readonly verdict: 'hold';
      readonly release: HeldRelease;
      /** Never empty. */
      readonly reasons: readonly Reason[];
      readonly notChecked: readonly string[];
    }
  | {
      readonly verdict: 'deny';
      /** Never empty; also those that would only hold. */
      readonly reasons: readonly Reason[];
      /** What the manifest says, where it could be read. Nobody has proven it. */
      readonly claimed: Manifest | undefined;
      readonly notChecked: readonly string[];
    }
  /** The verifier itself failed; about the package nothing is known. */
  | { readonly verdict: 'fault'; readonly error: Error };
