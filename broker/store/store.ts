/**
 * What the broker keeps, as one interface for each noun; the only file of `store/` that others import.
 *
 * Shaped for two adapters: SQLite on one machine (here), Elasticsearch on many (later). So: every
 * write names the version it expects, lists go by cursor, nobody outside an adapter writes SQL, and a
 * change is one value that an adapter applies whole or not at all, together with its audit leaves.
 *
 * State (small, mutable, must be right) and history (append-only, large) are kept apart.
 */
import type {
  AccessRequest,
  Grant,
  GrantState,
  Lock,
  RequestState,
  Session,
  SessionState,
} from '#broker/model/access.ts';
import type { AlertOrigin, AlertRecord, AlertStatus } from '#broker/model/alert.ts';
import type { AssetId, AssetRecord } from '#broker/model/asset.ts';
import type { AuditEvent } from '#broker/model/audit.ts';
import type {
  GrantId,
  LockId,
  ReleaseId,
  RequestId,
  SensorId,
  SessionId,
} from '#broker/model/ids.ts';
import type { Emission, ReportedOperation } from '#broker/model/operation.ts';
import type { PolicyRevision } from '#broker/model/policy.ts';
import type { ReleaseRecord, Verdict } from '#broker/model/release.ts';
import type { Sensor } from '#broker/model/sensor.ts';
import type { Micros } from '#sensor/model/time.ts';

/**
 * `cursor` is opaque and comes from the page before; one that no page gave finds nothing. `limit` is
 * 1..200; another is a bug and throws RangeError.
 */
export interface PageRequest {
  readonly cursor?: string;
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly next?: string;
}

export interface Reader<Id, T, Filter> {
  get(id: Id): Promise<T | undefined>;
  /** Newest first: as they were first put, alerts as they were first seen. */
  list(filter: Filter, page: PageRequest): Promise<Page<T>>;
}

export interface RequestFilter {
  readonly state?: RequestState;
  readonly requester?: string;
  readonly vendor?: string;
  readonly asset?: string;
}
export interface GrantFilter {
  readonly state?: readonly GrantState[];
  readonly person?: string;
  readonly vendor?: string;
  readonly request?: RequestId;
}
export interface SessionFilter {
  readonly state?: readonly SessionState[];
  readonly grant?: GrantId;
  readonly person?: string;
  readonly vendor?: string;
  readonly asset?: string;
}
export interface LockFilter {
  readonly active?: boolean;
}
export interface AlertFilter {
  readonly status?: readonly AlertStatus[];
  /** Least severity, 0..100. */
  readonly severity?: number;
  /**
   * Each must begin some word of the sentence, the rule's name or the addresses. Sought among the
   * 10,000 alerts with these words that came in last.
   */
  readonly text?: string;
  readonly asset?: string;
  /** Both together: what went on at some time t with from <= t < until. */
  readonly from?: Micros;
  readonly until?: Micros;
}

export interface AssetFilter {
  /** Only these. */
  readonly among?: readonly AssetId[];
  /** None of these. */
  readonly except?: readonly AssetId[];
  /** In one of these ranges, both ends included; no range finds nothing. */
  readonly within?: readonly { readonly first: AssetId; readonly last: AssetId }[];
  readonly protocol?: string;
  /**
   * Each must stand in the address, the hardware address or what the asset says it is, in whatever case;
   * or the asset be one of `or`: those that have the word in a name which the store does not know.
   */
  readonly words?: readonly { readonly word: string; readonly or: readonly AssetId[] }[];
}

export interface ReleaseFilter {
  readonly verdict?: Verdict;
  /** In what the manifest says, or in the file's name: each must stand there, in whatever case. */
  readonly words?: readonly string[];
}

/** One write; `expected` is the version that must stand in the store, 0 = must not exist yet. */
export type Write =
  | { readonly noun: 'request'; readonly expected: number; readonly put: AccessRequest }
  | { readonly noun: 'grant'; readonly expected: number; readonly put: Grant }
  | { readonly noun: 'session'; readonly expected: number; readonly put: Session }
  | { readonly noun: 'lock'; readonly expected: number; readonly put: Lock }
  | { readonly noun: 'alert'; readonly expected: number; readonly put: AlertRecord }
  | { readonly noun: 'asset'; readonly expected: number; readonly put: AssetRecord }
  | { readonly noun: 'sensor'; readonly expected: number; readonly put: Sensor }
  | { readonly noun: 'policy'; readonly expected: number; readonly put: PolicyRevision }
  /** Never changed once it is there. */
  | { readonly noun: 'release'; readonly expected: 0; readonly put: ReleaseRecord };

export interface Change {
  readonly writes: readonly Write[];
  /**
   * Leaves of the audit log, in order. A change without one is refused as a bug, except of what
   * sensors tell by themselves: alerts, assets, and the sensors' own state.
   */
  readonly audit: readonly AuditEvent[];
}

export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** Somebody else was first; load again and decide again. */
  | { readonly kind: 'conflict'; readonly noun: Write['noun']; readonly id: string };

/** A leaf as it lies in the log: `bytes` are the canonical JSON that was hashed. */
export interface AuditLeaf {
  /** 0-based. */
  readonly index: number;
  readonly event: AuditEvent;
  readonly bytes: string;
}

/** What a reader of the audit log asks for; of several, all hold. */
export interface AuditFilter {
  readonly subject?: string;
  readonly actor?: string;
  /** One of these. */
  readonly actions?: readonly string[];
}

/** Open alerts that have `address` at one of their ends, by the zone that they name. */
export interface OpenAlerts {
  readonly address: string;
  readonly zone?: string;
  readonly alerts: number;
}

interface AuditReader {
  size(): Promise<number>;
  /** Leaves from `from` upwards, oldest first, at most `limit` (1..1000). */
  leaves(from: number, limit: number): Promise<readonly AuditLeaf[]>;
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditLeaf>>;
}

/** `not-sent`: the gate withdrew it before it went out, and no operation can claim it. */
type EmissionVerdict = 'seen' | 'never-seen' | 'not-covered' | 'not-sent';

/** An emission and what the join has said of it; undefined = still sought. An operation can claim it once. */
export interface JudgedEmission extends Emission {
  readonly verdict: EmissionVerdict | undefined;
}

/**
 * Append-only, at least once: an item whose id stands already is taken as done. What was appended outlives
 * the process, but not surely the machine: a sensor sends again, and an emission stands in the recording too.
 */
interface History {
  /** `receivedAt` is the broker's time, which orders them; that in an item is the sensor's. */
  appendOperations(items: readonly ReportedOperation[], receivedAt: Micros): Promise<void>;
  appendEmissions(items: readonly Emission[]): Promise<void>;
  /**
   * Reported operations not yet explained: each sensor in turn, those of one in the order in which they
   * were received, so that one that reports without end holds up itself alone.
   */
  unexplained(limit: number): Promise<readonly ReportedOperation[]>;
  /** How many operations of `sensor` are not yet explained. */
  countUnexplained(sensor: SensorId): Promise<number>;
  /** Emissions that no sensor report has met, sent before `before`, oldest first. */
  unseen(before: Micros, limit: number): Promise<readonly Emission[]>;
  /**
   * Emissions whose upstream tuple and transaction id are those given, sent at from <= t <= until, newest
   * first, at most 20.
   */
  emissionsOf(key: string, from: Micros, until: Micros): Promise<readonly JudgedEmission[]>;
  /** Records the answer of the join; `emission` is its id, or why none is needed. */
  settleOperation(
    id: string,
    verdict: 'emitted' | 'local-operator' | 'unexplained',
    emission?: string,
  ): Promise<void>;
  settleEmission(id: string, verdict: EmissionVerdict): Promise<void>;
}

export interface Store {
  readonly requests: Reader<RequestId, AccessRequest, RequestFilter>;
  readonly grants: Reader<GrantId, Grant, GrantFilter>;
  readonly sessions: Reader<SessionId, Session, SessionFilter>;
  readonly locks: Reader<LockId, Lock, LockFilter>;
  readonly alerts: Reader<string, AlertRecord, AlertFilter> & {
    counts(): Promise<Readonly<Record<AlertStatus, number>>>;
    /** The newest closed or open record of `origin` with this deduplication key. */
    latestOf(origin: AlertOrigin, dedupKey: string): Promise<AlertRecord | undefined>;
    /** Not closed, with this address at one of their ends, newest first; `limit` is 1..1000. */
    openOf(address: string, limit: number): Promise<readonly AlertRecord[]>;
    countOpen(addresses: readonly string[]): Promise<readonly OpenAlerts[]>;
  };
  readonly assets: Reader<AssetId, AssetRecord, AssetFilter> & {
    count(): Promise<number>;
    /** Which of `ids` have a record. */
    among(ids: readonly AssetId[]): Promise<readonly AssetId[]>;
    /** Every protocol that some asset speaks, sorted. */
    protocols(): Promise<readonly string[]>;
  };
  readonly sensors: Reader<SensorId, Sensor, Record<string, never>>;
  readonly policies: Reader<string, PolicyRevision, Record<string, never>>;
  readonly releases: Reader<ReleaseId, ReleaseRecord, ReleaseFilter>;
  readonly audit: AuditReader;
  readonly history: History;
  /**
   * Applies every write and every leaf, or nothing; on disk when it resolves. Rejects with
   * `BrokerError` `store` where a rule of the store is broken, which only a bug does: a version that
   * does not rise by one, a state that does not follow, a grant whose request is not there.
   */
  commit(change: Change): Promise<CommitOutcome>;
  close(): Promise<void>;
}
