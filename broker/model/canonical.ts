/**
 * The one text of a plain value: JSON Canonicalization Scheme, RFC 8785. Audit leaves and
 * requests are hashed over it, so two values that say the same have the same hash whatever order they
 * were put together in.
 *
 * Properties in the order of their UTF-16 code units (3.2.3), no white space, numbers and strings as
 * ECMAScript writes them (3.2.2), which is what `JSON.stringify` does. A property that is undefined
 * is left out.
 */

/** Deeper than any event is; a cycle ends here. */
const MAX_DEPTH = 32;

/** Throws TypeError for what has no canonical text: NaN, a lone surrogate, a date, a function, a cycle. */
export function canonical(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw new TypeError(`more than ${MAX_DEPTH} levels deep`);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (value === null) return 'null';
  if (typeof value === 'object') return structure(value, depth);
  throw new TypeError(`no canonical text for ${String(value)}`);
}

/** RFC 8785 3.2.2.2: a lone surrogate is an error; `JSON.stringify` would escape it. */
function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('no canonical text for a lone surrogate');
  return JSON.stringify(value);
}

function structure(value: object, depth: number): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError('no canonical text for an object that is not plain');
  }
  const properties = Object.entries(value)
    .filter(([, property]) => property !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, property]) => `${text(name)}:${canonical(property, depth + 1)}`);
  return `{${properties.join(',')}}`;
}
