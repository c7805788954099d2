/**
 * The query of an address as people type it: `?status=new&status=closed&text=plc`. A name that stands
 * there again is a list; everything is a word, and whoever reads it knows what it should be.
 */
export function readQuery(query: string): Readonly<Record<string, string | readonly string[]>> {
  const words = new Map<string, readonly string[]>();
  for (const [name, word] of new URLSearchParams(query)) {
    words.set(name, [...(words.get(name) ?? []), word]);
  }
  return Object.fromEntries(
    [...words].map(([name, list]) => [name, list.length === 1 ? (list[0] ?? '') : list]),
  );
}

/** With its `?`, or empty. A list of nothing is written as one empty word, because it is not nothing said. */
export function writeQuery(said: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(said)) {
    if (value === undefined) continue;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const each of list.length === 0 ? [''] : list) query.append(name, String(each));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
