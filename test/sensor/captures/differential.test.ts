import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ModbusExchange } from '#sensor/model/event.ts';
import {
  haveSharedCaptures,
  isModbus,
  readCapture,
  SHARED_CAPTURES,
} from '../../support/captures.ts';

/**
 * Every Modbus message of every reference capture, against what tshark 4.0.17 made of it: frame,
 * direction, transaction, unit, function, exception, address, quantity.
 *
 * A difference is explained by one of these reasons or the test fails; so does a reason that explains
 * none any more.
 */
const REASONS = {
  'tshark does not decode what it takes for a retransmission': (d: Difference) =>
    // Its first copy is not in the capture, so the second is the only one there is.
    d.capture.endsWith('modbusBig.pcap') && d.only === 'ours' && d.message.startsWith('3150 '),
  'tshark reads the address of a function 22 without masks, we keep its bytes': (d: Difference) =>
    (d.capture.endsWith('modbus_test_data_part2.pcap') ||
      d.capture.endsWith('29-46:04-output.pcap')) &&
    / 22 - /.test(d.message) &&
    (d.only === 'tshark' ? d.message.endsWith(' 0 1') : d.truncated),
  'tshark guesses at a function 23 that is too short, we keep its bytes': (d: Difference) =>
    / 2[23] - /.test(d.message) &&
    (d.only === 'tshark' ? / (0\/-|0 1)$/.test(d.message) : d.truncated),
} as const;

interface Difference {
  readonly capture: string;
  readonly only: 'ours' | 'tshark';
  /** Frame, direction, transaction, unit, function, exception, address, quantity; `-` where there is none. */
  readonly message: string;
  /** Valid iff ours: the PDU is shorter than its function needs. */
  readonly truncated: boolean;
}

/** The one function whose request has an address and no quantity. */
const READ_FIFO = 24;

/** Servers of the reference captures that listen elsewhere. */
const SERVER_PORTS: ReadonlySet<string> = new Set(['502', '5020']);

/** The reference decodes, each with its capture, as the manifest names them. */
function references(): { readonly capture: string; readonly tsv: string }[] {
  const manifest = readFileSync(join(SHARED_CAPTURES, 'MANIFEST.csv'), 'utf8').split(/\r?\n/);
  return manifest.flatMap((line) => {
    const match = /^(_tshark\/[^,]*\.modbus\.tsv),.*reference decode of (.*)$/.exec(line);
    return match === null ? [] : [{ tsv: match[1] ?? '', capture: match[2] ?? '' }];
  });
}

function ourMessages({ modbus, frames, facts }: ModbusExchange) {
  const { transactionId, unitId, functionCode, exceptionCode, read, write } = modbus;
  const head = [transactionId, unitId, functionCode];
  const address = read === undefined ? modbus.address : `${read.address}/${write?.address ?? '-'}`;
  const asksQuantity = functionCode !== READ_FIFO;
  const quantity =
    read === undefined
      ? asksQuantity
        ? modbus.quantity
        : undefined
      : `${read.quantity}/${write?.quantity ?? '-'}`;
  const truncated = facts.some(({ name }) => name === 'modbus.truncated');
  const asked = [frames.request.at(-1), 'request', ...head, undefined, address, quantity];
  const answered = [frames.response.at(-1), 'response', ...head, exceptionCode];
  return [
    ...(frames.request.length > 0 ? [{ message: spell(asked), truncated }] : []),
    ...(frames.response.length > 0 ? [{ message: spell(answered), truncated }] : []),
  ];
}

const spell = (fields: readonly (number | string | undefined)[]): string =>
  Array.from({ length: 8 }, (_, i) => fields[i] ?? '-').join(' ');

/** The messages of one row. tshark puts the fields of all messages of a frame side by side. */
function tsharkMessages(row: ReadonlyMap<string, string>): string[] {
  const queue = (name: string): string[] => (row.get(name) || undefined)?.split('|') ?? [];
  const [exceptions, references, words, bits] = [
    queue('modbus.exception_code'),
    queue('modbus.reference_num'),
    queue('modbus.word_cnt'),
    queue('modbus.bit_cnt'),
  ];
  const [units, codes, lengths] = [
    queue('mbtcp.unit_id'),
    queue('modbus.func_code'),
    queue('mbtcp.len'),
  ];
  const answer = SERVER_PORTS.has(row.get('tcp.srcport') ?? '');
  const frame = row.get('frame.number');
  return queue('mbtcp.trans_id').map((transaction, i) => {
    const code = Number(codes[i]);
    const head = [frame, answer ? 'response' : 'request', transaction, units[i], code];
    if (answer) {
      if (lengths[i] === '3' && exceptions.length > 0) return spell([...head, exceptions.shift()]);
      if ([5, 6, 15, 16, 22].includes(code)) references.shift();
      if (code === 15) bits.shift();
      if (code === 16) words.shift();
      return spell(head);
    }
    if (code === 23) {
      const both = (what: string) =>
        `${queue(`modbus.read_${what}`).shift()}/${queue(`modbus.write_${what}`).shift() ?? '-'}`;
      return spell([...head, undefined, both('reference_num'), both('word_cnt')]);
    }
    if (code === READ_FIFO) return spell([...head, undefined, references.shift()]);
    if (![1, 2, 3, 4, 5, 6, 15, 16, 22].includes(code)) return spell(head);
    const counts = [1, 2, 15].includes(code) ? bits : words;
    const quantity = [5, 6, 22].includes(code) ? '1' : counts.shift();
    return spell([...head, undefined, references.shift(), quantity]);
  });
}

function rowsOf(tsv: string): ReadonlyMap<string, string>[] {
  const [head = '', ...rows] = readFileSync(join(SHARED_CAPTURES, tsv), 'utf8').split(/\r?\n/);
  const names = head.split('\t');
  return rows
    .filter((row) => row !== '')
    .map((row) => new Map(row.split('\t').map((value, i) => [names[i] ?? '', value])));
}

/** What only one of both has, each as often as it has it more. */
function compare(capture: string, tsv: string): { same: number; differences: Difference[] } {
  const ours = readCapture(join(SHARED_CAPTURES, capture)).events.flatMap((event) =>
    isModbus(event) ? ourMessages(event) : [],
  );
  const left = new Map<string, number>();
  for (const message of rowsOf(tsv).flatMap(tsharkMessages)) {
    left.set(message, (left.get(message) ?? 0) + 1);
  }
  const differences: Difference[] = [];
  for (const { message, truncated } of ours) {
    const count = left.get(message) ?? 0;
    if (count > 0) left.set(message, count - 1);
    else differences.push({ capture, only: 'ours', message, truncated });
  }
  const same = ours.length - differences.length;
  for (const [message, count] of left) {
    const missing = { capture, only: 'tshark', message, truncated: false } as const;
    differences.push(...Array.from({ length: count }, () => missing));
  }
  return { same, differences };
}

describe.runIf(haveSharedCaptures())('against tshark', () => {
  const explained = new Map<string, number>();
  let same = 0;

  test.for(haveSharedCaptures() ? references() : [])('$capture', ({ capture, tsv }) => {
    const result = compare(capture, tsv);
    same += result.same;
    expect(result.same).toBeGreaterThan(0);
    const unexplained = result.differences.filter((difference) => {
      const reason = Object.entries(REASONS).find(([, explains]) => explains(difference))?.[0];
      if (reason !== undefined) explained.set(reason, (explained.get(reason) ?? 0) + 1);
      return reason === undefined;
    });
    expect(unexplained).toEqual([]);
  });

  test('every reason explains something, and they explain hardly anything', () => {
    expect([...explained.keys()].sort()).toEqual(Object.keys(REASONS).sort());
    const total = [...explained.values()].reduce((sum, count) => sum + count, 0);
    expect(same).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(30);
  });
});
