/**
 * The bundle of plant policy and rules that the broker signs. It is believed only after its signature
 * (by the key of the enrolment) and its serial number (never older than the last good one) hold; the
 * last good bundle stays on the disk and is verified again at each start.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactVerify, importJWK } from 'jose';
import { z } from 'zod';
import { type BundlePayload, MAX_BUNDLE_BYTES } from '#sensor/model/link.ts';
import { stageFile } from './identity.ts';

const BUNDLE_FILE = 'bundle.jws';
const TYPE = 'lockkeeper-bundle+jwt';

declare const verified: unique symbol;

/** A payload whose signature and serial held. Only `verifyBundle` makes one. */
export type VerifiedBundle = BundlePayload & { readonly [verified]: true };

export type BundleVerdict =
  | { readonly kind: 'ok'; readonly bundle: VerifiedBundle }
  | { readonly kind: 'refused'; readonly why: string };

const payload = z.strictObject({
  version: z.string().min(1).max(128),
  serial: z.int().positive(),
  site: z.string().max(200),
  plant: z.string(),
  rules: z.array(z.strictObject({ path: z.string().max(300), text: z.string() })).max(1000),
});

/** Verifies a compact JWS against the key of the enrolment and the last good bundle. Never rejects. */
export async function verifyBundle(
  jws: string,
  key: Readonly<Record<string, unknown>>,
  last: BundlePayload | undefined,
): Promise<BundleVerdict> {
  if (jws.length > MAX_BUNDLE_BYTES) return refused(`is longer than ${MAX_BUNDLE_BYTES} bytes`);
  let signed: Uint8Array;
  try {
    const imported = await importJWK({ ...key }, 'EdDSA');
    const result = await compactVerify(jws, imported, { algorithms: ['EdDSA'] });
    if (result.protectedHeader.typ !== TYPE) return refused('is signed, but is no bundle');
    signed = result.payload;
  } catch {
    return refused('is not signed by the broker of this sensor');
  }
  const checked = payload.safeParse(parse(signed));
  if (!checked.success) {
    return refused(
      `is signed, but its ${checked.error.issues[0]?.path.join('.') || 'content'} is wrong`,
    );
  }
  const bundle = checked.data;
  if (last !== undefined) {
    if (bundle.serial < last.serial) {
      return refused(`has serial ${bundle.serial}, older than ${last.serial}`);
    }
    if (bundle.serial === last.serial && bundle.version !== last.version) {
      return refused(`has the serial ${bundle.serial} of another bundle`);
    }
  }
  return { kind: 'ok', bundle: bundle as unknown as VerifiedBundle };
}

function refused(why: string): BundleVerdict {
  return { kind: 'refused', why };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** The last good bundle; undefined where there is none that verifies. */
export async function readKeptBundle(
  folder: string,
  key: Readonly<Record<string, unknown>>,
): Promise<VerifiedBundle | undefined> {
  let jws: string;
  try {
    jws = readFileSync(join(folder, BUNDLE_FILE), 'utf8');
  } catch {
    return undefined;
  }
  const verdict = await verifyBundle(jws.trim(), key, undefined);
  return verdict.kind === 'ok' ? verdict.bundle : undefined;
}

/**
 * Writes `jws`, which must have been verified; the call of what it gives makes it the last good one.
 * Throws where the disk does not take it, so that nothing is taken into use that a restart would lose.
 */
export function stageBundle(folder: string, jws: string): () => void {
  return stageFile(join(folder, BUNDLE_FILE), jws);
}
