/**
 * `uniqueItems` of JSON Schema in linear time. ajv compares every item with every other, which makes an SBOM
 * of 20,000 components a matter of 38 s; here each item becomes one text, and equal items the same text.
 */

/** Whether no two of `items` are equal as JSON Schema has it (draft-07, 6.4.5 and 4.2.3). */
export function areUnique(items: readonly unknown[]): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const text = textOf(item);
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}

/** One text for equal values: the properties of an object in order of their names. The scanner bounds the depth. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  const object = value as Readonly<Record<string, unknown>>;
  let text = '{';
  for (const name of Object.keys(object).sort()) {
    text += `${JSON.stringify(name)}:${textOf(object[name])},`;
  }
  return `${text}}`;
}
