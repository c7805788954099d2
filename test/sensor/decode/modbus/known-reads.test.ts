import { describe, expect, test } from 'vitest';
import { KnownReads, MAX_KNOWN_READS, MAX_PAIRS } from '#sensor/decode/modbus/known-reads.ts';
import type { RoutineModbusReads } from '#sensor/model/event.ts';

function table() {
  const told: RoutineModbusReads[] = [];
  const known = new KnownReads({
    event: () => undefined,
    routine: (reads) => reads.protocol === 'modbus' && told.push(reads),
  });
  const server = { ip: '192.0.2.200', port: 502 };
  const pair = (ip: string): number => known.pair({ ip, port: 40_000 }, server);
  const ask = (at: number, of: number, block: number, functionAndUnit = 0x0301): boolean =>
    known.routine(of, functionAndUnit, block, [at], 0);
  return { known, told, pair, ask };
}

describe('KnownReads', () => {
  test('knows a question the second time, and each part of it matters', () => {
    const { pair, ask } = table();
    const [one, two] = [pair('192.0.2.1'), pair('192.0.2.2')];
    expect(ask(1, one, 0x0064_0002)).toBe(false);
    expect(ask(2, one, 0x0064_0002)).toBe(true);
    expect(ask(3, two, 0x0064_0002)).toBe(false);
    expect(ask(4, one, 0x0064_0003)).toBe(false);
    expect(ask(5, one, 0x0065_0002)).toBe(false);
    expect(ask(6, one, 0x0064_0002, 0x0302)).toBe(false);
    expect(ask(7, one, 0x0064_0002, 0x0401)).toBe(false);
    expect(pair('192.0.2.1')).toBe(one);
  });

  test('loses nothing while it grows', () => {
    const { known, told, pair, ask } = table();
    const of = pair('192.0.2.1');
    const questions = 10_000;
    for (let block = 0; block < questions; block++) expect(ask(1, of, block)).toBe(false);
    for (let block = 0; block < questions; block++) expect(ask(2, of, block)).toBe(true);
    known.flush();
    expect(told).toHaveLength(questions);
    expect(told.every(({ count, from, to }) => count === 1 && from === 2 && to === 2)).toBe(true);
    const blocks = new Set(told.map(({ address, quantity }) => address * 65_536 + quantity));
    expect(blocks.size).toBe(questions);
  });

  test('tells nothing twice', () => {
    const { known, told, pair, ask } = table();
    ask(1, pair('192.0.2.1'), 1);
    ask(2, pair('192.0.2.1'), 1);
    known.flush();
    known.flush();
    expect(told).toHaveLength(1);
  });

  test('is bounded: what finds no room is never routine', () => {
    const { pair, ask } = table();
    const of = pair('192.0.2.1');
    for (let block = 0; block < MAX_KNOWN_READS; block++) ask(1, of, block);
    expect(ask(2, of, MAX_KNOWN_READS)).toBe(false);
    expect(ask(3, of, MAX_KNOWN_READS)).toBe(false);
    expect(ask(4, of, 7)).toBe(true);
  });

  test('is bounded in pairs too', () => {
    const { pair, ask } = table();
    for (let i = 0; i < MAX_PAIRS; i++) pair(`client ${i}`);
    expect(pair('one more')).toBe(-1);
    expect(ask(1, -1, 1)).toBe(false);
    expect(ask(2, -1, 1)).toBe(false);
  });
});
