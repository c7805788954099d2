/** What an SBOM describes: a file of the package, or something else. */
import type { SbomSummary } from './admission.ts';
import type { Manifest } from './manifest.ts';
import type { FirmwarePackage } from './package/firmware-package.ts';

interface Algorithm {
  /** In node:crypto. */
  readonly name: string;
  /** Whether equal hashes prove equal files; unequal ones disprove by any algorithm. */
  readonly binds: boolean;
}

/** By their names in CycloneDX: those that can be made here, so not Streebog, BLAKE3 and the shorter BLAKE2b. */
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  ['MD5', { name: 'md5', binds: false }],
  ['SHA-1', { name: 'sha1', binds: false }],
  ['SHA-256', { name: 'sha256', binds: true }],
  ['SHA-384', { name: 'sha384', binds: true }],
  ['SHA-512', { name: 'sha512', binds: true }],
  ['SHA3-256', { name: 'sha3-256', binds: true }],
  ['SHA3-384', { name: 'sha3-384', binds: true }],
  ['SHA3-512', { name: 'sha3-512', binds: true }],
  ['BLAKE2b-512', { name: 'blake2b512', binds: true }],
]);

/**
 * To a file that the manifest lists; undefined: to something else. All hashes of the root component must fit
 * one and the same file. Whether that file is there and whole is another question, with reasons of its own.
 */
export async function binding(
  rootHashes: ReadonlyMap<string, ReadonlySet<string>>,
  { files, sbom }: Manifest,
  source: FirmwarePackage,
): Promise<SbomSummary['boundBy'] | undefined> {
  const asked = [...rootHashes].flatMap(([name, values]) => {
    const algorithm = ALGORITHMS.get(name);
    return algorithm === undefined ? [] : [{ ...algorithm, values }];
  });
  if (asked.length === 0) return 'manifest';
  // a file has one hash of each algorithm
  if (asked.some(({ values }) => values.size > 1)) return undefined;
  for (const file of files) {
    if (file.name === sbom?.name || !(await fits(file, asked, source))) continue;
    return asked.some(({ binds }) => binds) ? 'root-hash' : 'manifest';
  }
  return undefined;
}

async function fits(
  { name, sha256 }: Manifest['files'][number],
  asked: readonly (Algorithm & { readonly values: ReadonlySet<string> })[],
  source: FirmwarePackage,
): Promise<boolean> {
  const isWhole = source.files.get(name)?.sha256 === sha256;
  for (const { name: algorithm, values } of asked) {
    // sha256 was made on the way in; the others are made only for an SBOM that asks
    if (algorithm === 'sha256' && !values.has(sha256)) return false;
    if (algorithm === 'sha256' || !isWhole) continue;
    if (!values.has(await source.hash(name, algorithm))) return false;
  }
  return true;
}
