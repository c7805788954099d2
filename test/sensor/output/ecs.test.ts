import { describe, expect, test } from 'vitest';
import { micros } from '#sensor/model/time.ts';
import { EcsWriter } from '#sensor/output/ecs.ts';
import { Connection, hex } from '../../support/conversation.ts';

/** The documents of one request and its response, given as PDUs. */
function documents(asked: string, answered?: string) {
  const adu = (pdu: string) => {
    const bytes = hex(pdu);
    const head = hex('0007 0000 0000 11');
    head.writeUInt16BE(bytes.length + 1, 4);
    return Buffer.concat([head, bytes]);
  };
  const connection = new Connection({}).send(0, adu(asked));
  if (answered !== undefined) connection.send(1, adu(answered));
  connection.end('capture-end');
  const writer = new EcsWriter();
  return connection.events.map((event) => writer.document(event));
}

describe('the document of an exchange', () => {
  test('has the shape of docs/contracts.md', () => {
    expect(documents('10 0064 0002 04 0001 0002', '10 0064 0002')).toEqual([
      {
        '@timestamp': '1970-01-01T00:00:01.001000Z',
        event: {
          kind: 'event',
          category: ['network'],
          type: ['protocol'],
          action: 'modbus-write-multiple-registers',
          outcome: 'success',
          duration: 1_000_000,
        },
        network: {
          transport: 'tcp',
          protocol: 'modbus',
          community_id: '1:7dIWXqF3wTkwLn82hY3SLKGWuz0=',
        },
        source: { ip: '192.0.2.1', port: 40_000 },
        destination: { ip: '192.0.2.2', port: 502 },
        modbus: {
          transaction_id: 7,
          unit_id: 17,
          function: { code: 16, name: 'write-multiple-registers' },
          address: 100,
          quantity: 2,
          values: [1, 2],
        },
        lockkeeper: {
          frames: { request: [1], response: [2] },
          operation: {
            kind: 'write',
            object: 'holding registers 100-101 (40101-40102) of unit 17',
          },
        },
      },
    ]);
  });

  test.for([
    ['03 0000 0001', '83 02', { exception: { code: 2, name: 'illegal-data-address' } }],
    ['03 0000 0001', '83 09', { exception: { code: 9 } }],
    [
      '2b 0e 01 00',
      '2b 0e 01 01 00 00 00',
      { function: { code: 43, name: 'read-device-identification', sub_code: 14 } },
    ],
    ['2b 0d 01', '2b 0d 01', { function: { code: 43 } }],
    ['5a 00', '5a fe', { function: { code: 90 } }],
    [
      '17 0003 0001 000e 0001 02 00ff',
      '17 02 0009',
      {
        read: { address: 3, quantity: 1, values: [9] },
        write: { address: 14, quantity: 1, values: [255] },
      },
    ],
  ] as const)('%s answered by %s', ([asked, answered, modbus]) => {
    expect(documents(asked, answered)).toMatchObject([{ modbus }]);
  });

  test('leaves out what is not known, and writes no null', () => {
    const [document] = documents('03 0000 0001');
    expect(document).toMatchObject({ event: { outcome: 'unknown' } });
    expect(document).not.toHaveProperty('event.duration');
    expect(document).not.toHaveProperty('modbus.values');
    expect(document).not.toHaveProperty('lockkeeper.facts');
    expect(JSON.stringify(document)).not.toContain('null');
  });
});

test('the document of a fault names the frame and the fact', () => {
  const connection = new Connection({}).send(0, 'ff'.repeat(8));
  expect(connection.events.map((event) => new EcsWriter().document(event))).toMatchObject([
    {
      event: { action: 'conversation-fault' },
      lockkeeper: { frames: [1], facts: [{ name: 'modbus.other-protocol' }] },
    },
  ]);
});

test('the document of the health of the sensor says what was lost', () => {
  const health = {
    kind: 'health',
    at: micros(0),
    interface: 'eth1',
    received: 10,
    dropped: 2,
    facts: [{ name: 'sensor.loss', text: '2 of 12 packets were lost' }],
  } as const;
  expect(new EcsWriter().document(health)).toMatchObject({
    observer: { ingress: { interface: { name: 'eth1' } } },
    lockkeeper: { health: { received: 10, dropped: 2 }, facts: [{ name: 'sensor.loss' }] },
  });
});
