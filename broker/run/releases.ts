/** The door for firmware packages, where the configuration opens one. */
import { join } from 'node:path';
import type { ActionContext } from '#broker/actions/context.ts';
import { createQuarantine } from '#broker/api/quarantine.ts';
import { createReleaseDoor, type ReleaseDoor } from '#broker/api/release-door.ts';
import { openSbomValidator } from '#sbom/cyclonedx/validator.ts';
import { keepTrust } from '#sbom/trust-keeper.ts';
import type { BrokerParts } from './broker-parts.ts';

export function openReleases(
  { config, log, monotonic }: BrokerParts,
  actions: ActionContext,
): ReleaseDoor | undefined {
  if (config.firmware === undefined) return undefined;
  const { trust, maxBytes } = config.firmware;
  const trustNow = keepTrust(trust);
  try {
    trustNow();
  } catch (error) {
    // The gate does not wait for it: whoever mends the folder need not start the broker again.
    log.fault('trust', error);
  }
  const quarantine = createQuarantine(join(config.data, 'quarantine'), actions.store, monotonic);
  // What a crash left need not lie there until the next package comes, which asks again.
  quarantine.open().catch((error: unknown) => log.fault('quarantine', error));
  return createReleaseDoor({
    actions,
    quarantine,
    sboms: openSbomValidator(),
    trustNow,
    maxBytes,
    fault: log.fault,
  });
}
