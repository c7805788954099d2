import type { Micros } from '#sensor/model/time.ts';

/** A plant policy as the broker knows it: its text stays with every decision that was made under it. */
export interface PolicyRevision {
  /** sha-256 of the text, hex. */
  readonly id: string;
  readonly version: number;
  readonly text: string;
  /** When it came into force last; absent where it never did. */
  readonly appliedAt?: Micros;
  /** `broker` for what lay in its file, else the person whose word made it complete; valid iff `appliedAt`. */
  readonly appliedBy?: string;
  readonly active: boolean;
  /** The version that it took the place of, hex; absent where there was none. */
  readonly before?: string;
  /** Valid iff it waits for people to put it into force. */
  readonly staged?: StagedPolicy;
  /** Where it comes from, as far as its folder said. */
  readonly git?: GitRevision;
}

/** Different people who must agree to one that waits. IEC 62443-3-3 SR 2.1 RE 4. */
export const POLICY_QUORUM = 2;

export interface StagedPolicy {
  readonly at: Micros;
  /** The version that was in force then: those who agree agree to the step from there. */
  readonly base: string;
  readonly approvals: readonly { readonly person: string; readonly at: Micros }[];
}

export interface GitRevision {
  /** Hash of the commit, hex. */
  readonly commit: string;
  /** Whether the file holds what was not committed. */
  readonly dirty: boolean;
}
