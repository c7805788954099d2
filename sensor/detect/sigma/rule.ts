/** A detection rule as it runs: compiled from Sigma YAML (`load.ts`), checked whole, free of surprises. */
import type { RuleLevel, Technique } from '#sensor/model/alert.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import type { Message } from './message.ts';

export interface Rule {
  /** UUID, stable for the life of the rule. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly level: RuleLevel;
  /** Raised with each change of what it detects. */
  readonly version: string;
  /** `event.action` of its alerts. */
  readonly action: string;
  /** Why it exists, for the person who works the alert. */
  readonly why: string;
  /** What to do, in order. */
  readonly steps: readonly string[];
  readonly techniques: readonly Technique[];
  readonly tactics: readonly { readonly id: string; readonly name: string }[];
  /** Total: never throws. */
  readonly matches: (event: SensorEvent) => boolean;
  /** What makes two occurrences the same alert, as text. */
  readonly dedupKey: (event: SensorEvent) => string;
  /** The alert's sentence. */
  readonly message: Message;
  readonly at: { readonly file: string; readonly line: number };
}

/** Something wrong with a rule file; `line` and `column` are 1-based. */
export interface RuleFault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface RuleSet {
  readonly rules: readonly Rule[];
  /** Version of ATT&CK for ICS whose ids the rules carry. */
  readonly attackVersion: string;
}

export type RuleLoad =
  | { readonly kind: 'ok'; readonly set: RuleSet }
  | { readonly kind: 'faulty'; readonly faults: readonly RuleFault[] };
