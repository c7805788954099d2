import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import { joinExchange, type Message } from '#sensor/decode/modbus/exchange.ts';
import type { ModbusResponse } from '#sensor/decode/modbus/pdu.ts';
import { plainExchange } from '#sensor/decode/modbus/plain-exchange.ts';
import { micros } from '#sensor/model/time.ts';
import { request, response } from '../../../support/modbus.ts';
import { answerTo } from '../../../support/modbus-answers.ts';

const CLIENT = { ip: '10.0.0.1', port: 40_000 };
const SERVER = { ip: '10.0.0.2', port: 502 };

const message = (pdu: Buffer, at: number, unitId = 7): Message => ({
  transactionId: 3,
  unitId,
  pdu,
  at: micros(at),
  frames: [at],
});

const parts = (asked: Message | undefined, answered: Message | undefined) =>
  ({
    client: CLIENT,
    server: SERVER,
    transport: 'tcp',
    framing: 'mbap',
    request: asked,
    response: answered,
    facts: [],
  }) as const;

describe('a plain exchange', () => {
  test('is what the whole parser makes of each plain read and write', () => {
    const plain = request.filter((asked) => answerTo(asked) !== undefined);
    fc.assert(
      fc.property(plain, (asked) => {
        const answer = answerTo(asked) as ModbusResponse;
        const both = parts(message(emitRequest(asked), 5), message(emitResponse(answer), 9));
        expect(plainExchange(both)).toEqual(joinExchange(both));
      }),
    );
  });

  test('is the same, or none, whatever was said', () => {
    const pdu = fc.oneof(request.map(emitRequest), response.map(emitResponse));
    const bent = fc.tuple(pdu, fc.nat(), fc.nat(255), fc.boolean()).map(([bytes, at, to, cut]) => {
      const copy = Buffer.from(bytes);
      copy[at % copy.length] = to;
      return cut ? copy.subarray(0, Math.max(1, at % copy.length)) : copy;
    });
    const plain = request.chain((asked) => {
      const answer = answerTo(asked);
      const said = [emitRequest(asked), answer === undefined ? undefined : emitResponse(answer)];
      return fc.tuple(
        fc.oneof(fc.constant(said[0] as Buffer), bent),
        fc.oneof(fc.constant(said[1] ?? Buffer.of(0x83, 2)), bent),
        fc.constantFrom(7, 8),
      );
    });
    fc.assert(
      fc.property(plain, ([asked, answered, unit]) => {
        const both = parts(message(asked, 5), message(answered, 4, unit));
        const quick = plainExchange(both);
        if (quick !== undefined) expect(quick).toEqual(joinExchange(both));
      }),
      { numRuns: 2000 },
    );
  });

  test('needs both halves, without anything to say about them', () => {
    const [asked, answered] = [Buffer.from('0600010002', 'hex'), Buffer.from('0600010002', 'hex')];
    const both = parts(message(asked, 1), message(answered, 2));
    expect(plainExchange(both)?.outcome).toBe('success');
    expect(plainExchange(parts(message(asked, 1), undefined))).toBeUndefined();
    expect(plainExchange(parts(undefined, message(answered, 2)))).toBeUndefined();
    expect(plainExchange({ ...both, framing: 'rtu' })).toBeUndefined();
    const strange = { name: 'modbus.response-mismatch', text: 'x' } as const;
    expect(plainExchange({ ...both, facts: [strange] })).toBeUndefined();
  });
});
