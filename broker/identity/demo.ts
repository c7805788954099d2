/** Sign-in of the demo: one click as an example person. Never reachable from another machine. */
import type { Person, Plant } from '#policies/plant.ts';

export interface DemoConditions {
  /** The configuration says `sign_in.demo: true`. */
  readonly configured: boolean;
  /** Every browser-facing listener is bound to a loopback address. */
  readonly boundToLoopback: boolean;
  /** Address of the other end of this very connection; undefined where it is not known. */
  readonly peer: string | undefined;
}

const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;

/** Whether one click may sign in here and now: all three conditions, each asked again for each request. */
export function demoAllowed(conditions: DemoConditions): boolean {
  const { configured, boundToLoopback, peer } = conditions;
  return configured && boundToLoopback && peer !== undefined && LOOPBACK.test(peer);
}

/** The example person with this id, or undefined. */
export function demoPerson(plant: Plant, id: string): Person | undefined {
  return plant.people.get(id);
}
