/** An alert as it is written to NDJSON, sent to the broker, stored and shown: ECS fields, one shape everywhere. */
import type { Fact } from './fact.ts';

export type RuleLevel = 'informational' | 'low' | 'medium' | 'high' | 'critical';

export interface AlertEndpoint {
  readonly ip: string;
  readonly port?: number;
  readonly mac?: string;
}

export interface Technique {
  readonly id: string;
  readonly name: string;
  /** The id it had before ATT&CK v19 moved it. */
  readonly legacy_id?: string;
}

/** Shape of docs/contracts.md, section "Alert". Times are ISO 8601 with µs. */
export interface Alert {
  /** First packet that proves it. */
  readonly '@timestamp': string;
  readonly event: {
    readonly kind: 'alert';
    readonly category: readonly string[];
    /** 0..100: level, asset criticality and zone together; the parts stand in `lockkeeper.severity`. */
    readonly severity: number;
    readonly action: string;
    /** What the server answered; absent where the alert is about no exchange. */
    readonly outcome?: 'success' | 'failure' | 'unknown';
    /** ns until the answer; valid iff one was seen. */
    readonly duration?: number;
  };
  /** What happened, in one sentence. */
  readonly message: string;
  readonly rule: {
    readonly id: string;
    readonly name: string;
    readonly level: RuleLevel;
    readonly version: string;
  };
  readonly threat?: {
    readonly framework: 'MITRE ATT&CK for ICS';
    readonly tactic: readonly { readonly id: string; readonly name: string }[];
    readonly technique: readonly Technique[];
  };
  readonly source?: AlertEndpoint;
  readonly destination?: AlertEndpoint;
  readonly network?: {
    readonly transport: string;
    readonly protocol?: string;
    readonly community_id?: string;
  };
  /** As in the exchange; one of the two. */
  readonly modbus?: Readonly<Record<string, unknown>>;
  readonly opcua?: Readonly<Record<string, unknown>>;
  readonly lockkeeper: {
    readonly alert: {
      readonly id: string;
      readonly dedup_key: string;
      readonly count: number;
      readonly first_seen: string;
      readonly last_seen: string;
      /** Time of each occurrence, newest 100, oldest of them first. */
      readonly seen: readonly string[];
      readonly status: 'new';
    };
    readonly attack_version: string;
    /** What the rule says to the person who works the alert. */
    readonly advice?: { readonly why: string; readonly steps: readonly string[] };
    readonly frames: readonly number[];
    readonly facts: readonly Fact[];
    readonly severity: readonly { readonly part: string; readonly points: number }[];
    readonly asset?: { readonly id: string; readonly zone: string };
    readonly operation?: { readonly kind: string; readonly object: string };
    readonly policy?: {
      readonly allowed: boolean;
      /** Valid iff not allowed: what is known does not tell. */
      readonly undecided?: true;
      readonly because: readonly string[];
    };
    readonly evidence?: {
      readonly pcap: string;
      readonly sha256: string;
      readonly complete: boolean;
    };
  };
}
