import { expect, test } from 'vitest';
import { answerTo } from '#broker/gate/answer.ts';
import { parseRequest, parseResponse } from '#sensor/decode/modbus/parse.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Request, response, and whether the one answers the other. */
test.for<[string, string, boolean]>([
  ['03 0064 0002', '03 04 0001 0002', true],
  ['03 0064 0002', '03 02 0001', false],
  ['03 0064 0002', '04 04 0001 0002', false],
  ['03 0064 0002', '83 02', true],
  ['03 0064 0002', '84 02', false],
  ['01 0000 000a', '01 02 ff03', true],
  ['01 0000 000a', '01 01 ff', false],
  ['06 0064 0001', '06 0064 0001', true],
  ['06 0064 0001', '06 0064 0002', false],
  ['07', '07 6d', true],
  ['0b', '0b ffff 0108', true],
  ['0c', '0c 08 0000 0108 0121 20 00', true],
  ['11', '11 02 53ff', true],
  ['08 0000 a537', '08 0000 a537', true],
  ['08 0000 a537', '08 0000 a538', false],
  ['08 000b 0000', '08 000b 0102', true],
  ['08 000b 0000', '08 000c 0102', false],
  ['08 0001 0000', '08 0001 0000', true],
  ['08 0001 0000', '08 0001 ff00', false],
  ['14 07 06 0004 0001 0002', '14 06 05 06 0dfe 0020', true],
  ['14 07 06 0004 0001 0002', '14 04 03 06 0dfe', false],
  ['14 07 06 0004 0001 0001', '14 08 03 06 0dfe 03 06 0dfe', false],
  ['15 09 06 0004 0007 0001 06af', '15 09 06 0004 0007 0001 06af', true],
  ['15 09 06 0004 0007 0001 06af', '15 09 06 0004 0007 0001 06ae', false],
  ['16 0004 00f2 0025', '16 0004 00f2 0025', true],
  ['16 0004 00f2 0025', '16 0004 00f2 0024', false],
  ['18 04de', '18 0006 0002 01b8 1284', true],
  // What nobody here understands is no answer to anything.
  ['2b 0d 01', '2b 0d 01', false],
  ['41 01', '41 01', false],
])('%s is answered by %s: %s', ([asked, answered, fits]) => {
  const { pdu: request } = parseRequest(hex(asked));
  const { pdu: response, faults } = parseResponse(hex(answered));
  expect(faults).toEqual([]);
  expect(answerTo(request, response) !== undefined).toBe(fits);
});
