/** What the broker asks its store thread, and what that answers. Plain data, copied between the threads. */
import type { AlertOrigin, AlertRecord, AlertStatus } from '#broker/model/alert.ts';
import type { AssetId } from '#broker/model/asset.ts';
import type { Emission, ReportedOperation } from '#broker/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';
import type {
  AuditFilter,
  AuditLeaf,
  CommitOutcome,
  JudgedEmission,
  OpenAlerts,
  Page,
  PageRequest,
  Write,
} from '../store.ts';
import type { Noun } from './nouns.ts';

/** Each question with the type of its answer. */
export interface Calls {
  get(noun: Noun, id: string): unknown;
  list(noun: Noun, filter: object, page: PageRequest): Page<unknown>;
  countAlerts(): Readonly<Record<AlertStatus, number>>;
  latestAlertOf(origin: AlertOrigin, dedupKey: string): AlertRecord | undefined;
  openAlertsOf(address: string, limit: number): readonly AlertRecord[];
  countOpenAlerts(addresses: readonly string[]): readonly OpenAlerts[];
  countAssets(): number;
  assetsAmong(ids: readonly AssetId[]): readonly AssetId[];
  assetProtocols(): readonly string[];
  auditSize(): number;
  auditLeaves(from: number, limit: number): readonly AuditLeaf[];
  listLeaves(filter: AuditFilter, page: PageRequest): Page<AuditLeaf>;
  appendOperations(items: readonly ReportedOperation[], receivedAt: Micros): void;
  appendEmissions(items: readonly Emission[]): void;
  unexplained(limit: number): readonly ReportedOperation[];
  countUnexplained(sensor: string): number;
  unseen(before: Micros, limit: number): readonly Emission[];
  emissionsOf(key: string, from: Micros, until: Micros): readonly JudgedEmission[];
  settleOperation(id: string, verdict: string, emission: string | undefined): void;
  settleEmission(id: string, verdict: string): void;
  commit(writes: readonly Write[], leaves: readonly string[]): CommitOutcome;
  close(): void;
}

export type Call = keyof Calls;

export interface Question<C extends Call = Call> {
  /** Rises by one with each question. */
  readonly number: number;
  readonly call: C;
  readonly args: Parameters<Calls[C]>;
}

export type Reply =
  | { readonly kind: 'ready' }
  /** The folder cannot be used; the thread ends. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly kind: 'error'; readonly number: number; readonly message: string };
