import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NEXT as ALERT } from '#broker/access/alert.ts';
import { NEXT as GRANT } from '#broker/access/grant.ts';
import { NEXT as REQUEST } from '#broker/access/request.ts';
import { NEXT as SESSION } from '#broker/access/session.ts';
import { openSqliteStore } from '#broker/store/sqlite/open.ts';
import { anAlert, anEvent, anOperation, aRelease, aRequest, NOON } from '../samples.ts';

const MIGRATIONS = new URL('../../../../broker/store/sqlite/migrations/', import.meta.url).pathname;

const migrations = (schema: string): readonly string[] =>
  readdirSync(join(MIGRATIONS, schema))
    .sort()
    .map((name) => readFileSync(join(MIGRATIONS, schema, name), 'utf8').replaceAll(/--.*$/gm, ''));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockkeeper-schema-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The state file as a broker left it. */
async function leftBehind(): Promise<DatabaseSync> {
  const store = await openSqliteStore({ folder });
  await store.commit({
    writes: [
      { noun: 'request', expected: 0, put: aRequest() },
      { noun: 'alert', expected: 0, put: anAlert() },
      { noun: 'release', expected: 0, put: aRelease() },
    ],
    audit: [anEvent()],
  });
  await store.history.appendOperations([anOperation('op-1')], NOON);
  await store.close();
  return new DatabaseSync(join(folder, 'state.db'));
}

describe('the life of each noun', () => {
  test.each<[string, Readonly<Record<string, readonly string[]>>]>([
    ['request', REQUEST],
    ['grant', GRANT],
    ['session', SESSION],
    ['alert', ALERT],
  ])('of a %s is the same in SQL as in broker/access', async (noun, next) => {
    const database = await leftBehind();
    const rows = database
      .prepare(
        `select prior || ' -> ' || next as way from valid_transition where noun = ? and prior <> ''`,
      )
      .all(noun)
      .map((row) => row['way']);
    database.close();
    const ways = Object.entries(next).flatMap(([prior, after]) =>
      after.map((state) => `${prior} -> ${state}`),
    );
    expect(rows.toSorted()).toEqual(ways.toSorted());
  });
});

describe('rules that hold even for who writes SQL into the file', () => {
  test.each([
    [
      'request_goes_on_validly',
      `update request set state = 'approved', version = 2, document = json_set(document, '$.state', 'approved', '$.version', 2);
      update request set state = 'pending', version = 3, document = json_set(document, '$.state', 'pending', '$.version', 3)`,
    ],
    [
      'request_version_rises_by_one',
      `update request set version = 3, document = json_set(document, '$.version', 3)`,
    ],
    [
      'request_document_says_the_same',
      `update request set version = 2, state = 'approved', document = json_set(document, '$.version', 2)`,
    ],
    ['request_is_never_deleted', 'delete from request'],
    ['alert_is_never_deleted', 'delete from alert'],
    ['release_is_never_deleted', 'delete from release'],
    [
      'release_is_never_changed',
      `update release set verdict = 'allow', document = json_set(document, '$.verdict', 'allow')`,
    ],
    ['audit_leaf_is_never_deleted', 'delete from audit_leaf'],
    [
      'audit_leaf_is_never_changed',
      `update audit_leaf set actor = 'otto', leaf = json_set(leaf, '$.actor', 'otto')`,
    ],
    [
      'audit_leaf_follows_the_last',
      `insert into audit_leaf select 2, actor, subject, leaf from audit_leaf`,
    ],
  ])('%s', async (rule, sql) => {
    const database = await leftBehind();
    expect(() => database.exec(sql)).toThrow(rule);
    database.close();
  });
});

describe('the schema', () => {
  test('every table is strict, every constraint is named, all of it is in lower case', () => {
    const sql = [...migrations('state'), ...migrations('history')].join('\n');
    const tables = sql.match(/create table[\s\S]*?;\n/g) ?? [];
    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables) expect(table).toMatch(/\) strict(, without rowid)?;\n$/);
    const rules =
      /(?:constraint \w+\s+)?\b(?:check \(|unique[,\s]*$|unique,|primary key|foreign key)/gm;
    const found = tables.flatMap((table) => table.match(rules) ?? []);
    expect(found.length).toBeGreaterThan(30);
    expect(found.filter((rule) => !rule.startsWith('constraint'))).toEqual([]);
    expect(sql.replaceAll(/'[^']*'|\$\.\w+/g, '')).not.toMatch(/[A-Z]/);
  });

  test('a file that is up to date is opened without touching it, any number of times', async () => {
    const database = await leftBehind();
    const [before] = database.prepare('pragma schema_version').all();
    database.close();
    for (let round = 0; round < 2; round += 1) await (await openSqliteStore({ folder })).close();
    const again = new DatabaseSync(join(folder, 'state.db'));
    expect(again.prepare('pragma schema_version').all()).toEqual([before]);
    again.close();
  });

  test('a file of a newer broker is refused, untouched, with what to do', async () => {
    const database = await leftBehind();
    const known = Number(database.prepare('pragma user_version').get()?.['user_version']);
    database.exec('pragma user_version = 99');
    database.close();
    await expect(openSqliteStore({ folder })).rejects.toThrow(
      /has schema 99, and this broker knows up to \d+; start the newer broker/,
    );
    // The refusal let go of the folder.
    const again = new DatabaseSync(join(folder, 'state.db'));
    again.exec(`pragma user_version = ${known}`);
    again.close();
    await (await openSqliteStore({ folder })).close();
  });

  test('a state file that is no database is refused', async () => {
    writeFileSync(join(folder, 'state.db'), 'x'.repeat(8192));
    await expect(openSqliteStore({ folder })).rejects.toMatchObject({ code: 'store' });
  });

  test('no statistics are kept: with them SQLite takes the wrong index for open alerts', async () => {
    const database = await leftBehind();
    const rows = database.prepare(`select name from sqlite_schema where name like 'sqlite_stat%'`);
    expect(rows.all()).toEqual([]);
    database.close();
  });

  test('history lies in a file for its month', async () => {
    (await leftBehind()).close();
    const files = readdirSync(folder).filter((name) => /^history-.*\.db$/.test(name));
    expect(files).toEqual(['history-2026-11.db']);
  });
});

describe('indexes', () => {
  test.each([
    [
      'alert_open_by_time',
      `select id from alert where status in ('new', 'acknowledged') and status <> 'closed' and severity >= 50
      and (first_seen, seq) < (9, 9) order by first_seen desc, seq desc limit 51`,
    ],
    [
      'alert_closed_by_time',
      `select id from alert where status = 'closed' and status in ('closed') and severity >= 50
        order by first_seen desc, seq desc limit 51`,
    ],
    [
      'alert_by_time',
      'select id from alert where (first_seen, seq) < (9, 9) order by first_seen desc, seq desc limit 51',
    ],
    [
      'alert_of_dedup_key',
      `select id from alert where origin = 'broker' and dedup_key = 'k' order by seq desc limit 1`,
    ],
    [
      'session_open',
      `select id from session where state <> 'ended' and state in ('active', 'grace') order by seq desc limit 51`,
    ],
    ['lock_in_force', 'select id from lock where lifted_at is null order by seq desc limit 51'],
    [
      'grant_living',
      `select id from grant where state in ('scheduled', 'active') and state in ('active', 'scheduled') order by seq desc limit 51`,
    ],
    [
      'audit_leaf_of_subject',
      `select leaf from audit_leaf where subject = 's' order by position desc limit 51`,
    ],
  ])('%s serves its list without sorting', async (index, sql) => {
    const database = await leftBehind();
    const plan = database
      .prepare(`explain query plan ${sql}`)
      .all()
      .map((row) => String(row['detail']));
    database.close();
    expect(plan.join('\n')).toContain(`INDEX ${index}`);
    expect(plan.join('\n')).not.toContain('TEMP B-TREE');
  });
});
