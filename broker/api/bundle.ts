/**
 * What sensors pull: the plant policy and the rules, signed, with a serial number that only grows, so
 * that a sensor never goes back to an older one.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { globSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompactSign } from 'jose';

export interface BundleContent {
  readonly site: string;
  /** The policy's YAML, as applied. */
  readonly plant: string;
  readonly rules: readonly { readonly path: string; readonly text: string }[];
}

export interface Bundle {
  readonly version: string;
  /** Compact JWS. */
  readonly jws: string;
}

/** Rules of one bundle; a folder with more is not a folder of rules. */
const MAX_RULES = 1_000;
const MAX_RULE_BYTES = 256 * 1024;

/** The rule files of `folder`, by path, in a fixed order. */
export function readRules(folder: string): BundleContent['rules'] {
  return globSync('**/*.{yaml,yml}', { cwd: folder })
    .sort()
    .slice(0, MAX_RULES)
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }))
    .filter(({ text }) => Buffer.byteLength(text) <= MAX_RULE_BYTES);
}

const versionOf = (content: BundleContent): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex');

interface Published {
  readonly serial: number;
  readonly version: string;
}

function lastPublished(path: string): Published {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { serial: 0, version: '' };
    }
    throw error;
  }
  const parsed = JSON.parse(text) as Partial<Published>;
  return { serial: parsed.serial ?? 0, version: parsed.version ?? '' };
}

export interface Bundles {
  /** The signed bundle for `content`; the same one as long as the content is the same. */
  publish(content: BundleContent): Promise<Bundle>;
}

/** `serialFile` remembers the last serial number over restarts. */
export function createBundles(key: KeyObject, serialFile: string): Bundles {
  let current: Bundle | undefined;
  return {
    async publish(content) {
      const version = versionOf(content);
      if (current?.version === version) return current;
      const last = lastPublished(serialFile);
      const serial = last.version === version ? last.serial : last.serial + 1;
      if (last.version !== version) {
        writeFileSync(`${serialFile}.part`, JSON.stringify({ serial, version }), {
          mode: 0o600,
          flush: true,
        });
        renameSync(`${serialFile}.part`, serialFile);
      }
      const payload = Buffer.from(JSON.stringify({ version, serial, ...content }));
      const jws = await new CompactSign(payload)
        .setProtectedHeader({ alg: 'EdDSA', typ: 'lockkeeper-bundle+jwt' })
        .sign(key);
      current = { version, jws };
      return current;
    },
  };
}
