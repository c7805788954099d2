import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkFrame,
  functionCode,
  MAX_ADU_LENGTH,
  pduOf,
  transactionId,
  unitId,
} from '#sensor/decode/modbus/frame.ts';
import { adu, cutAt } from '../../../support/modbus.ts';

/** Feeds `chunks` as TCP would and returns the ADUs found. */
function frames(chunks: readonly Buffer[]): string[] {
  const found: string[] = [];
  let rest: Buffer = Buffer.alloc(0);
  for (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const frame = checkFrame(rest);
      if (frame.kind !== 'ok') break;
      found.push(rest.toString('hex', 0, frame.consumed));
      rest = rest.subarray(frame.consumed);
    }
  }
  return found;
}

describe('checkFrame', () => {
  test.for([
    ['empty', '', { kind: 'incomplete', needed: 7 }],
    ['header only', '00010000000611', { kind: 'incomplete', needed: 5 }],
    ['read request', '000100000006110300000001', { kind: 'ok', value: 12, consumed: 12 }],
    ['more than one', '000100000002110700020000', { kind: 'ok', value: 8, consumed: 8 }],
    ['protocol id 1', '00010001', { kind: 'malformed', reason: 'protocolId', at: 2 }],
    ['protocol id 256', '00010100000611', { kind: 'malformed', reason: 'protocolId', at: 2 }],
    ['length 1', '000100000001', { kind: 'malformed', reason: 'length', at: 4 }],
    ['length 2', '0001000000021107', { kind: 'ok', value: 8, consumed: 8 }],
    ['length 254', '0001000000fe11', { kind: 'incomplete', needed: 253 }],
    ['length 255', '0001000000ff11', { kind: 'malformed', reason: 'length', at: 4 }],
  ] as const)('%s', ([, hex, expected]) => {
    expect(checkFrame(Buffer.from(hex, 'hex'))).toEqual(expected);
  });

  test('never throws, whatever the bytes, and its accessors do not after ok', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), adu), (bytes) => {
        const buffer = Buffer.from(bytes);
        const frame = checkFrame(buffer);
        if (frame.kind !== 'ok') return;
        expect(frame.value).toBeLessThanOrEqual(MAX_ADU_LENGTH);
        const whole = buffer.subarray(0, frame.value);
        expect([transactionId(whole), unitId(whole), functionCode(whole)]).toEqual([
          whole.readUInt16BE(0),
          whole[6],
          pduOf(whole)[0],
        ]);
      }),
    );
  });

  test('finds the same frames however TCP cuts the stream', () => {
    fc.assert(
      fc.property(fc.array(adu, { maxLength: 8 }), fc.array(fc.nat(2000)), (adus, cuts) => {
        expect(frames(cutAt(Buffer.concat(adus), cuts))).toEqual(
          adus.map((a) => a.toString('hex')),
        );
      }),
    );
  });
});
