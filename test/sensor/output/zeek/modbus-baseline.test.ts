import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { haveSharedCaptures, SHARED_CAPTURES } from '../../../support/captures.ts';
import { sensorRead } from '../../../support/sensor-read.ts';
import { cells, readZeekLog } from '../../../support/zeek-log.ts';

/** What Zeek with ICSNPP-Modbus wrote of its own example. */
const PEER = join(SHARED_CAPTURES, 'cisagov+icsnpp-modbus/testing');
const BASELINE = join(PEER, 'baseline/analyzer.basic');

/** Another clock, and names that are made up anew. */
const OWN = new Set(['ts', 'uid', 'modbus_detailed_link_id']);

describe.skipIf(!haveSharedCaptures())('the logs of ICSNPP-Modbus, row for row', () => {
  let folder = '';
  const ours = (name: string) => readZeekLog(join(folder, `${name}.log`));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockkeeper-zeek-'));
    const ran = sensorRead([join(PEER, 'traces/modbus_example.pcap'), '--zeek', folder]);
    expect(ran).toMatchObject({ code: 0, err: '' });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.for([
    'modbus_detailed',
    'modbus_mask_write_register',
    'modbus_read_write_multiple_registers',
  ])('%s.log', (name) => {
    const theirs = readZeekLog(join(BASELINE, `${name}.log`));
    const { fields, types, rows } = ours(name);
    expect(fields).toEqual(theirs.fields);
    expect(types).toEqual(theirs.types);
    const compared = fields.filter((field) => !OWN.has(field));
    expect(cells(rows, compared)).toEqual(cells(theirs.rows, compared));
    expect(rows).toHaveLength(theirs.rows.length);
  });

  test('conn.log, which newer versions have two more columns of', () => {
    const theirs = readZeekLog(join(BASELINE, 'conn.log'));
    const { fields, types, rows } = ours('conn');
    expect(fields).toEqual([...theirs.fields, 'ip_proto', 'community_id']);
    expect(types).toEqual([...theirs.types, 'count', 'string']);
    const compared = theirs.fields.filter((field) => !OWN.has(field));
    expect(cells(rows, compared)).toEqual(cells(theirs.rows, compared));
  });

  test('modbus.log, of which they kept the answers and not all columns', () => {
    const columns = ['id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'func', 'exception'];
    const theirs = readZeekLog(join(BASELINE, 'modbus.log'), ['ts', 'uid', ...columns]);
    const { fields, rows } = ours('modbus');
    expect(fields).toEqual([
      ...['ts', 'uid', ...columns.slice(0, 4)],
      ...['tid', 'unit', 'func', 'pdu_type', 'exception'],
    ]);
    const answers = rows.filter((row) => row.get('pdu_type') === 'RESP');
    expect(cells(answers, columns)).toEqual(cells(theirs.rows, columns));
    expect(rows).toHaveLength(2 * answers.length);
  });

  test('links rows of one exchange, and all of one connection', () => {
    const detailed = ours('modbus_detailed').rows.filter(
      (row) => row.get('modbus_detailed_link_id') !== '-',
    );
    const links = new Map(detailed.map((row) => [row.get('modbus_detailed_link_id'), row]));
    expect(links.size).toBe(5);
    for (const name of [
      'modbus_mask_write_register',
      'modbus_read_write_multiple_registers',
      'modbus_read_device_identification',
    ]) {
      for (const row of ours(name).rows) {
        const linked = links.get(row.get('modbus_detailed_link_id'));
        for (const field of ['uid', 'tid', 'unit', 'func']) {
          expect(linked?.get(field)).toBe(row.get(field));
        }
      }
    }
    const uids = new Set(ours('conn').rows.map((row) => row.get('uid')));
    expect(new Set(ours('modbus').rows.map((row) => row.get('uid')))).toEqual(uids);
    for (const uid of uids) expect(uid).toMatch(/^C[0-9A-Za-z]{14,18}$/);
  });

  test('modbus_read_device_identification.log, which they publish no example of', () => {
    const columns = ['request_response', 'device_id_code', 'object_id_code', 'object_id'];
    const { rows } = ours('modbus_read_device_identification');
    expect(
      rows.map((row) =>
        [...columns, 'conformity_level_code', 'object_value'].map((name) => row.get(name)),
      ),
    ).toEqual([
      ['REQUEST', '1', '0x00', 'VendorName', '-', '-'],
      ['RESPONSE', '1', '0x00', 'VendorName', '0x83', 'Zeek Modbus Test'],
      ['RESPONSE', '1', '0x01', 'ProductCode', '0x83', 'Protocol Parsing is fun!'],
      ['RESPONSE', '1', '0x02', 'MajorMinorVersion', '0x83', '1.2.3.6'],
    ]);
  });
});
