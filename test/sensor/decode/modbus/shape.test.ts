import { describe, expect, test } from 'vitest';
import { findFrame, REQUEST, RESPONSE, shapeOf } from '#sensor/decode/modbus/shape.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('an ADU may be', () => {
  const both = REQUEST | RESPONSE;
  test.for([
    ['03 0000 0001', REQUEST],
    ['03 02 0001', RESPONSE],
    ['83 02', RESPONSE],
    ['07', REQUEST],
    ['07 6d', RESPONSE],
    ['07 6d 00', 0],
    ['08 0000 a537', both],
    ['08 0000 a537 0001', both],
    ['08 0000 a5', 0],
    ['08 0004 0000', both],
    ['08 0013 0000', 0],
    ['0b', REQUEST],
    ['0b ffff 0108', RESPONSE],
    ['0c', REQUEST],
    ['0c 08 0000 0108 0121 20 00', RESPONSE],
    ['0c 05 0000 0108 01', 0],
    ['11', REQUEST],
    ['11 02 53ff', RESPONSE],
    ['11 03 53ff', 0],
    ['14 07 06 0004 0001 0002', REQUEST],
    ['14 06 05 06 0dfe 0020', RESPONSE],
    ['14 07 07 0004 0001 0002', 0],
    ['15 09 06 0004 0007 0001 06af', both],
    ['15 08 06 0004 0007 0001 06af', 0],
    ['16 0004 00f2 0025', both],
    ['16 0004 00f2 00', 0],
    ['18 04de', REQUEST],
    ['18 0006 0002 01b8 1284', RESPONSE],
    ['18 0006 0001 01b8 1284', 0],
    ['2b 0d 01', both],
    ['2b 0e 01 00', REQUEST],
  ] as const)('%s: %i', ([pdu, shape]) => {
    const body = hex(pdu);
    const adu = Buffer.concat([hex('0001 0000'), Buffer.of(0, body.length + 1, 1), body]);
    expect(shapeOf(adu, 0, adu.length)).toBe(shape);
  });
});

describe('after a gap', () => {
  test.for([
    ['four small registers are no request', '0000 0000 0002 0007 0000', REQUEST, -1],
    ['nor a response', '0001 0000 0003 0007 0005', RESPONSE, -1],
    [
      'a short request is one before another',
      '0001 0000 0002 0107 0002 0000 0002 0107',
      REQUEST,
      0,
    ],
    ['a longer one is one by itself', 'ff 0001 0000 0006 0103 0000 0001', REQUEST, 1],
  ] as const)('%s', ([, bytes, role, place]) => {
    const buffer = hex(bytes);
    expect(findFrame(buffer, 0, buffer.length, role)).toBe(place);
  });
});
