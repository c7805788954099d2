import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import { joinExchange } from '#sensor/decode/modbus/exchange.ts';
import type { ModbusExchange } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import { EcsWriter } from '#sensor/output/ecs.ts';
import { ExchangeLines } from '#sensor/output/exchange-lines.ts';
import { LineWriter } from '#sensor/output/lines.ts';
import { request, response } from '../../support/modbus.ts';
import { answerTo } from '../../support/modbus-answers.ts';

const CLIENTS = [
  { ip: '10.0.0.1', port: 40_000, mac: '00-00-5E-00-53-01' },
  { ip: '2001:db8::1', port: 0 },
];
const SERVER = { ip: '10.0.0.2', port: 502 };

const frames = fc.array(fc.oneof(fc.nat(99_999), fc.nat(2 ** 40)), { maxLength: 3 });

/** Mostly what a sound device answers, and then anything. */
const exchanges = fc
  .tuple(request, response, fc.boolean(), frames, frames)
  .chain(([asked, other, isSound, asking, answering]) =>
    fc.record({
      asked: fc.constant(asked),
      answer: fc.constant(isSound ? (answerTo(asked) ?? other) : other),
      asking: fc.constant(asking),
      answering: fc.constant(answering),
      at: fc.nat(2 ** 50),
      took: fc.oneof(fc.nat(9999), fc.nat(2 ** 40)),
      client: fc.constantFrom(...CLIENTS),
      id: fc.nat(65_535),
      unit: fc.nat(255),
    }),
  )
  .map(
    ({ asked, answer, asking, answering, at, took, client, id, unit }): ModbusExchange =>
      joinExchange({
        client,
        server: SERVER,
        transport: 'tcp',
        framing: 'mbap',
        request: {
          transactionId: id,
          unitId: unit,
          pdu: emitRequest(asked),
          at: micros(at),
          frames: asking,
        },
        response: {
          transactionId: id,
          unitId: unit,
          pdu: emitResponse(answer),
          at: micros(at + took),
          frames: answering,
        },
        facts: [],
      }),
  );

function linesOf(events: readonly ModbusExchange[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'exchange-lines-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const out = new LineWriter(join(folder, 'x'));
  const lines = new ExchangeLines(out, new EcsWriter());
  for (const event of events) lines.write(event);
  out.close();
  return readFileSync(join(folder, 'x'), 'utf8').split('\n').slice(0, -1);
}

test('each line is the document of the exchange', () => {
  const ecs = new EcsWriter();
  fc.assert(
    fc.property(fc.array(exchanges, { minLength: 20, maxLength: 60 }), (events) => {
      expect(linesOf(events)).toEqual(events.map((event) => JSON.stringify(ecs.document(event))));
    }),
    { numRuns: 30 },
  );
});

test('more than fits at once is written in its order', () => {
  const [event] = fc.sample(exchanges, { seed: 1, numRuns: 1 }) as [ModbusExchange];
  const many = Array.from({ length: 3000 }, (_, i) => ({
    ...event,
    frames: { request: [i], response: [i + 1] },
  }));
  const found = linesOf(many).map(
    (line) => (JSON.parse(line) as { lockkeeper: { frames: { request: number[] } } }).lockkeeper,
  );
  expect(found.map(({ frames: { request: asking } }) => asking[0])).toEqual(many.map((_, i) => i));
});
