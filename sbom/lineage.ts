/**
 * Whether a release follows those of its product that were let in before it. What `floors.json` says is kept
 * by hand; this is what the plant remembers by itself. A person may have a reason to go back, so it only holds.
 */
import type { Admission, HeldRelease, Release } from './admission.ts';
import { productKey } from './manifest.ts';
import { type Reason, reason, shown } from './reason.ts';

/** `judged`, with a reason to hold it where `before`, all of which were let in, has what does not fit. */
export function follow<Judged extends Admission>(
  judged: Judged,
  before: readonly Release[],
): Judged | Extract<Admission, { verdict: 'hold' }> {
  if (judged.verdict !== 'allow' && judged.verdict !== 'hold') return judged;
  const { verdict, release, notChecked } = judged;
  const strange = lineageReasons(release, before);
  if (strange.length === 0) return judged;
  const reasons = [...(verdict === 'hold' ? judged.reasons : []), ...strange];
  // authentic and whole, as a release that is let in
  return { verdict: 'hold', release: release as Release as HeldRelease, reasons, notChecked };
}

function lineageReasons(
  { manifest, manifestSha256 }: Release,
  before: readonly Release[],
): Reason[] {
  const { vendor, product, releaseCounter } = manifest;
  const same = before.filter(
    ({ manifest: other }) =>
      other.vendor === vendor && productKey(other.product) === productKey(product),
  );
  const highest = same.reduce((most, other) => Math.max(most, other.manifest.releaseCounter), 0);
  if (releaseCounter < highest) {
    const text = `the release counter is ${releaseCounter}, and release ${highest} of ${shown(product)} was let in before`;
    return [reason('release-older', text)];
  }
  const isOther = same.some(
    (other) =>
      other.manifest.releaseCounter === releaseCounter && other.manifestSha256 !== manifestSha256,
  );
  const text = `another release ${releaseCounter} of ${shown(product)} was let in before`;
  return isOther ? [reason('release-counter-reused', text)] : [];
}
