/** `manifest.json`: what a package says it is. Its bytes are what the vendor signs. */
import { z } from 'zod';
import { type Micros, parseIso } from '#sensor/model/time.ts';
import { readJson } from './json/strict-json.ts';
import { foldCase, nameFault, nameKey } from './package/file-name.ts';
import { MAX_FILES } from './package/firmware-package.ts';
import { printable, type Reason, reason } from './reason.ts';

export const MANIFEST = 'manifest.json';
export const CMS_SIGNATURE = 'manifest.json.p7s';
export const JWS_SIGNATURE = 'manifest.json.jws';

/** Named in what is signed, so that nothing else that a vendor signs can be taken for a manifest. */
const FORMAT = 'lockkeeper-firmware/1';

/** Also the name of a folder, so nothing that a path could make something of. */
export const VENDOR_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Types and revisions of one product, with room. */
const MAX_HARDWARE_IDS = 1000;
/** A file has four values. */
const BOUNDS = { bytes: 1024 * 1024, depth: 8, values: 10 * MAX_FILES, integersOnly: true };
export const MAX_MANIFEST_BYTES: number = BOUNDS.bytes;

/** What people read on a screen: nothing invisible in it, and nothing but a space to part words. */
const Text = z
  .string()
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u, 'is no readable text of 1 to 200 characters')
  .regex(/^\P{Z}(?:.*\P{Z})?$/u, 'begins or ends with a space');
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in lower case hex');
const Name = z.string().superRefine((name, context) => {
  const fault = nameFault(name);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});
const Time = z.string().transform((text, context): Micros => {
  const time = parseIso(text);
  if (time !== undefined) return time;
  context.addIssue({ code: 'custom', message: 'is no time such as 2026-11-28T00:00:00Z' });
  return z.NEVER;
});

const File = z.strictObject({ name: Name, size: z.int().min(0), sha256: Sha256 });

const Schema = z
  .strictObject({
    format: z.literal(FORMAT),
    vendor: z.string().regex(VENDOR_ID, 'is no vendor id'),
    product: Text,
    version: Text,
    /** Rises with every release of the product; what `version` says is for people alone. */
    releaseCounter: z.int().min(0),
    hardwareIds: z.array(Text).min(1).max(MAX_HARDWARE_IDS),
    files: z.array(File).min(1).max(MAX_FILES),
    sbom: z.strictObject({ name: Name, sha256: Sha256 }).optional(),
    notBefore: Time.optional(),
    /** First instant at which it is no longer let in. */
    expires: Time.optional(),
  })
  .superRefine(({ files, sbom, notBefore, expires }, context) => {
    const say = (message: string): void => context.addIssue({ code: 'custom', message });
    const names = files.map(({ name }) => nameKey(name));
    if (new Set(names).size < names.length) say('two files have the same name');
    if (names.some(isOwn) || (sbom !== undefined && isOwn(nameKey(sbom.name)))) {
      say('the manifest cannot name itself or its signature');
    }
    const listed = files.find(({ name }) => name === sbom?.name);
    if (listed !== undefined && listed.sha256 !== sbom?.sha256) {
      say('`files` and `sbom` give different hashes for the SBOM');
    }
    if (files.every(({ name }) => name === sbom?.name)) say('there is no file but the SBOM');
    if (notBefore !== undefined && expires !== undefined && notBefore >= expires) {
      say('`notBefore` is not before `expires`');
    }
  });

const isOwn = (key: string): boolean => [MANIFEST, CMS_SIGNATURE, JWS_SIGNATURE].includes(key);

/** Names with the same key are one product, however somebody wrote it. */
export const productKey = (product: string): string =>
  foldCase(product.normalize('NFKC').trim().replace(/\s+/gu, ' '));

export type Manifest = z.infer<typeof Schema>;

export type ReadManifest =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'faults'; readonly reasons: readonly Reason[] };

const invalid = (text: string): Reason => reason('manifest-invalid', `\`${MANIFEST}\`: ${text}`);

/** More would not be read by anybody. */
const MAX_FAULTS = 20;

export function readManifest(bytes: Buffer): ReadManifest {
  const json = readJson(bytes, BOUNDS);
  if (json.kind === 'refused') return { kind: 'faults', reasons: [invalid(json.why)] };
  const read = Schema.safeParse(json.value);
  if (read.success) return { kind: 'manifest', manifest: read.data };
  const faults = read.error.issues.slice(0, MAX_FAULTS).map(({ path, message }) => {
    const where = path.length === 0 ? '' : `\`/${path.join('/')}\`: `;
    // which may quote a key that is not known
    return invalid(`${where}${printable(message)}`);
  });
  return { kind: 'faults', reasons: faults };
}
