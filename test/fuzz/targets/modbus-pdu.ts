import { isDeepStrictEqual } from 'node:util';
import { emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import { parseRequest, parseResponse } from '#sensor/decode/modbus/parse.ts';
import type { Target } from '../target.ts';
import { promised } from './broken.ts';

const REQUEST = 0;

const request = (hex: string): Buffer => Buffer.from(`00${hex.replaceAll(' ', '')}`, 'hex');
const response = (hex: string): Buffer => Buffer.from(`01${hex.replaceAll(' ', '')}`, 'hex');

/** A byte that says whose PDU it is, and the PDU. */
export const MODBUS_PDU: Target = {
  name: 'modbus-pdu',
  promise: 'what is read without a fault is written again, and read from that as it was',
  most: 300,
  share: 250,
  words: [],
  // A byte of coils is eight values, which are read, written and read again.
  work: { each: 3 * 8 + 8, fixed: 500 },
  seeds: [
    request('01 0013 0025'),
    response('01 05 cd6bb20e1b'),
    request('03 006b 0003'),
    response('03 06 022b00000064'),
    request('05 00ac ff00'),
    request('06 0001 0003'),
    request('08 0000 a537'),
    request('0f 0013 000a 02 cd01'),
    response('0f 0013 000a'),
    request('10 0001 0002 04 000a0102'),
    request('14 0e 06 0004 0001 0002 06 0003 0009 0002'),
    response('14 0c 05 06 0dfe0020 05 06 33cd0040'),
    request('15 0d 06 0004 0007 0003 06af04be100d'),
    request('16 0004 00f2 0025'),
    request('17 0003 0006 000e 0003 06 00ff00ff00ff'),
    response('18 0006 0002 01b81284'),
    request('2b 0e 01 00'),
    response('2b 0e 01 01 00 00 02 00 02 4142 01 01 43'),
    request('2b 0d 0102'),
    response('0c 08 0000 0108 0121 2000'),
    response('11 03 0aff01'),
    response('83 02'),
    request('5a 00 40 01 02'),
  ],
  run: (bytes) => {
    const pdu = bytes.subarray(1);
    if (bytes[0] === REQUEST) {
      const read = parseRequest(pdu);
      if (read.faults.length > 0) return;
      const again = parseRequest(emitRequest(read.pdu));
      promised(isDeepStrictEqual(again, read), 'a request is written as another');
    } else {
      const read = parseResponse(pdu);
      if (read.faults.length > 0) return;
      const again = parseResponse(emitResponse(read.pdu));
      promised(isDeepStrictEqual(again, read), 'a response is written as another');
    }
  },
};
