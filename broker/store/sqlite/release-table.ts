/** Releases in SQL. */
import { manifestOf, type ReleaseRecord } from '#broker/model/release.ts';
import type { ReleaseFilter } from '../store.ts';
import { type Condition, equals, type Table } from './nouns.ts';

export const releaseTable: Table<ReleaseRecord, ReleaseFilter> = {
  insert: `
    insert into release (id, version, verdict, words, document)
    values (:id, :version, :verdict, :words, :document)
    on conflict (id) do nothing`,
  // The schema refuses it: what was found of a package is not changed afterwards.
  update: `
    update release set version = :version, verdict = :verdict, words = :words, document = :document
    where id = :id and version = :expected`,
  byId: 'select id, document from release where id = ?',
  list: 'select seq, id, document from release',
  order: ['seq'],
  columns: (put) => ({
    id: put.id,
    version: put.version,
    verdict: put.verdict,
    words: wordsOf(put),
    document: JSON.stringify(put),
  }),
  conditions: ({ verdict, words = [] }) => [...equals('verdict', verdict), ...words.map(holding)],
};

function wordsOf(put: ReleaseRecord): string {
  const { vendor, product, version } = manifestOf(put) ?? {};
  return [vendor, product, version, put.fileName]
    .filter((word) => word !== undefined)
    .join('\n')
    .toLowerCase();
}

const holding = (word: string, index: number): Condition => ({
  sql: `instr(words, :word_${index}) > 0`,
  values: { [`word_${index}`]: word.toLowerCase() },
});
