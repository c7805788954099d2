/** An alert as the broker keeps it: what the sensor said, and what people did about it. */
import type { Alert } from '#sensor/model/alert.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { SensorId } from './ids.ts';

export type AlertStatus = 'new' | 'acknowledged' | 'closed';

/** Who raised an alert. Nobody writes in what another raised, whatever id or key it names. */
export type AlertOrigin = SensorId | 'broker';

export type CloseReason =
  | 'true-positive'
  | 'benign-true-positive'
  | 'expected-change'
  | 'false-positive'
  | 'duplicate'
  | 'tuning';

export interface AlertActivity {
  readonly at: Micros;
  readonly person: string;
  readonly action: 'acknowledged' | 'closed' | 'commented' | 'reopened';
  readonly text?: string;
}

export interface AlertRecord {
  /** `al_…`, derived from content by the sensor (or by the broker for its own alerts). */
  readonly id: string;
  readonly version: number;
  readonly status: AlertStatus;
  readonly severity: number;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  readonly count: number;
  /** Absent for alerts that the broker itself raises (a write without a grant). */
  readonly sensor?: SensorId;
  readonly assignee?: string;
  readonly closeReason?: CloseReason;
  /** A closed alert that fires again is a new one that names the old. */
  readonly follows?: string;
  readonly activity: readonly AlertActivity[];
  /** Newest state that the sensor sent. */
  readonly document: Alert;
  /** Whether the pcapng slice has arrived. */
  readonly hasEvidence: boolean;
}
