/**
 * What a sensor keeps of its enrolment: `identity.json` says who it is and who its broker is, `key.pem`
 * is its private key and never leaves the machine (both 0600).
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SensorError } from '#sensor/model/sensor-error.ts';

export interface Identity {
  /** `sen_…` */
  readonly sensor: string;
  /** Origin of the broker's listener for sensors. */
  readonly url: string;
  /** PEM */
  readonly certificate: string;
  /** PEM: the only authority by which the broker is known. */
  readonly authority: string;
  /** JWK: verifies bundles. */
  readonly bundleKey: Readonly<Record<string, unknown>>;
  /** PEM, PKCS#8. */
  readonly privateKey: string;
}

const IDENTITY_FILE = 'identity.json';
const KEY_FILE = 'key.pem';

const pem = z.string().max(20_000).refine(isCertificate, 'must be a PEM certificate');

/** The answer of an enrolment, and what is kept of it. */
export const enrolledSchema = z.object({
  sensor: z.string().regex(/^sen_[0-9A-Za-z-]{8,64}$/),
  certificate: pem,
  authority: pem,
  bundleKey: z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() }),
});

const savedSchema = enrolledSchema.extend({ url: z.url({ protocol: /^https$/ }) });

/** Undefined where the sensor never enrolled. Throws `SensorError` where the files are damaged. */
export function readIdentity(folder: string): Identity | undefined {
  const path = join(folder, IDENTITY_FILE);
  if (!existsSync(path)) return undefined;
  try {
    const saved = savedSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    const privateKey = readFileSync(join(folder, KEY_FILE), 'utf8');
    createPrivateKey(privateKey);
    return { ...saved, privateKey };
  } catch (error) {
    throw damaged(path, error);
  }
}

/** Writes both files, the identity last: where it stands, the enrolment is whole. */
export function writeIdentity(folder: string, { privateKey, ...saved }: Identity): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  replaceFile(join(folder, KEY_FILE), privateKey);
  replaceFile(join(folder, IDENTITY_FILE), `${JSON.stringify(saved, undefined, 1)}\n`);
}

/** Replaces a file whole, readable by its owner alone. */
export function replaceFile(path: string, content: string): void {
  stageFile(path, content)();
}

/** Writes what shall stand at `path`, beside it; the call of what it gives puts it there, whole. */
export function stageFile(path: string, content: string): () => void {
  const next = `${path}.next`;
  writeFileSync(next, content, { mode: 0o600, flush: true });
  return () => renameSync(next, path);
}

function damaged(path: string, cause: unknown): SensorError {
  const text = `what was kept of the enrolment is damaged (\`${path}\`); enrol the sensor anew`;
  return new SensorError('enrolment', text, { cause });
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== '';
  } catch {
    return false;
  }
}
