import { describe, expect, test } from 'vitest';
import { describeEvent } from '#sensor/detect/sentence.ts';
import { Connection, hex } from '../../../support/conversation.ts';

/** A header around a PDU. */
function adu(pdu: string, id = 1): Buffer {
  const bytes = hex(pdu);
  const header = Buffer.alloc(7);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(bytes.length + 1, 4);
  return Buffer.concat([header, bytes]);
}

function exchangeOf(asked: string, answered = '') {
  const connection = new Connection({}).send(0, adu(asked));
  if (answered !== '') connection.send(1, adu(answered));
  const [exchange] = connection.end('capture-end').exchanges;
  if (exchange === undefined) throw new Error('no exchange');
  return exchange;
}

const ascii = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
const SEAL = `01 ${'ab'.repeat(32)}`;

describe('a message of UMAS says', () => {
  test.for([
    ['what stops a controller', '5a 43 41 ff00', { code: 0x41, name: 'stop-plc', reserved: true }],
    ['what starts it', '5a 43 40 ff00', { code: 0x40, name: 'start-plc', reserved: true }],
    ['a code of no list', '5a 00 ee', { code: 0xee }],
    ['that it is alive', '5a 01 12', { code: 0x12, name: 'keep-alive', reserved: true }],
    [
      'who takes the reservation',
      `5a 00 10 434c0000 0f ${ascii('USER-714E74F21B')}`,
      { code: 0x10, name: 'take-plc-reservation', owner: 'USER-714E74F21B' },
    ],
    [
      'which memory is read',
      '5a 00 20 00 1300 6400 0000 9c00',
      { code: 0x20, name: 'read-memory-block', block: 19, offset: 100, length: 156 },
    ],
    [
      'how many variables are written',
      '5a 01 23 1bf47323 02 0200',
      { code: 0x23, name: 'write-variables', reserved: true, variables: 2 },
    ],
    [
      'which block of a program goes to the controller',
      '5a 01 31 0001 0200 0400 deadbeef',
      { code: 0x31, name: 'program-block-to-plc', reserved: true, block: 2, length: 4 },
    ],
    [
      'how many blocks there were',
      '5a 01 32 0001 0900',
      { code: 0x32, name: 'end-program-to-plc', reserved: true, blocks: 9 },
    ],
    [
      'that a program is asked for',
      '5a 01 33 0001 fb00',
      { code: 0x33, name: 'begin-program-from-plc', reserved: true, maxFrame: 251 },
    ],
    [
      'which block of it is asked for',
      '5a 01 34 0001 0300',
      { code: 0x34, name: 'program-block-from-plc', reserved: true, block: 3 },
    ],
    ['no more than its bytes', '5a 01 31 0001 02', { code: 0x31, name: 'program-block-to-plc' }],
    ['no name that is cut', '5a 00 10 434c0000 0f 55', { code: 0x10 }],
  ] as const)('%s', ([, asked, umas]) => {
    expect(exchangeOf(asked).modbus).toMatchObject({
      functionCode: 90,
      functionName: 'umas',
      umas,
    });
  });

  test('what is signed around it, and that it is', () => {
    const { modbus, operations, outcome } = exchangeOf(
      `5a 00 38 ${SEAL} 5a 43 41 ff00`,
      `5a 00 fe ${SEAL} 5a 43 fd 81`,
    );
    expect(modbus.umas).toEqual({
      code: 0x41,
      name: 'stop-plc',
      reserved: true,
      signed: true,
      status: 'error',
    });
    expect(operations).toMatchObject([{ kind: 'control' }]);
    expect(outcome).toBe('failure');
    expect(modbus.data).toEqual({ request: 'ff00', response: '81' });
  });

  test.for([
    ['that is cut', `5a 00 38 ${SEAL} 5a 43`],
    ['that is none', `5a 00 38 ${SEAL} 03 43 41`],
  ] as const)('that something is signed %s, which is taken to change something', ([, asked]) => {
    expect(exchangeOf(asked)).toMatchObject({
      modbus: { umas: { code: 0x38, name: 'signed-message' } },
      operations: [{ kind: 'configure' }],
    });
  });
});

describe('the answer says', () => {
  test('that it was done', () => {
    expect(exchangeOf('5a 43 41 ff00', '5a 43 fe')).toMatchObject({
      outcome: 'success',
      modbus: { umas: { name: 'stop-plc', status: 'ok' } },
      facts: [],
    });
  });

  test('that it was not, and what with', () => {
    const exchange = exchangeOf('5a c8 11', '5a c8 fd 8180c0c6');
    expect(exchange).toMatchObject({
      outcome: 'failure',
      modbus: { umas: { status: 'error' }, data: { response: '8180c0c6' } },
    });
    expect(describeEvent(exchange, (ip) => ip)).toBe(
      '192.0.2.1 tried to configure unit 0 (release-plc-reservation) on 192.0.2.2; 192.0.2.2 refused it with a UMAS error',
    );
  });

  test('that there is no UMAS, as an exception', () => {
    expect(exchangeOf('5a 00 02', 'da 01')).toMatchObject({
      outcome: 'failure',
      modbus: { umas: { name: 'read-id' }, exceptionCode: 1 },
    });
  });

  test('how long frames may be, and who holds the controller', () => {
    const answered = `5a 00 fe fd03 0006 00003200 0a030000 07 ${ascii('JOHN-PC')}`;
    expect(exchangeOf('5a 00 01 00', answered).modbus.umas).toMatchObject({
      maxFrame: 1021,
      owner: 'JOHN-PC',
    });
  });

  test('which device it is, which is its identity', () => {
    const answered = `5a 00 fe ${'00'.repeat(22)} 0e ${ascii('BMX P34 2020\x1b[')}`;
    expect(exchangeOf('5a 00 02', answered).modbus).toMatchObject({
      umas: { device: 'BMX P34 2020?[' },
      identity: { product: 'BMX P34 2020?[' },
    });
  });

  test('nothing of itself where nobody saw what was asked', () => {
    const connection = new Connection({}).send(1, adu('5a 43 fe bc')).end('capture-end');
    const [exchange] = connection.exchanges;
    expect(exchange?.modbus.umas).toEqual({ status: 'ok' });
    expect(exchange?.modbus.data).toBeUndefined();
  });
});

test('what hands out a key, or makes signatures, is not shown', () => {
  const taken = exchangeOf(`5a 00 10 434c0000 01 ${ascii('A')}`, '5a 00 fe bc');
  expect(taken.modbus.data).toEqual({ request: '434c00000141' });
  const nonces = exchangeOf('5a 00 6e 1122', '5a 00 fe 3344');
  expect(nonces.modbus.data).toBeUndefined();
  expect(JSON.stringify(exchangeOf('5a bc 41 ff00', '5a bc fe').modbus)).not.toContain('bc');
});

test.for([
  ['a request that is cut', '5a bc', ''],
  ['an answer that is cut', '5a 00 12', '5a bc'],
  ['a signed request that is cut', `5a 00 38 ${SEAL} 5a bc`, ''],
  ['the answer to a signed one that is cut', `5a 00 38 ${SEAL} 5a 00 12`, `5a 00 fe ${SEAL} 5a bc`],
] as const)('the key of a session is not shown of %s', ([, asked, answered]) => {
  const { modbus } = exchangeOf(asked, answered);
  expect(modbus.functionCode).toBe(90);
  expect(JSON.stringify(modbus.data ?? {})).not.toMatch(/bc|abab/);
});

test.for([
  [0x02, 'identify'],
  [0x04, 'read'],
  [0x10, 'configure'],
  [0x23, 'write'],
  [0x30, 'program'],
  [0x34, 'program'],
  [0x40, 'control'],
  [0x50, 'write'],
  [0xee, 'configure'],
] as const)('code %i is an operation on the device: %s', ([code, kind]) => {
  const { operations } = exchangeOf(`5a00${code.toString(16).padStart(2, '0')}`);
  expect(operations).toEqual([
    { kind, protocol: 'modbus', functionCode: 90, object: { kind: 'modbus-device', unit: 0 } },
  ]);
});

test('what it did is said in words', () => {
  const say = (asked: string) => describeEvent(exchangeOf(asked, '5a 43 fe'), (ip) => ip);
  expect(say('5a 43 41 ff00')).toBe('192.0.2.1 controlled unit 0 (stop-plc) on 192.0.2.2');
  expect(say('5a 43 23 1bf47323 01')).toBe(
    '192.0.2.1 wrote to unit 0 (write-variables) on 192.0.2.2',
  );
  expect(say('5a 43 31 0001 0200')).toBe(
    '192.0.2.1 programmed unit 0 (program-block-to-plc) on 192.0.2.2',
  );
});
