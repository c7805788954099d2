/** Recordings as verbs are given them. */
import type { Exchange } from '#sensor/model/event.ts';
import { replay } from '#sensor/read/replay.ts';
import type { Plant } from '../plant.ts';
import { servicesOf } from '../services.ts';
import { UsageError } from './verb.ts';

/** Calls `seen` for each exchange in `captures`, which are one after another. @throws UsageError where one cannot be read */
export function readCaptures(
  captures: readonly string[],
  plant: Plant | undefined,
  seen: (exchange: Exchange) => void,
): void {
  const { files } = replay(captures, plant === undefined ? [] : servicesOf(plant), seen);
  const refused = files.find((each) => each.refused !== undefined);
  if (refused !== undefined) {
    throw new UsageError(`\`${refused.file}\` cannot be read: ${refused.refused}`);
  }
}
