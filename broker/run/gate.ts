/** Makes the gate and gives it what it asks of the rest of the broker. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createGate, type Gate } from '#broker/gate/gate.ts';
import { createGateActions } from '#broker/gate/gate-actions.ts';
import { readPublicKey, thumbprintOf } from '#broker/identity/authority.ts';
import { issueSessionCertificate, sessionOf } from '#broker/identity/session-certificate.ts';
import type { Shared } from './web-listeners.ts';

export function makeGate(shared: Shared): Gate {
  const { config, keys, context, certificate, live, log } = shared;
  const actions = createGateActions(context, (session, publicKey, { from, to }) => {
    const key = readPublicKey(publicKey);
    const issued = key && issueSessionCertificate(keys.session, session, key, from, to);
    return issued && { certificate: issued.pem, thumbprint: issued.thumbprint };
  });
  // There from the start, so that a verifier finds it empty rather than missing.
  const recordings = join(config.data, 'recordings');
  mkdirSync(recordings, { recursive: true, mode: 0o700 });
  return createGate({
    listen: config.listen.gate,
    address: config.gate.address,
    tls: certificate,
    sessionAuthority: keys.session.certificate,
    faultOf: (shown, now) => keys.session.faultOf(shown, now),
    thumbprintOf,
    sessionOf,
    clock: context.clock,
    monotonic: shared.monotonic,
    plant: context.plant,
    locks: () => context.locks.list(),
    staged: shared.staged,
    actions,
    recordings,
    publish: (data, { vendor, person, asset }) => {
      const zone = context.plant()?.assets.get(asset)?.zone;
      const about = { vendor, owner: person, ...(zone !== undefined && { zone }) };
      live.publish({ event: 'operation', data }, about);
    },
    fault: log.fault,
  });
}
