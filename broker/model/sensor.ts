import type { Fact } from '#sensor/model/fact.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { SensorId } from './ids.ts';

/** Something a sensor stated about itself, and when. */
export interface SensorFact extends Fact {
  readonly at: Micros;
}

/** A sensor that enrolled, and how it was when it last spoke. */
export interface Sensor {
  readonly id: SensorId;
  readonly version: number;
  readonly name: string;
  readonly enrolledAt: Micros;
  /** sha-256 of its certificate, hex; a connection with another is refused. */
  readonly certificate: string;
  readonly lastSeen?: Micros;
  /** Packets since its start, as it last said, and how many of them were dropped. */
  readonly received?: number;
  readonly dropped?: number;
  /** What it said about how well it hears: the newest of each name, the latest last. */
  readonly facts?: readonly SensorFact[];
  /** Version of the bundle that it runs. */
  readonly bundle?: string;
  /** Addresses or prefixes it covers, so that an emission it never saw can be told from one it cannot see. */
  readonly covers: readonly string[];
}
