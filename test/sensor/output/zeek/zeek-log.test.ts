import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FlowEndState } from '#sensor/model/flow.ts';
import { micros } from '#sensor/model/time.ts';
import { connState } from '#sensor/output/zeek/conn-log.ts';
import { isLocal } from '#sensor/output/zeek/local-address.ts';
import { ZeekLog, type ZeekType, type ZeekValue, zeekText } from '#sensor/output/zeek/zeek-log.ts';

describe('a value in a log of Zeek', () => {
  test.for<readonly [ZeekType, ZeekValue, string]>([
    ['string', undefined, '-'],
    ['string', '', '(empty)'],
    ['string', '-', '\\x2d'],
    ['string', '(empty)', '\\x28empty)'],
    ['string', 'a\tb\nc\\d', 'a\\x09b\\x0ac\\x5cd'],
    ['string', 'Füllstand, hoch', 'Füllstand, hoch'],
    ['string', Buffer.from('0000', 'hex'), '\\x00\\x00'],
    ['string', Buffer.from('41ff5c', 'hex'), 'A\\xff\\x5c'],
    ['string', Buffer.from('ä'), 'ä'],
    ['bool', true, 'T'],
    ['bool', false, 'F'],
    ['count', 0, '0'],
    ['count', 18_446_744_073_709_551_615n, '18446744073709551615'],
    ['time', 1_595_660_608_237_857, '1595660608.237857'],
    ['time', 1_000_000, '1.000000'],
    ['interval', 6_324, '0.006324'],
    ['double', 500, '500.0'],
    ['double', 0.25, '0.25'],
    ['double', -1.5, '-1.5'],
    ['vector[count]', [1, 0, 2], '1,0,2'],
    ['vector[count]', [], '(empty)'],
    ['set[string]', ['a,b', '-', ''], 'a\\x2cb,\\x2d,(empty)'],
  ])('%s: %s is %s', ([type, value, text]) => {
    expect(zeekText(type, value)).toBe(text);
  });
});

describe('a log of Zeek', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockkeeper-zeek-log-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('has a header, rows and an end', () => {
    const log = new ZeekLog<{ at: number; what?: string }>(folder, 'some', [
      ['ts', 'time', ({ at }) => at],
      ['what', 'string', ({ what }) => what],
    ]);
    log.write({ at: 1_700_000_000_000_001, what: 'x' }, micros(1_700_000_000_000_001));
    log.write({ at: 1_700_000_060_000_000 }, micros(1_700_000_060_000_000));
    log.close();
    expect(readFileSync(join(folder, 'some.log'), 'utf8')).toBe(
      [
        '#separator \\x09',
        '#set_separator\t,',
        '#empty_field\t(empty)',
        '#unset_field\t-',
        '#path\tsome',
        '#open\t2023-11-14-22-13-20',
        '#fields\tts\twhat',
        '#types\ttime\tstring',
        '1700000000.000001\tx',
        '1700000060.000000\t-',
        '#close\t2023-11-14-22-14-20',
        '',
      ].join('\n'),
    );
  });

  test('without a row makes no file', () => {
    new ZeekLog(folder, 'none', []).close();
    expect(() => readFileSync(join(folder, 'none.log'))).toThrow('ENOENT');
  });

  test('that cannot be written says which and why', () => {
    mkdirSync(join(folder, 'taken.log'));
    const log = new ZeekLog<object>(folder, 'taken', []);
    expect(() => log.write({}, micros(0))).toThrow(
      `\`${join(folder, 'taken.log')}\` cannot be written: illegal operation on a directory`,
    );
  });
});

describe('the state of a connection', () => {
  const end = (state: FlowEndState, bytes = 0) => ({
    endpoint: { ip: '192.0.2.1', port: 1 },
    ...{ state, bytes, packets: 1, ipBytes: 40, frameBytes: 54, flags: 0 },
  });

  test.for<readonly [string, FlowEndState, FlowEndState, number?]>([
    ['S0', 'syn-sent', 'inactive'],
    ['S1', 'established', 'established'],
    ['SF', 'closed', 'closed'],
    ['REJ', 'syn-sent', 'reset'],
    ['REJ', 'syn-ack-sent', 'reset'],
    ['REJ', 'reset', 'reset'],
    ['RSTR', 'reset', 'reset', 5],
    ['S2', 'closed', 'established'],
    ['S3', 'established', 'closed'],
    ['RSTO', 'reset', 'established'],
    ['RSTR', 'established', 'reset'],
    ['RSTOS0', 'reset', 'inactive'],
    ['RSTOS0', 'reset', 'partial'],
    ['RSTRH', 'inactive', 'reset'],
    ['SH', 'closed', 'inactive'],
    ['SHR', 'inactive', 'closed'],
    ['OTH', 'partial', 'partial'],
    ['OTH', 'syn-sent', 'syn-sent'],
  ])('%s: %s and %s', ([state, originator, responder, bytes]) => {
    const flow = {
      transport: 'tcp',
      originator: end(originator, bytes),
      responder: end(responder),
    };
    expect(connState({ ...flow, transport: 'tcp' })).toBe(state);
  });

  test.for<readonly [string, FlowEndState, FlowEndState]>([
    ['S0', 'active', 'inactive'],
    ['SF', 'active', 'active'],
    ['SHR', 'inactive', 'active'],
    ['OTH', 'inactive', 'inactive'],
  ])('of UDP, %s: %s and %s', ([state, originator, responder]) => {
    const flow = { originator: end(originator), responder: end(responder) };
    expect(connState({ ...flow, transport: 'udp' })).toBe(state);
  });
});

test.for([
  ['127.0.0.1', true],
  ['192.168.1.6', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['3.15.227.20', false],
  ['::1', true],
  ['fe80::1', true],
  ['2001:db8::1', false],
] as const)('%s is local: %s', ([ip, local]) => {
  expect(isLocal(ip)).toBe(local);
});
