/** One SBOM from its bytes to an answer. Runs in the process of `child.ts`, which may be killed at any time. */
import type { ValidateFunction } from 'ajv';
import { readJson } from '../json/strict-json.ts';
import { type Reason, reason, shown } from '../reason.ts';
import { type BomFacts, bomFacts, countComponents } from './bom.ts';
import { compileSchema, SPEC_VERSIONS, type SpecVersion, schemaFault } from './schema.ts';

export type SbomAnswer =
  | {
      readonly kind: 'sbom';
      readonly specVersion: SpecVersion;
      readonly components: BomFacts['components'];
      readonly rootName: string | undefined;
      readonly rootHashes: BomFacts['rootHashes'];
      /** For a person to look at; all of them hold. */
      readonly reasons: readonly Reason[];
    }
  | { readonly kind: 'refused'; readonly reason: Reason };

/** What the bounds of time and memory in `validator.ts` are for. The largest known, of 58,000 in 25 MB, is refused. */
const MAX_COMPONENTS = 50_000;
/**
 * Nested deeper than 20 is none. A component with all that generators write has 25 values. So many take at
 * most 10 s of CPU and 0.9 GiB, whatever they are.
 */
const BOUNDS = { bytes: 64 * 1024 * 1024, depth: 100, values: 60 * MAX_COMPONENTS };
export const MAX_SBOM_BYTES: number = BOUNDS.bytes;

/** Keeps what it has compiled: 0.1 s of each version. */
export function sbomChecker(): (bytes: Uint8Array) => SbomAnswer {
  const compiled = new Map<SpecVersion, ValidateFunction>();
  return (bytes) => {
    const json = readJson(bytes, BOUNDS);
    if (json.kind === 'refused') {
      const code = json.isTooLarge ? 'sbom-too-large' : 'sbom-unreadable';
      return refused(code, `the SBOM: ${json.why}`);
    }
    const version = specVersionOf(json.value);
    if (typeof version !== 'string') return version;
    const count = countComponents(json.value);
    if (count > MAX_COMPONENTS) {
      const text = `the SBOM has ${count} components, and ${MAX_COMPONENTS} are allowed`;
      return refused('sbom-too-large', text);
    }
    const validate = compiled.get(version) ?? compileSchema(version);
    compiled.set(version, validate);
    // each schema takes any text as specVersion, so which one it is was read first
    if (!validate(json.value)) return invalid(schemaFault(validate.errors));
    const { components, findings, rootName, rootHashes } = bomFacts(json.value);
    const reasons = findings.map(({ code, text }) => reason(code, `the SBOM: ${text}`));
    return { kind: 'sbom', specVersion: version, components, rootName, rootHashes, reasons };
  };
}

const refused = (code: Reason['code'], text: string): SbomAnswer & { kind: 'refused' } => ({
  kind: 'refused',
  reason: reason(code, text),
});

const invalid = (fault: string) =>
  refused('sbom-invalid', `the SBOM is no valid CycloneDX: ${shown(fault)}`);

function specVersionOf(bom: unknown): SpecVersion | (SbomAnswer & { kind: 'refused' }) {
  if (typeof bom !== 'object' || bom === null) return invalid('/ must be an object');
  const { specVersion, bomFormat } = bom as Readonly<Record<string, unknown>>;
  const known = SPEC_VERSIONS.find((version) => version === specVersion);
  if (known !== undefined) return known;
  const accepted = `CycloneDX ${SPEC_VERSIONS[0]} to ${SPEC_VERSIONS.at(-1)} in JSON is asked for`;
  if (typeof specVersion === 'string' && bomFormat === 'CycloneDX') {
    return refused('sbom-version', `the SBOM is CycloneDX ${shown(specVersion)}; ${accepted}`);
  }
  const isSpdx = 'spdxVersion' in bom || '@graph' in bom;
  return refused(
    'sbom-version',
    `the SBOM is ${isSpdx ? 'SPDX' : 'of no known format'}; ${accepted}`,
  );
}
