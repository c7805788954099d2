import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { haveSharedCaptures, SHARED_CAPTURES } from '../../../support/captures.ts';
import { sensorRead } from '../../../support/sensor-read.ts';
import { readZeekLog } from '../../../support/zeek-log.ts';

/** What Zeek with ICSNPP-OPCUA-Binary wrote of its own examples: without headers and links, times masked. */
const PEER = join(SHARED_CAPTURES, 'cisagov+icsnpp-opcua-binary/tests');
const COLUMNS = join(SHARED_CAPTURES, '_labels/icsnpp_opcua_baseline_columns.txt');

const have = haveSharedCaptures();
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function zeek(capture: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-opcua-'));
  folders.push(folder);
  expect(sensorRead([capture, '--zeek', folder])).toMatchObject({ code: 0 });
  return folder;
}

/** By the name of the log, those that they kept. */
const columnsOf = (): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...readFileSync(COLUMNS, 'utf8').matchAll(/^(\w+)\.log \(\d+ columns\): (.*)$/gm)].map(
      ([, name = '', columns = '']) => [name, columns.split(', ')] as const,
    ),
  );

/** Secrets that they tell and we do not, by column: what we say where there is one. */
const SECRET = new Set([
  'ext_obj_password',
  'auth_token_guid',
  'req_hdr_node_id_guid',
  'server_nonce',
  'client_nonce',
]);

const shown = (name: string, value: string): string =>
  SECRET.has(name) && value !== '-' && value !== '(empty)' ? '(redacted)' : value;

describe.skipIf(!have)('the logs of ICSNPP-OPCUA-Binary, row for row', () => {
  const cases = ['basic', 'no-handshake'] as const;
  const CAPTURES = {
    basic: 'traces/open62541_client-server_mainloop.pcap',
    'no-handshake': 'traces/open62541_client-server_mainloop-no-handshake.pcap',
  };
  const logs = !have
    ? []
    : cases.flatMap((name) =>
        readdirSync(join(PEER, 'baseline', `analyzer.${name}`)).map(
          (log) => [name, log.replace('.log', '')] as const,
        ),
      );
  const read = new Map<string, string>();
  const folderOf = (name: 'basic' | 'no-handshake'): string => {
    const known = read.get(name) ?? zeek(join(PEER, CAPTURES[name]));
    read.set(name, known);
    return known;
  };

  test.for(logs)('%s: %s.log', ([name, log]) => {
    const baseline = join(PEER, 'baseline', `analyzer.${name}`, `${log}.log`);
    const theirs = readZeekLog(baseline, columnsOf().get(log));
    const ours = readZeekLog(join(folderOf(name), `${log}.log`));
    const compared = theirs.fields.filter((field) => field !== 'uid');
    const told = (rows: typeof theirs.rows): string[] =>
      rows
        .map((row) =>
          compared
            .map((field) => shown(field, row.get(field) ?? '?'))
            .map((value) => value.replace(/^(0\.0{6}|\d{10}\.\d{6})$/, 'XXXXXXXXXX.XXXXXX'))
            .join('\t'),
        )
        .sort();
    expect(told(ours.rows)).toEqual(told(theirs.rows));
  });

  test('and of others those alone whose rows they did not keep', () => {
    const kept = new Set([
      'conn.log',
      'opcua_binary_variant_data.log',
      'opcua_binary_variant_metadata.log',
    ]);
    for (const name of cases) {
      const theirs = readdirSync(join(PEER, 'baseline', `analyzer.${name}`));
      const ours = readdirSync(folderOf(name)).filter((log) => !kept.has(log));
      expect(ours).toEqual(theirs.filter((log) => !kept.has(log)));
    }
  });

  test('link what belongs together', () => {
    const folder = folderOf('basic');
    const main = readZeekLog(join(folder, 'opcua_binary.log')).rows;
    const links = new Set(
      main.flatMap((row) => [row.get('req_opcua_link_id'), row.get('res_opcua_link_id')]),
    );
    let joined = 0;
    for (const log of readdirSync(folder)) {
      const { fields, rows } = readZeekLog(join(folder, log));
      if (!fields.includes('opcua_link_id')) continue;
      for (const row of rows) {
        expect(links).toContain(row.get('opcua_link_id'));
        joined++;
      }
    }
    expect(joined).toBeGreaterThan(20);
    const statuses = readZeekLog(join(folder, 'opcua_binary_status_code_detail.log')).rows;
    const details = new Set(statuses.map((row) => row.get('status_code_link_id')));
    expect(details.size).toBe(statuses.length);
    for (const row of main) {
      if (row.get('status_code_link_id') === '-') continue;
      expect(details).toContain(row.get('status_code_link_id'));
    }
  });
});

const USER_PASS = join(SHARED_CAPTURES, '_peers/opcua-none-userpass.pcap');

test.skipIf(!existsSync(USER_PASS))('no output tells the password of a user', () => {
  const folder = zeek(USER_PASS);
  const outputs = ['exchanges', 'alerts', 'assets', 'eve', 'stats'].flatMap((name) => [
    `--${name}`,
    join(folder, `${name}.json`),
  ]);
  const { code, out } = sensorRead([USER_PASS, ...outputs]);
  expect(code).toBe(0);
  const texts = [
    out,
    ...readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1')),
  ];
  const password = passwordOf(readFileSync(USER_PASS));
  expect(password.length).toBeGreaterThan(3);
  for (const text of texts) expect(text).not.toContain(password);
  expect(readFileSync(join(folder, 'opcua_binary_activate_session.log'), 'utf8')).toContain(
    '(redacted)',
  );
});

/** The text behind the user's name in the token that carries both. */
function passwordOf(capture: Buffer): string {
  const token = Buffer.from('0100440101', 'hex');
  let place = capture.indexOf(token) + token.length + 4;
  const next = (): string => {
    const from = place + 4;
    place = from + Math.max(0, capture.readInt32LE(place));
    return capture.toString('latin1', from, place);
  };
  const [, , password] = [next(), next(), next()];
  return password;
}
