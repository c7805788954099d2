/**
 * States that the plant policy does not allow what an exchange asked for (IEC 62443-3-2: nothing
 * passes between zones but through a conduit that names it), or that nobody can tell yet whether it does.
 */
import { type Detector, NO_FACTS } from './detector.ts';
import type { PlantView, PolicyAnswer } from './plant-view.ts';

export const NOT_ALLOWED = 'conduit.not-allowed';
export const UNDECIDED = 'conduit.undecided';

/** Remembers nothing: the answer depends on the exchange and the policy alone. */
export function conduitDetector(plant: Pick<PlantView, 'allowed'>): Detector<undefined> {
  return {
    name: 'conduit',
    remember: () => undefined,
    inspect: (event) => {
      if (event.kind !== 'exchange') return NO_FACTS;
      const answer = plant.allowed(event);
      if (answer === undefined || answer.allowed) return NO_FACTS;
      const decided = answer.because.filter(({ aside }) => aside !== true);
      const name = answer.undecided === true ? UNDECIDED : NOT_ALLOWED;
      return [{ name, text: decided.map(inWords).join('; ') }];
    },
  };
}

function inWords({ rule, at, text }: PolicyAnswer['because'][number]): string {
  return at === undefined ? `${text} (${rule})` : `${text} (${rule}, line ${at.line})`;
}
