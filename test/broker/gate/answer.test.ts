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
  ['05 0003 ff00', '05 0003 ff00', true],
  ['05 0003 ff00', '05 0003 0000', false],
  ['10 0064 0001 02 0007', '10 0064 0001', true],
  ['10 0064 0001 02 0007', '10 0064 0002', false],
  ['17 0000 0001 0064 0001 02 0007', '17 02 0001', true],
  ['17 0000 0001 0064 0001 02 0007', '17 04 0001 0002', false],
  ['2b 0e 01 00', '2b 0e 01 01 00 00 00', true],
  ['2b 0e 01 00', '2b 0e 02 01 00 00 00', false],
  // The gate passes none of these on, so that nothing answers them.
  ['07', '07 6d', false],
  ['08 0000 a537', '08 0000 a537', false],
  ['0b', '0b ffff 0108', false],
  ['0c', '0c 08 0000 0108 0121 20 00', false],
  ['11', '11 02 53ff', false],
  ['14 07 06 0004 0001 0002', '14 06 05 06 0dfe 0020', false],
  ['15 09 06 0004 0007 0001 06af', '15 09 06 0004 0007 0001 06af', false],
  ['16 0004 00f2 0025', '16 0004 00f2 0025', false],
  ['18 04de', '18 0006 0002 01b8 1284', false],
  ['2b 0d 01', '2b 0d 01', false],
  ['41 01', '41 01', false],
])('%s is answered by %s: %s', ([asked, answered, fits]) => {
  const { pdu: request } = parseRequest(hex(asked));
  const { pdu: response, faults } = parseResponse(hex(answered));
  expect(faults).toEqual([]);
  expect(answerTo(request, response) !== undefined).toBe(fits);
});
