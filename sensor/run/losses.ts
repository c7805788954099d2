import type { CaptureCounters } from '#sensor/capture/source.ts';
import type { SensorHealth } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { Micros } from '#sensor/model/time.ts';

/** Turns a capture's counts since its start into accounts since the last one. */
export class Losses {
  readonly #interface: string;
  #received = 0;
  #dropped = 0;

  constructor(name: string) {
    this.#interface = name;
  }

  health(counters: CaptureCounters, at: Micros, facts: readonly Fact[]): SensorHealth {
    const { dropped, interfaceDropped } = counters;
    const received = counters.received + interfaceDropped;
    const lost = dropped + interfaceDropped;
    const account: SensorHealth = {
      kind: 'health',
      at,
      interface: this.#interface,
      received: Math.max(0, received - this.#received),
      dropped: Math.max(0, lost - this.#dropped),
      facts,
    };
    this.#received = received;
    this.#dropped = lost;
    return account;
  }
}
