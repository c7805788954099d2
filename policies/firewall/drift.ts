/** What differs between the rules that a policy makes and those that a kernel has, line by line of its listing. */
import { diffArrays } from 'diff';

export interface Drift {
  /** `missing`: the policy makes it and the kernel has it not. `foreign`: the other way. */
  readonly kind: 'missing' | 'foreign';
  /** `chain forward`, `set hall-cell-from4`; empty for the table itself. */
  readonly where: string;
  /** As `nft list` says it. */
  readonly text: string;
}

/** Sets whose elements come and go by grants and by people. */
const LIVE_SETS = /^set (granted|isolated|isolated-pairs)[46]$/;

interface Line {
  readonly where: string;
  readonly text: string;
}

/** `expected` and `actual` are listings by `nft -s list table`. */
export function driftOf(expected: string, actual: string): readonly Drift[] {
  const [wanted, found] = [linesOf(expected), linesOf(actual)];
  const parts = diffArrays([...wanted], [...found], {
    comparator: (one, other) => one.where === other.where && one.text === other.text,
  });
  return parts.flatMap(({ added, removed, value }): readonly Drift[] => {
    if (added) return value.map((line) => ({ kind: 'foreign', ...line }));
    return removed ? value.map((line) => ({ kind: 'missing', ...line })) : [];
  });
}

/** Each line with the block that it stands in; an element of a set is a line of its own. */
function linesOf(listing: string): readonly Line[] {
  const lines: Line[] = [];
  let where = '';
  let elements: string | undefined;
  for (const raw of listing.split('\n')) {
    const text = raw.trim();
    if (elements !== undefined || text.startsWith('elements = {')) {
      elements = `${elements ?? ''} ${text}`;
      if (!text.endsWith('}')) continue;
      if (!LIVE_SETS.test(where))
        lines.push(...elementsIn(elements).map((each) => ({ where, text: each })));
      elements = undefined;
      continue;
    }
    if (text === '' || text === '}') continue;
    const [, opened] = /^((?:chain|set|counter) \S+) \{$/.exec(text) ?? [];
    if (opened !== undefined) {
      where = opened;
      lines.push({ where, text: opened });
    } else if (!text.startsWith('table ')) lines.push({ where, text });
  }
  return lines;
}

const elementsIn = (text: string): readonly string[] =>
  text
    .replace(/^\s*elements = \{|\}$/g, '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
