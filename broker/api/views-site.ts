/** What the API answers about the site as a whole: its plant and its audit log; see `views.ts`. */
import type { AllowanceView } from './views.ts';

/** `GET /api/audit?cursor=..`: leaves of the audit log, newest first */
export interface AuditRowView {
  /** Position in the log, from 0. */
  readonly index: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: 'allowed' | 'denied' | 'failed';
  readonly detail: Readonly<Record<string, unknown>>;
}

/** `GET /api/plant`: the policy in force, to read */
export interface PlantView {
  readonly site: string;
  readonly version: string;
  readonly zones: readonly {
    readonly id: string;
    readonly name: string;
    readonly purdue: number;
    readonly safety: boolean;
    readonly criticality: string;
  }[];
  readonly assets: readonly {
    readonly id: string;
    readonly name: string;
    readonly zone: string;
    readonly address: string;
    readonly criticality: string;
  }[];
  readonly conduits: readonly {
    readonly id: string;
    readonly from: string;
    readonly to: string;
    readonly via: 'direct' | 'gate';
    readonly allow: readonly AllowanceView[];
    readonly why: string;
    /** Line of the policy file. */
    readonly line: number;
  }[];
}
