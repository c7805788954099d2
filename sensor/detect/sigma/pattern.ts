/**
 * Text patterns of rules, in time that a rule's author cannot make long.
 *
 * Sigma specification 2.1.0, "Wildcards" and "Modifiers": text compares without case; `*` is any text,
 * `?` one character, a backslash takes their meaning away.
 */

/** Longest pattern. */
export const MAX_PATTERN = 500;
/** Text beyond this many characters is not looked at; no field of ours is longer but by attack. */
const MAX_SUBJECT = 1000;
/** Ways in which a regular expression may match at one place; each counts for backtracking. */
const MAX_WAYS = 2000;
/** What `*`, `+` and `{n,}` count for: each of at most `MAX_SUBJECT` lengths. */
const UNBOUNDED = 1000;

type Part = { readonly kind: 'text'; readonly char: string } | { readonly kind: 'one' | 'any' };

/** Splits a Sigma text into its parts. `any` never comes twice in a row. */
export function parseWildcards(text: string): readonly Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const next = text.charAt(i + 1);
    if (char === '\\' && (next === '*' || next === '?' || next === '\\')) {
      parts.push({ kind: 'text', char: next });
      i++;
    } else if (char === '*') {
      if (parts.at(-1)?.kind !== 'any') parts.push({ kind: 'any' });
    } else if (char === '?') parts.push({ kind: 'one' });
    else parts.push({ kind: 'text', char: char.toLowerCase() });
  }
  return parts;
}

export const ANY: Part = { kind: 'any' };

/** Does the whole of `subject` match? At most `parts * subject` steps: only the last `any` is taken back. */
export function matchesWildcards(parts: readonly Part[], subject: string): boolean {
  const text = subject.slice(0, MAX_SUBJECT).toLowerCase();
  let part = 0;
  let at = 0;
  let anyPart = -1;
  let anyAt = 0;
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted?.kind === 'any') {
      anyPart = part++;
      anyAt = at;
    } else if (wanted !== undefined && (wanted.kind === 'one' || same(wanted, text.charAt(at)))) {
      part++;
      at++;
    } else if (anyPart >= 0) {
      part = anyPart + 1;
      at = ++anyAt;
    } else return false;
  }
  while (parts[part]?.kind === 'any') part++;
  return part === parts.length;
}

function same(part: Part, char: string): boolean {
  return part.kind === 'text' && part.char === char;
}

/**
 * Compiles a regular expression that cannot be slow; gives why not, as text, where it might be.
 *
 * Refused: look-around and back-references, a repeated group, and anything that could match in more
 * than `MAX_WAYS` ways from one place: repetitions and alternatives multiply.
 */
export function safeRegExp(pattern: string): RegExp | string {
  if (pattern.length > MAX_PATTERN) return `is longer than ${MAX_PATTERN} characters`;
  const bare = pattern.replaceAll(/\\[^1-9k]/gs, 'x').replaceAll(/\[[^\]]*\]/g, 'x');
  if (/\\/.test(bare)) return 'has a back-reference';
  if (/\(\?(?!:)/.test(bare)) return 'looks around or names a group';
  if (/\)[*+{]/.test(bare)) return 'repeats a group';
  let ways = 1;
  for (const [token, low, comma, high] of bare.matchAll(/[*+?|]|\{(\d+)(,?)(\d*)\}/g)) {
    if (token === '*' || token === '+') ways *= UNBOUNDED;
    else if (token === '?' || token === '|') ways *= 2;
    else if (comma === ',') {
      ways *= high === '' ? UNBOUNDED : Math.max(1, Number(high) - Number(low) + 1);
    }
    if (Number(low ?? 0) > MAX_SUBJECT || Number(high ?? 0) > MAX_SUBJECT) {
      return `repeats more than ${MAX_SUBJECT} times`;
    }
  }
  if (ways > MAX_WAYS)
    return 'can match in too many ways: at most one `*` or `+` and one `?` or `|`';
  try {
    return new RegExp(pattern);
  } catch {
    return 'is no regular expression';
  }
}

export function matchesRegExp(regExp: RegExp, subject: string): boolean {
  return regExp.test(subject.slice(0, MAX_SUBJECT));
}
