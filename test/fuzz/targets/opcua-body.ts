import { parseRequest } from '#sensor/decode/opcua/parse-request.ts';
import { parseResponse } from '#sensor/decode/opcua/parse-response.ts';
import * as ua from '../../support/opcua.ts';
import type { Target } from '../target.ts';
import { promised } from './broken.ts';

const REQUEST = 0;
const TOKEN = Buffer.from('token');
const ALL_BITS = 0xff;

const request = (content: Buffer): Buffer => Buffer.concat([ua.u8(REQUEST), content]);
const response = (content: Buffer): Buffer => Buffer.concat([ua.u8(1), content]);

/** Type ids of every request and response, as messages name them. OPC 10000-6, annex A. */
const TYPE_IDS: readonly number[] = [
  ...[397, 422, 428, 437, 446, 452, 461, 467, 473, 479, 488, 494, 500, 506, 527, 533, 554, 560],
  ...[566, 615, 621, 631, 664, 673, 700, 712, 751, 763, 769, 775, 781, 787, 793, 799, 826, 832],
  ...[841, 847, 12_208, 12_211],
];

/** Encoding ids of what extension objects of the services hold: tokens, filters, history, notifications. */
const EXTENSION_IDS: readonly number[] = [
  ...[
    321, 324, 327, 940, 583, 586, 589, 592, 595, 598, 601, 605, 608, 611, 649, 652, 655, 658, 661,
  ],
  ...[669, 682, 685, 688, 691, 694, 697, 724, 727, 730, 733, 736, 739, 811, 820, 916, 919, 922],
];

const typeId = (id: number): Buffer => Buffer.from([1, 0, id & ALL_BITS, id >> 8]);

/** A byte that says whose message it is, and its body. */
export const OPCUA_BODY: Target = {
  name: 'opcua-body',
  promise: 'secrets are pairs within the bytes, and what is exact was read without a fault',
  most: 600,
  share: 300,
  words: [...TYPE_IDS.flatMap((id) => [typeId(id), typeId(id + 3)]), ...EXTENSION_IDS.map(typeId)],
  work: { each: 150, fixed: 2000 },
  seeds: [
    request(ua.readRequest(TOKEN, ['i=2258', 'ns=2;s=Boiler.SetPoint'])),
    response(ua.readResponse([ua.double(1.5), ua.texts(['a', 'b']), ua.byteString(TOKEN)])),
    request(ua.writeRequest(TOKEN, 'ns=2;i=5', ua.doubles([1, 2]))),
    response(ua.writeResponse(0, 0x803b_0000)),
    request(ua.browseRequest(TOKEN, ['i=85'])),
    request(
      ua.callRequest(TOKEN, { object: 'ns=2;i=1', method: 'ns=2;i=2', arguments: [ua.double(1)] }),
    ),
    response(ua.callResponse([ua.string('x')])),
    request(ua.createSessionRequest({ name: 'panel', uri: 'urn:hmi', nonce: TOKEN })),
    response(ua.createSessionResponse(TOKEN, TOKEN)),
    request(ua.activateSessionRequest(TOKEN, ua.userName('joe', 'secret'))),
    response(ua.activateSessionResponse(0, TOKEN)),
    request(ua.closeSessionRequest(TOKEN)),
    ...TYPE_IDS.map((id) => request(ua.body(id, ua.requestHeader(TOKEN), Buffer.alloc(40)))),
    ...TYPE_IDS.map((id) => response(ua.body(id + 3, ua.responseHeader(), Buffer.alloc(40)))),
  ],
  run: (bytes) => {
    const body = bytes.subarray(1);
    const read = bytes[0] === REQUEST ? parseRequest(body) : parseResponse(body);
    const { secrets, isExact, facts } = read;
    promised(secrets.length % 2 === 0, 'a secret has no end');
    for (let i = 0; i < secrets.length; i += 2) {
      const [from = -1, to = -1] = secrets.slice(i, i + 2);
      promised(from >= 0 && from <= to && to <= body.length, 'a secret lies beyond the bytes');
    }
    promised(!isExact || facts.every(({ name }) => name === 'opcua.text'), 'exact, with a fault');
  },
};
