/** What happens to a session whose recording failed, by the conduits that lead to its asset. */
import type { Conduit, Plant } from '#policies/plant.ts';

type Mode = Conduit['onRecordingFailure'];

/** From the mildest to the strictest. */
const STRICTNESS: readonly Mode[] = ['continue', 'stop-writes', 'stop-session'];

/** The strictest that any gate conduit to the asset or its zones says; without one, `stop-session`. */
export function recordingFailureMode(plant: Plant | undefined, asset: string): Mode {
  const targets = new Set<string>([asset]);
  // A zone policy that is a ring ends here too.
  for (
    let zone = plant?.assets.get(asset)?.zone;
    zone !== undefined && !targets.has(zone);
    zone = plant?.zones.get(zone)?.parent
  ) {
    targets.add(zone);
  }
  const modes = (plant?.conduits ?? [])
    .filter(({ via, to }) => via === 'gate' && targets.has(to))
    .map(({ onRecordingFailure }) => STRICTNESS.indexOf(onRecordingFailure));
  return STRICTNESS[Math.max(...modes)] ?? 'stop-session';
}
