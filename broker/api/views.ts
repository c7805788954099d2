/**
 * What the HTTP API answers, as plain types: the contract between `broker/api` and the browser code,
 * which may import types from `views*.ts` and nothing else of the server.
 *
 * Times are ISO 8601 with µs (UTC); the site's IANA zone comes with the session and screens use it.
 * A change names the `version` it saw; 409 means that somebody was first. Errors are
 * `{ error: { code, message, fields? } }`.
 */

import type { EndReason, GrantState, RequestState, SessionState } from '#broker/model/access.ts';
import type { AlertStatus, CloseReason } from '#broker/model/alert.ts';
import type { Alert } from '#sensor/model/alert.ts';
import type { ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import type { AssetRowView } from './views-assets.ts';
import type { ReleaseRowView } from './views-releases.ts';

export interface ErrorView {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fields?: readonly { readonly field: string; readonly message: string }[];
  };
}

export interface PageView<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** `GET /api/me` */
export interface MeView {
  readonly person: { readonly id: string; readonly name: string; readonly company: string };
  /** `analyst`, `approver@cell-1` */
  readonly roles: readonly string[];
  /** Actions of the route table that this person may do at all; screens hide the rest. */
  readonly actions: readonly string[];
  readonly site: string;
  readonly timeZone: string;
  readonly policyVersion: string;
  /** True where one click signs in as an example person. A banner says so on every page. */
  readonly demo: boolean;
}

/** `GET /api/sign-in` (no session needed) */
export interface SignInView {
  readonly site: string;
  readonly oidc?: { readonly name: string };
  /** Only in the demo and only when bound to loopback. */
  readonly people?: readonly {
    readonly id: string;
    readonly name: string;
    readonly company: string;
    readonly roles: readonly string[];
  }[];
}

/** `GET /api/alerts` (`?status=new&status=acknowledged&severity=70&text=..&asset=..&cursor=..`) */
export interface AlertRowView {
  readonly id: string;
  readonly version: number;
  readonly status: AlertStatus;
  readonly severity: number;
  readonly level: string;
  readonly message: string;
  readonly rule: string;
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly asset?: string;
  readonly zone?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly assignee?: string;
  /** Valid iff assigned to somebody whom the policy names. */
  readonly assigneeName?: string;
  readonly techniques: readonly string[];
}

export interface AlertPageView extends PageView<AlertRowView> {
  readonly counts: Readonly<Record<AlertStatus, number>>;
}

/** `GET /api/alerts/:id` */
export interface AlertView extends AlertRowView {
  readonly document: Alert;
  readonly closeReason?: CloseReason;
  readonly follows?: string;
  readonly activity: readonly {
    readonly at: string;
    readonly person: string;
    readonly action: string;
    readonly text?: string;
  }[];
  readonly sensor?: string;
  /** `GET /api/alerts/:id/pcap` answers iff true. */
  readonly hasEvidence: boolean;
}

/** An allowance in the form that requests, approvals and grants show. */
export interface AllowanceView {
  /** In words: `write holding registers 100-109 (40101-40110) of unit 1, values 0 to 1500`. */
  readonly text: string;
  readonly operations: readonly OperationKind[];
  readonly functions?: readonly number[];
  readonly units?: readonly number[];
  readonly table?: ModbusTable;
  readonly addresses?: readonly { readonly first: number; readonly last: number }[];
  readonly value?: { readonly min?: number; readonly max?: number };
}

/** `GET /api/entries`: what this vendor may ask for */
export interface EntryView {
  readonly id: string;
  readonly why: string;
  readonly targets: readonly {
    readonly id: string;
    readonly name: string;
    readonly zone: string;
  }[];
  readonly mayRequest: readonly AllowanceView[];
  /** µs. */
  readonly limits: { readonly max: number; readonly idle: number; readonly readGrace: number };
  readonly quorum: number;
  readonly approvers: readonly string[];
  /** In words: `Mon-Fri 06:00-18:00 Europe/Berlin`. Empty = at any time. */
  readonly windows: readonly string[];
}

/** `POST /api/requests` */
export interface SubmitBody {
  readonly entry: string;
  readonly asset: string;
  /** Each must lie inside one of the entry's allowances. */
  readonly operations: readonly {
    /** Index into the entry's `mayRequest`. */
    readonly allowance: number;
    readonly addresses?: readonly { readonly first: number; readonly last: number }[];
    readonly value?: { readonly min?: number; readonly max?: number };
  }[];
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whether reads may go on after `notAfter` for the entry's grace. */
  readonly readGrace: boolean;
  readonly purpose: string;
  readonly ticket?: string;
}

/** `GET /api/requests?state=pending`, `GET /api/requests/:id` */
export interface RequestView {
  readonly id: string;
  readonly version: number;
  readonly state: RequestState;
  readonly requester: { readonly id: string; readonly name: string; readonly company: string };
  readonly entry: string;
  readonly asset: {
    readonly id: string;
    readonly name: string;
    readonly zone: string;
    readonly criticality: string;
  };
  readonly operations: readonly AllowanceView[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly graceUntil: string;
  readonly requestExpiresAt: string;
  readonly purpose: string;
  readonly ticket?: string;
  readonly submittedAt: string;
  /** Must be sent back with an approval: it covers exactly what was shown. */
  readonly hash: string;
  readonly policyVersion: string;
  readonly narrowed: boolean;
  /** Valid iff narrowed: what was asked at first. */
  readonly asked?: { readonly operations: readonly AllowanceView[]; readonly notAfter: string };
  readonly quorum: number;
  readonly approvals: readonly {
    readonly person: string;
    readonly at: string;
    readonly verdict: 'approve' | 'deny';
    readonly comment: string;
    /** Whether it is one of the approvals that are needed; of a decided request: whether it was. */
    readonly counts: boolean;
    /** Valid iff an approval does not count: why. */
    readonly voided?: string;
  }[];
  /** Whether the asker of this view may decide, and if not, why not. */
  readonly mayDecide: {
    readonly allowed: boolean;
    readonly because: string;
    /** Whether they have approved it as it stands, under whichever account: nothing is left for them to do. */
    readonly hasApproved: boolean;
  };
  readonly grant?: GrantView;
}

/** `GET /api/requests/:id/context`: what an approver wants to know before deciding */
export interface RequestContextView {
  readonly openAlerts: readonly AlertRowView[];
  /** Whether there are more than these. */
  readonly moreAlerts: boolean;
  readonly earlierSessions: readonly SessionView[];
}

/** `POST /api/requests/:id/approve` */
export interface ApproveBody {
  readonly version: number;
  readonly hash: string;
  readonly comment: string;
}
/** `POST /api/requests/:id/narrow`: approves less than was asked; earlier approvals no longer count */
export interface NarrowBody extends ApproveBody {
  readonly notAfter?: string;
  /** Operations to keep, by index, each perhaps with a smaller range. */
  readonly operations: readonly {
    readonly index: number;
    readonly addresses?: readonly { readonly first: number; readonly last: number }[];
    readonly value?: { readonly min?: number; readonly max?: number };
  }[];
}
/** `POST /api/requests/:id/deny`, `POST /api/requests/:id/withdraw` */
export interface DenyBody {
  readonly version: number;
  readonly reason: string;
}

export interface GrantView {
  readonly id: string;
  readonly state: GrantState;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly graceUntil: string;
  /**
   * Why no session can be opened now, in words for its vendor; absent where one can. The code is that
   * of the refusal that `lockkeeper connect` would get: `locked`, `policy-changed`, `expired`, ...
   */
  readonly hindrance?: { readonly code: string; readonly because: string };
  /** The newest session that is open under it. */
  readonly session?: { readonly id: string; readonly startedAt: string };
  /** One line to copy: `lockkeeper connect gr_... --broker https://... --pin sha256/...` */
  readonly connect: string;
}

/** `GET /api/sessions?state=active`, `GET /api/sessions/:id` */
export interface SessionView {
  readonly id: string;
  readonly version: number;
  readonly state: SessionState;
  readonly grant: string;
  readonly person: { readonly id: string; readonly name: string; readonly company: string };
  readonly asset: { readonly id: string; readonly name: string; readonly zone: string };
  readonly allowed: readonly AllowanceView[];
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly endReason?: EndReason;
  readonly endedBy?: string;
  /** In the words of the person who ended it. */
  readonly endText?: string;
  readonly notAfter: string;
  readonly graceUntil: string;
  readonly counts: { readonly allowed: number; readonly refused: number; readonly writes: number };
  /** Not all of what passed is recorded; why stands in the alert. */
  readonly incomplete: boolean;
  /** Of one session alone: what it was asked for, and who agreed. */
  readonly request?: {
    readonly id: string;
    readonly purpose: string;
    readonly ticket?: string;
    readonly approvers: readonly string[];
  };
}

/**
 * `GET /api/sessions/:id/operations`: newest first, older ones with `?before=<next>`; `?only=changes` leaves
 * out reads that were allowed. With `?after=<sequence>` oldest first, without `next`.
 */
export interface OperationPageView extends PageView<RecordedOperationView> {
  /** While it is watched, a read that repeats comes as an event this often; the recording has each. */
  readonly repeatedReadsToldEveryMs: number;
  /** The recording is not as it was sealed, so that `items` prove nothing: why, to follow "the recording". */
  readonly fault?: string;
}

/** In a page of operations, and in the `operation` events of `GET /api/live`. */
export interface RecordedOperationView {
  readonly session: string;
  /** Position in the recording, from 0. */
  readonly sequence: number;
  readonly at: string;
  readonly decision: 'allowed' | 'refused';
  /** In words: `wrote 1500 to holding register 100 (40101) of unit 1, was 1200 (3 s ago)`. */
  readonly text: string;
  /** `text` without what `decision` and `old` say; absent where it says nothing of them. */
  readonly deed?: string;
  readonly kind?: OperationKind;
  readonly functionCode: number;
  /** Rule that decided. */
  readonly rule: string;
  readonly outcome: 'success' | 'exception' | 'no-answer' | 'not-sent';
  readonly old?: readonly {
    readonly address: number;
    readonly value: number;
    readonly ageMs: number;
  }[];
  readonly new?: readonly { readonly address: number; readonly value: number }[];
}

/** `POST /api/sessions/:id/end` */
export interface EndBody {
  readonly reason: string;
  /** Whether reconnecting under this grant stays blocked until lifted. Default true. */
  readonly block: boolean;
}

/** `GET /api/locks` (`?active=true`: those in force), `POST /api/locks`, `POST /api/locks/:id/lift` */
export interface LockView {
  readonly id: string;
  readonly version: number;
  /** In words: `grant gr_…`, `vendor acme`, `everything`. */
  readonly target: string;
  /** Valid iff a grant is locked: whose, for what, and the request that it came from. */
  readonly grant?: { readonly person: string; readonly asset: string; readonly request: string };
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: string;
  readonly lifted?: { readonly by: string; readonly at: string };
}

/** `GET /api/sensors` */
export interface SensorView {
  readonly id: string;
  readonly name: string;
  readonly lastSeen?: string;
  readonly received: number;
  readonly dropped: number;
  /** What it last said about how well it hears, the latest first. */
  readonly facts: readonly { readonly name: string; readonly text: string; readonly at: string }[];
  readonly silent: boolean;
  /** Addresses and ranges that it hears; empty = it was not said. */
  readonly covers: readonly string[];
}

/** `POST /api/alerts/:id/acknowledge` | `/comment` | `/close` */
export interface AcknowledgeBody {
  readonly version: number;
}
export interface CommentBody {
  readonly version: number;
  readonly text: string;
}
export interface CloseBody {
  readonly version: number;
  readonly reason: CloseReason;
  readonly comment: string;
}

/** Server-sent events of `GET /api/live`; `data` is the JSON named here. Vendors get only their own. */
export type LiveEvent =
  | { readonly event: 'alert'; readonly data: AlertRowView }
  /** `isNew`: nobody had heard this address before. */
  | {
      readonly event: 'asset';
      readonly data: { readonly isNew: boolean; readonly row: AssetRowView };
    }
  /** This one is in force now; without a version, what lies in the file was refused. */
  | { readonly event: 'policy'; readonly data: { readonly version?: string } }
  | { readonly event: 'release'; readonly data: ReleaseRowView }
  | {
      readonly event: 'request';
      readonly data: { readonly id: string; readonly state: RequestState };
    }
  | { readonly event: 'session'; readonly data: SessionView }
  | { readonly event: 'operation'; readonly data: RecordedOperationView };

/** `GET /api/connect/:code`, `POST /api/connect/:code/confirm` and `/refuse`: the short code that `lockkeeper connect` shows */
export interface DeviceView {
  readonly code: string;
  readonly grant: string;
  readonly asset: string;
  /** Address of the machine that asks; its person knows whether it is theirs. */
  readonly from: string;
  readonly expiresAt: string;
  /** Why no session could be opened; confirming is then refused, and the terminal told why. */
  readonly hindrance?: string;
}
/** `POST /api/connect/:code/refuse` */
export interface RefuseDeviceBody {
  /** The person was shown a hindrance, and the terminal is to hear of that; absent: they say no. */
  readonly hindered?: true | undefined;
}
