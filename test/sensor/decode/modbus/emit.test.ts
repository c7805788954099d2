import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitAdu, emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import { checkFrame } from '#sensor/decode/modbus/frame.ts';
import { parseRequest, parseResponse } from '#sensor/decode/modbus/parse.ts';
import { request, response } from '../../../support/modbus.ts';
import { runs } from '../../../support/runs.ts';

describe('parse . emit', () => {
  test('is the identity on requests', () => {
    fc.assert(
      fc.property(request, (pdu) => {
        expect(parseRequest(emitRequest(pdu))).toEqual({ pdu, faults: [] });
      }),
    );
  });

  test('is the identity on responses', () => {
    fc.assert(
      fc.property(response, (pdu) => {
        expect(parseResponse(emitResponse(pdu))).toEqual({ pdu, faults: [] });
      }),
    );
  });
});

describe('emit . parse', () => {
  const head = fc.constantFrom(
    ...[1, 3, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43, 90, 0x83, 0x90],
  );
  const small = fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 4, 6, 7, 14, 0xff), fc.nat(255)), {
    maxLength: 12,
  });
  const bytes = fc.tuple(head, small).map(([code, rest]) => Buffer.from([code, ...rest]));

  test('gives back the very bytes of each PDU without a fault', () => {
    let strict = 0;
    fc.assert(
      fc.property(bytes, (pdu) => {
        const asRequest = parseRequest(pdu);
        // Function 15 may come with rubbish in its unused bits; that is the next test.
        if (asRequest.faults.length === 0 && pdu[0] !== 15) {
          strict += 1;
          expect(emitRequest(asRequest.pdu)).toEqual(pdu);
        }
        const asResponse = parseResponse(pdu);
        if (asResponse.faults.length === 0) {
          strict += 1;
          expect(emitResponse(asResponse.pdu)).toEqual(pdu);
        }
      }),
      { numRuns: runs(5000) },
    );
    expect(strict).toBeGreaterThan(100);
  });

  test('writes the unused bits of the last coil byte as zero', () => {
    const parsed = parseRequest(Buffer.from('0f0013000301fd', 'hex'));
    expect(parsed.faults).toEqual([]);
    expect(emitRequest(parsed.pdu).toString('hex')).toBe('0f0013000301' + '05');
  });
});

describe('emitAdu', () => {
  test('frames a PDU', () => {
    const adu = emitAdu(0x1234, 17, Buffer.from('0300000001', 'hex'));
    expect(adu.toString('hex')).toBe('123400000006' + '11' + '0300000001');
    expect(checkFrame(adu)).toEqual({ kind: 'ok', value: 12, consumed: 12 });
  });

  test.for([0, 254])('refuses a PDU of %i bytes', (length) => {
    expect(() => emitAdu(1, 1, Buffer.alloc(length))).toThrow(RangeError);
  });

  test('refuses a number that does not fit its field, instead of cutting it', () => {
    expect(() => emitAdu(65_536, 1, Buffer.alloc(1))).toThrow(RangeError);
    expect(() =>
      emitRequest({ kind: 'write-single', functionCode: 6, address: 0, value: 65_536 }),
    ).toThrow(RangeError);
  });
});
