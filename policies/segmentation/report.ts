/** Segmentation coverage as a report: the same sections as Markdown and as HTML, from one list of them. */
import type { Plant, SourceRef } from '../plant.ts';
import type { Coverage } from './coverage.ts';

interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Instead of a table without rows. */
  readonly empty: string;
  readonly note?: string;
}

interface Report {
  readonly title: string;
  readonly facts: readonly string[];
  readonly tables: readonly Table[];
}

const share = (part: number, all: number): string =>
  all === 0 ? 'none' : `${((100 * part) / all).toFixed(1)} %`;

const place = (at: SourceRef | undefined): string => (at === undefined ? '' : `line ${at.line}`);

function measuresOf({ hosts, conversations, conduits }: Coverage): readonly (readonly string[])[] {
  return [
    [
      'hosts that lie in a zone',
      `${hosts.inZone} of ${hosts.heard}`,
      share(hosts.inZone, hosts.heard),
    ],
    [
      'conversations that conduits explain whole',
      `${conversations.covered} of ${conversations.heard}`,
      share(conversations.covered, conversations.heard),
    ],
    [
      'the same, by how much the conduit says',
      conversations.weight.toFixed(1),
      share(conversations.weight, conversations.heard),
    ],
    [
      'conduits that name what may be changed',
      `${conduits.restricted} of ${conduits.all}`,
      share(conduits.restricted, conduits.all),
    ],
  ];
}

function reportOf(plant: Plant, coverage: Coverage): Report {
  const { hosts, conversations, conduits, unheard, violations, leftOut } = coverage;
  return {
    title: `Segmentation of ${plant.site.name}`,
    facts: [
      `Policy version ${plant.version}.`,
      ...(conversations.encrypted === 0
        ? []
        : [
            `${conversations.encrypted} conversations are encrypted: of them only this is known, whether a conduit leads there.`,
          ]),
      ...(leftOut === 0
        ? []
        : [`${leftOut} requests found no room in the tables and are not counted.`]),
      'What stays within one switch, and what is beyond the place where a sensor listens, is heard by nobody and counted nowhere.',
    ],
    tables: [
      {
        title: 'Coverage',
        head: ['measure', 'count', 'share'],
        rows: measuresOf(coverage),
        empty: '',
      },
      {
        title: 'Violations by day',
        head: ['day', 'rule', 'place', 'times', 'first of them'],
        rows: violations.map((each) => [
          each.day,
          each.rule,
          place(each.at),
          `${each.count}`,
          each.example,
        ]),
        empty: 'Nothing was asked for that the policy denies.',
      },
      {
        title: 'Conduits that let something be changed and do not say what',
        head: ['conduit', 'place'],
        rows: conduits.open.map(({ id, at }) => [id, place(at)]),
        empty: 'None.',
      },
      {
        title: 'Hosts in no zone',
        head: ['address'],
        rows: hosts.outside.map((ip) => [ip]),
        empty: 'None.',
      },
      {
        title: 'Named in the policy and not heard',
        head: ['what', 'id'],
        rows: [
          ...unheard.zones.map((id) => ['zone', id]),
          ...unheard.assets.map((id) => ['asset', id]),
        ],
        empty: 'None.',
      },
    ],
  };
}

export function markdownReport(plant: Plant, coverage: Coverage): string {
  const { title, facts, tables } = reportOf(plant, coverage);
  const cell = (text: string): string => text.replace(/([\\|`*_<>[\]])/g, '\\$1');
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  const parts = tables.flatMap(({ title: name, head, rows, empty }) => [
    `## ${name}`,
    '',
    ...(rows.length === 0
      ? [empty]
      : [row(head), row(head.map(() => '---')).replaceAll('\\', ''), ...rows.map(row)]),
    '',
  ]);
  return [`# ${cell(title)}`, '', ...facts.flatMap((fact) => [fact, '']), ...parts].join('\n');
}

const STYLE =
  'body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left;overflow-wrap:break-word}';

/** One file: no script, nothing from elsewhere. */
export function htmlReport(plant: Plant, coverage: Coverage): string {
  const { title, facts, tables } = reportOf(plant, coverage);
  const row = (cells: readonly string[], tag: 'td' | 'th'): string =>
    `<tr>${cells.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join('')}</tr>`;
  const parts = tables.map(({ title: name, head, rows, empty }) => {
    const body =
      rows.length === 0
        ? `<p>${escaped(empty)}</p>`
        : `<table>\n${[row(head, 'th'), ...rows.map((cells) => row(cells, 'td'))].join('\n')}\n</table>`;
    return `<h2>${escaped(name)}</h2>\n${body}`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
${facts.map((fact) => `<p>${escaped(fact)}</p>`).join('\n')}
${parts.join('\n')}
</html>
`;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (one) => ENTITIES.get(one) ?? one);
