/** The keys of a broker, each for one purpose, all below its data folder. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { type Authority, openAuthority } from '#broker/identity/authority.ts';
import { openSigningKey } from '#broker/identity/signing-key.ts';
import type { Micros } from '#sensor/model/time.ts';

export interface Keys {
  readonly server: Authority;
  readonly sensor: Authority;
  readonly session: Authority;
  readonly audit: KeyObject;
  readonly bundle: KeyObject;
  /** JWK of `bundle`, its public part. */
  readonly bundlePublic: Readonly<Record<string, unknown>>;
}

export function openKeys(data: string, now: Micros, random: (bytes: number) => Buffer): Keys {
  const folder = join(data, 'keys');
  const bundle = openSigningKey(join(folder, 'bundle.pem'));
  return {
    server: openAuthority(folder, 'server', now, random),
    sensor: openAuthority(folder, 'sensor', now, random),
    session: openAuthority(folder, 'session', now, random),
    audit: openSigningKey(join(folder, 'audit.pem')),
    bundle,
    bundlePublic: { ...createPublicKey(bundle).export({ format: 'jwk' }), alg: 'EdDSA' },
  };
}
