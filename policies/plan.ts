/**
 * What a change of the policy changes: which operations become allowed or denied between which hosts, and for which
 * grants, exactly; and whatever else is written in another way.
 */
import type { Plan } from './plan/change.ts';
import { compareFirewall } from './plan/firewall.ts';
import { compareGrants } from './plan/grants.ts';
import { compareSettings } from './plan/settings.ts';
import { compareTraffic } from './plan/traffic.ts';
import type { Plant } from './plant.ts';

export const comparePlants = (before: Plant, after: Plant): Plan => ({
  before: before.version,
  after: after.version,
  traffic: compareTraffic(before, after).changes,
  grants: compareGrants(before, after).changes,
  firewall: compareFirewall(before, after),
  settings: compareSettings(before, after),
});
