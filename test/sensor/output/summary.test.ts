import { describe, expect, test } from 'vitest';
import { micros } from '#sensor/model/time.ts';
import type { TypedValue } from '#sensor/model/typed-value.ts';
import { type SummaryParts, summaryText } from '#sensor/output/summary.ts';
import { Survey } from '#sensor/output/survey.ts';
import { Connection } from '../../support/conversation.ts';

const READ = '0001 0000 0006 01 03 0064 0002';
const VALUES = '0001 0000 0007 01 03 04 000a 000b';
const WRITE = '0002 0000 0006 01 06 0064 05dc';

function surveyOf(connection: Connection): Survey {
  const survey = new Survey();
  connection.flush();
  for (const event of connection.events) survey.event(event);
  for (const reads of connection.routine) survey.routine(reads);
  return survey;
}

const summary = (survey: Survey, more: Partial<SummaryParts> = {}): string =>
  summaryText({
    files: ['plant.pcap'],
    packets: 1234,
    bytes: 56_789,
    from: micros(1_767_225_600_000_000),
    to: micros(1_767_225_600_000_000 + 93_784_000_000),
    survey,
    assets: [],
    exchanges: 0,
    alerts: [],
    unread: new Map(),
    warnings: [],
    ansi: false,
    ...more,
  });

describe('the summary', () => {
  test('says what devices are and what the values are that the policy names', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    const survey = new Survey();
    for (const exchange of connection.exchanges) {
      const typed = Array.from(
        { length: 9 },
        (_, i): TypedValue => ({
          table: 'holding-registers',
          address: 100 + i,
          number: `${40_101 + i}`,
          name: `level-${i}`,
          type: 'int16',
          value: i,
          unit: 'mm',
        }),
      );
      for (const [unitId, vendor] of [
        [1, 'Acme'],
        [2, 'Acme'],
        [3, 'Other'],
      ] as const) {
        survey.event({
          ...exchange,
          modbus: { ...exchange.modbus, unitId, typed, identity: { vendor } },
        });
      }
    }
    const text = summary(survey);
    expect(text).toContain('Acme, and 1 other device');
    expect(text).toContain('values  level-0 0 mm, level-1 1 mm');
    expect(text).toContain('level-7 7 mm and 1 more');
  });

  test('of a capture without Modbus', () => {
    expect(summary(new Survey())).toBe(
      [
        'plant.pcap: 1,234 packets, 56.8 kB',
        'from 2026-01-01 00:00:00 to 2026-01-02 02:03:04 UTC, 1 d 2 h 3 min 4 s',
        'no Modbus or OPC UA in it',
        '',
      ].join('\n'),
    );
  });

  test('counts routine reads too', () => {
    const connection = new Connection({});
    for (let i = 0; i < 1000; i++) connection.send(0, READ).send(1, VALUES);
    connection.send(0, WRITE).send(1, WRITE);
    const text = summary(surveyOf(connection), { exchanges: connection.counters.exchanges });
    expect(text).toContain('1,001 Modbus exchanges between 1 client and 1 server');
    expect(text).toContain('192.0.2.2:502  unit 1\n');
    expect(text).toContain('192.0.2.1  writes   holding registers 100  1×\n');
    expect(text).toContain('reads    holding registers 100-101  1,000×\n');
  });

  test('names files, and what is asked of a device', () => {
    const LISTEN = '0001 0000 0006 01 08 0004 0000';
    const STATUS = '0002 0000 0002 01 07';
    const FILE = '0003 0000 000c 01 15 09 06 0004 0007 0001 06af';
    const connection = new Connection({}).send(0, LISTEN);
    connection.send(0, STATUS).send(1, '0002 0000 0003 01 07 6d');
    connection.send(0, FILE).send(1, FILE).end();
    const text = summary(surveyOf(connection));
    expect(text).toContain('writes   file 4  1×\n');
    expect(text).toContain('reads    read-exception-status  1×\n');
    expect(text).toContain('calls    force-listen-only-mode  1×\n');
  });

  test('names what was wrong, with its first frame', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    connection.send(0, '0003 0000 0006 01 03 0000 0000').send(1, '0003 0000 0003 01 83 03');
    const text = summary(surveyOf(connection));
    expect(text).toContain('refused: illegal-data-value 1×');
    expect(text).toContain(
      'What was not as it should be\n  modbus.quantity  1×  quantity 0 is outside 1-125 of function 3, first in frame 3\n',
    );
  });

  test('says what could not be read', () => {
    const unread = new Map([
      ['ip-fragment', 2],
      ['arp-short', 0],
    ]);
    expect(summary(new Survey(), { unread, warnings: ['plant.pcap: was cut'] })).toContain(
      'Not read\n  2 packets: ip-fragment\n  plant.pcap: was cut\n',
    );
  });

  test('uses the codes of a terminal only where there is one', () => {
    expect(summary(new Survey())).not.toContain('\x1b');
    expect(summary(new Survey(), { ansi: true })).toContain('\x1b[1mplant.pcap\x1b[0m');
  });

  test('lists a scan of many servers only in part', () => {
    const survey = new Survey();
    const [exchange] = new Connection({}).send(0, READ).send(1, VALUES).exchanges;
    if (exchange === undefined) throw new Error('no exchange');
    for (let i = 1; i <= 200; i++) {
      survey.event({ ...exchange, server: { ip: `192.0.2.${i}`, port: 502 } });
    }
    const text = summary(survey);
    expect(text).toContain('1 client and 200 servers');
    expect(text).toContain('and 184 more servers; --assets - lists them all');
    expect(text.split('\n').length).toBeLessThan(70);
    expect(text).not.toContain('told apart');
  });

  test('says how much it does not tell apart', () => {
    const survey = new Survey();
    const [exchange] = new Connection({}).send(0, READ).send(1, VALUES).exchanges;
    if (exchange === undefined) throw new Error('no exchange');
    for (let i = 0; i < 1027; i++) {
      const ip = `192.0.${2 + (i >> 8)}.${i & 255}`;
      survey.event({ ...exchange, server: { ip, port: 502 } });
    }
    expect(summary(survey)).toContain(
      'and 3 exchanges of more servers and clients than are told apart',
    );
  });
});
