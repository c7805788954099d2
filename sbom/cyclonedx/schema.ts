/** The official CycloneDX schemas, as `@cyclonedx/cyclonedx-library` ships them, compiled by ajv. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { areUnique } from './unique-items.ts';

export const SPEC_VERSIONS = ['1.4', '1.5', '1.6', '1.7'] as const;
export type SpecVersion = (typeof SPEC_VERSIONS)[number];

/** What the BOM schemas refer to. */
const REFERRED = ['spdx', 'cryptography-defs', 'jsf-0.82'];

const ROOT = dirname(
  createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json'),
);

const load = (name: string): object => {
  const text = readFileSync(join(ROOT, 'res/schema', `${name}.SNAPSHOT.schema.json`), 'utf8');
  return JSON.parse(text) as object;
};

/**
 * One `@`, something on both sides, no white space: what the official verdicts ask of `idn-email`. Linear,
 * which the grammar that the library loads for it is not.
 */
const EMAIL = /^[^\s@]+@[^\s@]+$/u;

/** Throws where a schema is not there: a broken installation. */
export function compileSchema(version: SpecVersion): ValidateFunction {
  const schemas = Object.fromEntries(
    REFERRED.map((name) => [
      `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`,
      load(name),
    ]),
  );
  const ajv = new Ajv({
    // the schemas use keywords for their documentation that strict mode would refuse
    strict: false,
    // they are the official ones; checking and optimising them costs more than all that is checked with them
    validateSchema: false,
    code: { optimize: false },
    addUsedSchema: false,
    schemas,
  });
  addFormats.default(ajv, ['date', 'date-time', 'uri']);
  ajv.addFormat('idn-email', EMAIL);
  // as in the library: what an IRI reference is not is hard to say, and nothing here follows one
  ajv.addFormat('iri-reference', true);
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (isAsked: boolean, items: readonly unknown[]) => !isAsked || areUnique(items),
    error: { message: 'must not have the same item twice' },
  });
  return ajv.compile(load(`bom-${version}`));
}

/** The fault that lies deepest: of several tried alternatives the one that was nearest. */
export function schemaFault(errors: readonly ErrorObject[] | null | undefined): string {
  const depth = ({ instancePath }: ErrorObject): number => instancePath.split('/').length;
  const [first, ...others] = errors ?? [];
  if (first === undefined) return 'does not fit its schema';
  const deepest = others.reduce(
    (best, error) => (depth(error) > depth(best) ? error : best),
    first,
  );
  const { instancePath, message = 'does not fit the schema', params } = deepest;
  const { additionalProperty } = params as { readonly additionalProperty?: unknown };
  const more = typeof additionalProperty === 'string' ? `: ${additionalProperty}` : '';
  return `${instancePath === '' ? '/' : instancePath} ${message}${more}`;
}
