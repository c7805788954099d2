/** A vendor with a package, a plant that trusts it, and a broker that takes packages, on a site of the API. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { createApp } from '#broker/api/app.ts';
import { createQuarantine } from '#broker/api/quarantine.ts';
import { createReleaseDoor, type DoorParts } from '#broker/api/release-door.ts';
import type { AuditEvent } from '#broker/model/audit.ts';
import { openSbomValidator, type SbomValidator } from '#sbom/cyclonedx/validator.ts';
import { keepTrust } from '#sbom/trust-keeper.ts';
import { micros } from '#sensor/model/time.ts';
import { tar } from '../../support/firmware/tar-writer.ts';
import { aTrustedVendor, type TrustedVendor } from '../../support/firmware/trusted-vendor.ts';
import { ORIGIN, openSite, type Site } from './site.ts';

export const MAX_BYTES = 100_000;

export interface ReleaseSite extends Site {
  readonly quarantineFolder: string;
  readonly trustFolder: string;
  readonly faults: string[];
  readonly door: DoorParts;
  /** The application that takes packages; `app()` takes none. */
  readonly own: ReturnType<typeof createApp>;
  /** One with another door. */
  appWith(change: Partial<DoorParts>): ReturnType<typeof createApp>;
  /** A package signed by the trusted vendor, as a tar. */
  signed(files?: Map<string, Uint8Array>): Buffer;
  inQuarantine(): readonly string[];
  leaves(): Promise<readonly AuditEvent[]>;
  send(person: string, body: Buffer | ReadableStream, more?: Sending): Promise<Response>;
}

interface Sending {
  readonly app?: ReturnType<typeof createApp>;
  readonly name?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const tarOf = (files: ReadonlyMap<string, Uint8Array>): Buffer =>
  tar([...files].map(([name, content]) => ({ name, content })));

/** Once for a file of tests: the vendor's keys take a second to make. */
export interface Vendor extends TrustedVendor {
  readonly sboms: SbomValidator;
  remove(): Promise<void>;
}

export function aVendor(): Vendor {
  const vendor = aTrustedVendor();
  const sboms = openSbomValidator();
  return {
    ...vendor,
    sboms,
    async remove() {
      await sboms.close();
      rmSync(vendor.place, { recursive: true });
    },
  };
}

let number = 0;

export async function openReleaseSite({
  place,
  trustFolder,
  sign,
  sboms,
}: Vendor): Promise<ReleaseSite> {
  const site = await openSite();
  // An hour on, because openssl makes certificates that begin this second.
  site.now = micros((Date.now() + 3_600_000) * 1000);
  number += 1;
  const quarantineFolder = join(place, `quarantine-${number}`);
  mkdirSync(quarantineFolder);
  const faults: string[] = [];
  const fault = (what: string): void => void faults.push(what);
  const bounds = { total: 10 * MAX_BYTES, reserve: 0 };
  const door: DoorParts = {
    actions: site.context,
    quarantine: createQuarantine(quarantineFolder, site.context.store, () => 0, bounds),
    sboms,
    trustNow: keepTrust(trustFolder),
    maxBytes: MAX_BYTES,
    fault,
  };
  const appWith = (change: Partial<DoorParts>) =>
    site.app(undefined, { releases: createReleaseDoor({ ...door, ...change }), fault });
  const own = appWith({});
  return Object.assign(site, {
    quarantineFolder,
    trustFolder,
    faults,
    door,
    appWith,
    own,
    signed: (files?: Map<string, Uint8Array>) => tarOf(sign(files)),
    inQuarantine: () => readdirSync(quarantineFolder),
    leaves: async () =>
      (await site.context.store.audit.leaves(0, 1000))
        .map(({ event }) => event)
        .filter(({ action }) => action === 'receive-release'),
    async send(person: string, body: Buffer | ReadableStream, more: Sending = {}) {
      const { app = own, name = 'press.tar', headers } = more;
      const { cookie } = await site.as(person);
      return app.request(`${ORIGIN}/api/releases?name=${encodeURIComponent(name)}`, {
        method: 'POST',
        headers: { cookie, origin: ORIGIN, 'content-type': 'application/x-tar', ...headers },
        body,
        ...(body instanceof ReadableStream && { duplex: 'half' }),
      } as RequestInit);
    },
  });
}
