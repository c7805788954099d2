/** What the API answers about the plant policy; see `views.ts`. */
import type { StagedAside, StagedDifference } from '#broker/model/staged-aside.ts';
import type { OperationKind } from '#sensor/model/operation.ts';
import type { PlaceView } from './views-assets.ts';

/** `GET /api/policy`: the policy in force, with what it says of itself. */
export interface PolicyView {
  readonly site: string;
  readonly version: string;
  /** Absent where the store does not know when it came into force. */
  readonly appliedAt?: string;
  readonly zones: readonly {
    readonly id: string;
    readonly name: string;
    readonly purdue: number;
    readonly securityLevel: number;
    readonly safety: boolean;
    readonly criticality: string;
    readonly cidrs: readonly string[];
    readonly owner?: string;
    readonly parent?: string;
    /** Valid for safety zones: all that may pass into them, in words. */
    readonly allow: readonly string[];
    readonly assets: number;
    readonly line: number;
  }[];
  /** Pairs of zones between which something may pass; all others are denied. */
  readonly matrix: readonly {
    readonly from: string;
    readonly to: string;
    /** Kinds that may pass between any two hosts: a conduit of the zones allows them and no safety zone takes them away. */
    readonly kinds: readonly OperationKind[];
    /** Kinds beyond those that pass between single assets alone. */
    readonly kindsOfSome: readonly OperationKind[];
    /** Ids of conduits. */
    readonly conduits: readonly string[];
    /** Ids of the safety zones that narrow what the conduits allow. */
    readonly safety: readonly string[];
  }[];
  readonly conduits: readonly {
    readonly id: string;
    readonly from: string;
    readonly to: string;
    readonly via: 'direct' | 'gate';
    readonly allow: readonly string[];
    readonly onRecordingFailure: 'stop-writes' | 'stop-session' | 'continue';
    readonly why: string;
    readonly line: number;
  }[];
  readonly access: readonly {
    readonly id: string;
    readonly vendor: string;
    readonly targets: readonly { readonly id: string; readonly name: string }[];
    readonly mayRequest: readonly string[];
    readonly quorum: number;
    readonly approvers: readonly string[];
    /** µs. */
    readonly limits: {
      readonly max: number;
      readonly idle: number;
      readonly sessions: number;
      readonly readGrace: number;
    };
    /** In words; empty = at any time. */
    readonly windows: readonly string[];
    readonly why: string;
    readonly line: number;
  }[];
  readonly tests: readonly PolicyTestView[];
  /** What waits for two people; absent where nothing does. */
  readonly staged?: {
    readonly version: string;
    readonly at: string;
    /** Who agreed so far, and still counts. */
    readonly approvals: readonly {
      readonly person: string;
      readonly name: string;
      readonly at: string;
    }[];
    /** Different people who must agree. */
    readonly quorum: number;
    readonly git?: GitView;
    /** What it would have said of what vendors asked at the gate since it waits, or since the broker started. */
    readonly beside?: StagedAsideView;
  };
  /** The version that comes back with one step; absent where none was in force before. */
  readonly before?: string;
  readonly git?: GitView;
  /** What lies in the file and was refused; absent where the file is what is in force. */
  readonly refused?: {
    readonly at: string;
    readonly message: string;
    readonly faults: readonly { readonly place: string; readonly message: string }[];
  };
}

export interface StagedAsideView extends Omit<StagedAside, 'differences'> {
  readonly differences: readonly (Omit<StagedDifference, 'lastAt'> & { readonly lastAt: string })[];
}

/** Where a version comes from. */
export interface GitView {
  readonly commit: string;
  /** Whether its file held what was not committed. */
  readonly dirty: boolean;
}

/** `GET /api/policy/plan?from=..&to=..`: what a step between two versions changes; `from` is the one in force where it is left out. */
export interface PolicyPlanView {
  readonly from: string;
  readonly to: string;
  /** In words: between hosts and for grants. */
  readonly changes: readonly {
    readonly becomes: 'allowed' | 'denied';
    readonly text: string;
    /** What of it the other version lets pass too. */
    readonly both: readonly string[];
    readonly line: number;
  }[];
  /** Ways that a firewall between the zones opens and closes. */
  readonly firewall: readonly { readonly becomes: 'allowed' | 'denied'; readonly text: string }[];
  /** Everything else that is written in another way. */
  readonly settings: readonly string[];
  /** Of what sensors heard: conversations whose kinds of operation pass under one of the two versions alone. */
  readonly heard: {
    /** With a decoded operation. */
    readonly conversations: number;
    readonly changed: readonly {
      readonly client: PlaceView;
      readonly server: PlaceView;
      readonly lost: readonly OperationKind[];
      readonly gained: readonly OperationKind[];
      readonly lastSeen: string;
    }[];
    /** Changed ones beyond those. */
    readonly untold: number;
  };
  /** Open sessions that the step would end; valid iff `from` is in force. */
  readonly sessions: readonly {
    readonly id: string;
    readonly person: string;
    readonly asset: string;
    readonly because: string;
  }[];
  /** The two texts, line by line; what is far from a difference is left out. */
  readonly diff: readonly { readonly sign: ' ' | '+' | '-' | '@'; readonly text: string }[];
}

/** `GET /api/policy/coverage`: how far the policy in force explains what sensors heard. */
export interface CoverageView {
  readonly hosts: { readonly heard: number; readonly inZone: number };
  readonly conversations: {
    /** With a decoded operation. */
    readonly heard: number;
    /** All of their kinds of operation pass. */
    readonly covered: number;
    /** The covered ones, each by how much its widest conduit says: policies/README.md. */
    readonly weight: number;
  };
  readonly conduits: { readonly all: number; readonly restricted: number };
  /** The newest of those that are not covered. */
  readonly uncovered: readonly {
    readonly client: PlaceView;
    readonly server: PlaceView;
    readonly denied: readonly OperationKind[];
    readonly lastSeen: string;
  }[];
  readonly untold: number;
  /** Assets that the policy names and no sensor heard. */
  readonly unheard: readonly { readonly id: string; readonly name: string }[];
}

/** Bodies of what people say to a policy: the version in force that they saw. */
export interface AgreeBody {
  readonly base: string;
}

/** One entry of the policy's own tests, with how each of its sentences comes out. */
export interface PolicyTestView {
  /** `vendor:acme`, `zone:it`, `asset:hmi-1`, `any`. */
  readonly as: string;
  readonly on: string;
  readonly grant?: string;
  readonly line: number;
  readonly sentences: readonly {
    readonly expected: 'allow' | 'deny';
    readonly text: string;
    /** What the policy says instead; absent where the sentence holds. */
    readonly failure?: string;
  }[];
}

/** What happened to a version. */
export type PolicyDeed = 'applied' | 'staged' | 'agreed' | 'withdrawn' | 'taken back';

/** `GET /api/policy/history?cursor=..`: from the audit log, newest first */
export interface PolicyEventView {
  /** Leaf of the audit log. */
  readonly leaf: number;
  readonly at: string;
  readonly by: string;
  readonly outcome: PolicyDeed | 'refused';
  /** Valid iff not refused. */
  readonly version?: string;
  /** The version before it. */
  readonly before?: string;
  /** Valid iff refused: places of the first faults. */
  readonly faults: readonly string[];
}
