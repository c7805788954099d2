/** A verdict for people, and for programs. */
import { isoMicros } from '#sensor/model/time.ts';
import type { Admission, Release } from './admission.ts';
import type { Manifest } from './manifest.ts';
import { shown } from './reason.ts';
import type { Signer } from './signature/signer.ts';

/** One line each: the verdict, each reason with its code in front, what was not checked. */
export function sentences(admission: Admission): string {
  if (admission.verdict === 'fault') {
    return `fault: the verifier failed, and nothing is known about the package: ${admission.error.message}\n`;
  }
  const reasons = admission.verdict === 'allow' ? [] : admission.reasons;
  const lines = [
    headline(admission),
    ...reasons.map(({ code, text }) => `${code}: ${text}`),
    ...admission.notChecked.map((text) => `not checked: ${text}`),
  ];
  return `${lines.join('\n')}\n`;
}

function headline(admission: Exclude<Admission, { verdict: 'fault' }>): string {
  if (admission.verdict === 'deny') {
    const { claimed } = admission;
    return claimed === undefined ? 'deny' : `deny: says it is ${titleOf(claimed)}`;
  }
  const { manifest, signer } = admission.release;
  return `${admission.verdict}: ${titleOf(manifest)}, signed by ${signerName(signer)}`;
}

const titleOf = ({ vendor, product, version, releaseCounter }: Manifest): string =>
  `${shown(product)} ${shown(version)} (release ${releaseCounter}) of \`${vendor}\``;

const signerName = (signer: Signer): string =>
  signer.kind === 'key' ? `the key ${shown(signer.keyId)}` : signer.name;

/** One object, as docs/contracts.md has it. */
export function asJson(admission: Admission): string {
  return `${JSON.stringify(jsonOf(admission), undefined, 2)}\n`;
}

function jsonOf(admission: Admission): object {
  switch (admission.verdict) {
    case 'allow':
      return {
        verdict: 'allow',
        reasons: [],
        ...rest(admission),
        release: releaseJson(admission.release),
      };
    case 'hold': {
      const { verdict, reasons, release } = admission;
      return { verdict, reasons, ...rest(admission), release: releaseJson(release) };
    }
    case 'deny': {
      const { verdict, reasons, claimed } = admission;
      const claim = claimed === undefined ? {} : { claimed: manifestJson(claimed) };
      return { verdict, reasons, ...rest(admission), ...claim };
    }
    case 'fault':
      return { verdict: 'fault', reasons: [], message: admission.error.message };
    default:
      return admission satisfies never;
  }
}

const rest = ({ notChecked }: { readonly notChecked: readonly string[] }): object => ({
  notChecked,
});

const manifestJson = ({ notBefore, expires, ...manifest }: Manifest): object => ({
  ...manifest,
  ...(notBefore === undefined ? {} : { notBefore: isoMicros(notBefore) }),
  ...(expires === undefined ? {} : { expires: isoMicros(expires) }),
});

const releaseJson = ({ manifest, ...release }: Release): object => ({
  ...release,
  manifest: manifestJson(manifest),
});
