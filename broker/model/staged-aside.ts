import type { Micros } from '#sensor/model/time.ts';

/** What the policy that waits would have said of what vendors asked since it waits, or since the broker started. */
export interface StagedAside {
  /** Requests that both policies were asked of. */
  readonly asked: number;
  /** Where they disagree: the first of each kind with how often it came. */
  readonly differences: readonly StagedDifference[];
  /** Requests on which they disagree beyond those. */
  readonly untold: number;
}

export interface StagedDifference {
  /** What it would be under the policy that waits. */
  readonly becomes: 'allowed' | 'refused';
  /** Access entry of the grant. */
  readonly entry: string;
  readonly asset: string;
  /** The first request, in words. */
  readonly example: string;
  /** What the policy that waits says of it. */
  readonly because: string;
  /** Line of that policy's file; absent where no line says it. */
  readonly line?: number;
  readonly count: number;
  readonly lastAt: Micros;
}
