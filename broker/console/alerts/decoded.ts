/** Decoded fields of an alert in a flat list of names and texts: `request values`: `1500`. */

export interface DecodedField {
  readonly name: string;
  readonly text: string;
}

/** Fields shown of one alert; a document of a sensor is bounded, a screen more so. */
const MAX_FIELDS = 40;

/** `tables.first_value` is read as `tables first value`. */
const inWords = (path: readonly string[]): string => path.join(' ').replaceAll('_', ' ');

function flat(path: readonly string[], value: unknown): readonly DecodedField[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return listed(path, value);
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([name, inner]) => flat([...path, name], inner));
  }
  return [{ name: inWords(path), text: String(value) }];
}

/** `values`: `1, 2`; of nodes and methods one line each: `nodes 2`: `node id i=85, status Good`. */
function listed(path: readonly string[], values: readonly unknown[]): readonly DecodedField[] {
  if (!values.some(isFields)) return [{ name: inWords(path), text: values.map(plain).join(', ') }];
  if (values.length === 1) return flat(path, values[0]);
  return values.slice(0, MAX_FIELDS).map((value, i) => ({
    name: inWords([...path, `${i + 1}`]),
    text: flat([], value)
      .map(({ name, text }) => `${name} ${text}`)
      .join(', '),
  }));
}

const isFields = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const plain = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

export function decoded(
  fields: Readonly<Record<string, unknown>> | undefined,
): readonly DecodedField[] {
  return flat([], fields ?? {}).slice(0, MAX_FIELDS);
}
