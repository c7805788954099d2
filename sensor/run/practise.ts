/**
 * Reads a plant that does not exist before the real one, and throws away what it finds: the code that reads
 * packets is compiled only once it has run some thousand times. A sensor that is started at a busy mirror port would
 * otherwise begin half a second behind, and lose what its buffer has no room for.
 */

import { PacketRing } from '#sensor/capture/ring.ts';
import { LearnedWriters } from '#sensor/detect/learned-writers.ts';
import type { RuleSet } from '#sensor/detect/sigma/rule.ts';
import { openInventory } from '#sensor/inventory/open.ts';
import { createDetecting } from '#sensor/judge/detecting.ts';
import { createPlantWatch } from '#sensor/judge/plant-watch.ts';
import { micros } from '#sensor/model/time.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { practicePlant } from '#sensor/practice/plant.ts';
import { Gathering } from './gathering.ts';

/** Half a second to a second. With 40,000 the first two seconds at a busy port were a fifth of a second late. */
const PACKETS = 150_000;

/** Enough for the ring to go round. */
const RING_BYTES = 1_048_576;

/** Any will do: nobody can reach these tables. */
const SEED = 1;

const NOWHERE = {
  commit: async () => 0,
  block: () => undefined,
  backlog: { waiting: 0, givenUp: 0 },
};

export function practise(rules: RuleSet): void {
  const at = micros(0);
  const ring = new PacketRing(RING_BYTES);
  const watch = createPlantWatch();
  const { detection } = createDetecting({
    plant: watch.view,
    rules,
    learned: new LearnedWriters(),
    phase: () => 'off',
    evidence: () => undefined,
  });
  const { inventory, asked } = openInventory(SEED);
  const gathering = new Gathering({
    store: NOWHERE,
    inventory: asked,
    clock: () => at,
    changedAlerts: () => [],
    bundle: () => undefined,
    givenUp: () => undefined,
    failed: () => undefined,
  });
  const pipeline = createPipeline({
    detect: (event) => detection.observe(event),
    event: (event) => gathering.event(event),
    routine: (reads) => gathering.routine(reads),
    servers: watch.servers,
    shield: ring,
    inventory,
    everything: false,
    seed: SEED,
  });
  practicePlant(PACKETS, at, (packet) => {
    ring.add(packet);
    pipeline.packet(packet);
  });
}
