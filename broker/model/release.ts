/** A vendor's firmware package that somebody uploaded, and what verification said of it. Written once. */
import type { Admission } from '#sbom/admission.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { ReleaseId } from './ids.ts';

/** A verdict about the package. A fault of the verifier says nothing about it, and is none. */
export type Judgement = Exclude<Admission, { readonly verdict: 'fault' }>;
export type Verdict = Judgement['verdict'];

export interface Received {
  /** What the uploader's machine calls it: for people alone, and never a path here. */
  readonly fileName: string;
  /** Bytes that came in; of a package that broke a rule of its format, up to there. */
  readonly size: number;
  /** Of the tar as it came, hex. Absent where it was not read to its end. */
  readonly sha256?: string;
}

export type ReleaseRecord = Judgement &
  Received & {
    readonly id: ReleaseId;
    readonly version: number;
    readonly receivedAt: Micros;
    /** Person id. */
    readonly uploadedBy: string;
    /** Further reasons, beyond those that are kept; 0 almost always. */
    readonly reasonsLeftOut: number;
  };

/** Proven unless the verdict is `deny`: then as the package says. Undefined where it could not be read. */
export const manifestOf = (judgement: Judgement) =>
  judgement.verdict === 'deny' ? judgement.claimed : judgement.release.manifest;

export const reasonsOf = (judgement: Judgement) =>
  judgement.verdict === 'allow' ? [] : judgement.reasons;

/** Of the reasons, each once, in their order. */
export const codesOf = (judgement: Judgement) => [
  ...new Set(reasonsOf(judgement).map(({ code }) => code)),
];
