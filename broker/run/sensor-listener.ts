/** Opens the listener for sensors. */
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import type { Context } from 'hono';
import { createBundles, readRules } from '#broker/api/bundle.ts';
import { createSensorLink } from '#broker/api/sensor-link.ts';
import { listen } from './listen.ts';
import type { InForce } from './policy-in-force.ts';
import type { Shared } from './web-listeners.ts';

/** The certificate that the other end proved to hold the key of: TLS 1.3 has it sign the handshake. */
export function certificateOf(c: Context): X509Certificate | undefined {
  const env = c.env as { readonly incoming?: { readonly socket?: unknown } } | undefined;
  const socket = env?.incoming?.socket;
  if (!(socket instanceof TLSSocket)) return undefined;
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? undefined : new X509Certificate(raw);
}

export async function openSensorListener(
  parts: Shared & { readonly inForce: () => InForce | undefined },
): Promise<void> {
  const { config, keys, context, enrolments, evidence, certificate, log, listeners } = parts;
  const bundles = createBundles(keys.bundle, join(config.data, 'bundle.json'));
  const app = createSensorLink({
    actions: context,
    clock: context.clock,
    enrolments,
    evidence,
    authority: keys.sensor,
    serverAuthority: keys.server.certificate,
    bundleKey: keys.bundlePublic,
    bundle: async () => {
      const now = parts.inForce();
      if (now === undefined) return undefined;
      const rules = readRules(config.rules);
      return bundles.publish({ site: now.plant.site.name, plant: now.text, rules });
    },
    certificateOf,
    fault: log.fault,
  });
  const tls = { certificate, askFor: keys.sensor.certificate };
  listeners.set('sensors', await listen('sensors', config.listen.sensors, () => app, { tls }));
}
