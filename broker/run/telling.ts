/** Turns committed writes into live events, in order, one after the other. */
import type { Live } from '#broker/api/live.ts';
import { liveEventOf } from '#broker/api/live-events.ts';
import type { Store, Write } from '#broker/store/store.ts';
import type { Plant } from '#policies/plant.ts';

export interface Telling {
  tell(write: Write): void;
  /** Resolves once all that was told is out. */
  idle(): Promise<void>;
}

export function createTelling(parts: {
  readonly store: Pick<Store, 'grants'>;
  readonly plant: () => Plant | undefined;
  /** Address from which the gate emits. */
  readonly gateAddress: string;
  readonly live: Live;
  readonly fault: (what: string, error: unknown) => void;
}): Telling {
  const { store, plant, gateAddress, live, fault } = parts;
  let queue: Promise<void> = Promise.resolve();
  const out = async (write: Write): Promise<void> => {
    const now = plant();
    if (now === undefined) return;
    const reach = { plant: now, gateAddress };
    const told = await liveEventOf(reach, write, (id) => store.grants.get(id));
    if (told !== undefined) live.publish(told.event, told.about);
  };
  return {
    tell(write) {
      queue = queue.then(() => out(write)).catch((error: unknown) => fault('live', error));
    },
    idle: () => queue,
  };
}
