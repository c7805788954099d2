import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readCaptureFile } from '#sensor/capture/file.ts';
import { micros } from '#sensor/model/time.ts';
import { TcpReassembler } from '#sensor/stream/reassembly.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView } from '#sensor/wire/packet-view.ts';
import { RecordedConnection } from '../../support/streams.ts';

const FOLDER = '../shared/captures/_derived/variants';
const have = existsSync(FOLDER);
if (!have) console.log(`${FOLDER} is not here: the shapes of one capture are not compared`);

/** What each direction of each connection carried, gaps as `[n]`. */
function streams(shape: string): Record<string, string> {
  const connections: RecordedConnection[] = [];
  const reassembler = new TcpReassembler({
    seed: 1,
    open: (connection) => {
      const recorded = new RecordedConnection(connection);
      connections.push(recorded);
      return recorded;
    },
  });
  const view = createPacketView();
  const result = readCaptureFile(`${FOLDER}/modbus_icsnpp.${shape}.pcap`, (packet) => {
    if (parsePacket(packet, view) === 'tcp') reassembler.segment(view, packet);
  });
  expect(result.kind).toBe('read');
  reassembler.finish(micros(0), 0);
  const heard: Record<string, string> = {};
  for (const { connection, text } of connections) {
    for (const side of [0, 1] as const) {
      const { ip, port } = connection.endpoint(side);
      if (text[side] !== '') heard[`${ip}:${port}`] = text[side];
    }
  }
  return heard;
}

const CLIENT = '127.0.0.1:47785';
const SERVER = '127.0.0.1:502';

describe.runIf(have)('one capture in many shapes', () => {
  const base = have ? streams('base') : {};

  test('carries 292 and 393 bytes in its main connection', () => {
    expect([base[CLIENT]?.length, base[SERVER]?.length]).toEqual([292, 393]);
    expect(Object.keys(base)).toHaveLength(4);
  });

  test.for([
    'dup',
    'gretap',
    'nosyn',
    'ooo',
    'overlap',
    'qinq',
    'qinq9100',
    'seg1',
    'seg7',
    'vlan100',
    'vxlan',
  ])('%s gives the same bytes', (shape) => {
    expect(streams(shape)).toEqual(base);
  });

  test('oneway gives those of the one direction', () => {
    const { [CLIENT]: client, ...rest } = streams('oneway');
    expect(client).toBe(base[CLIENT]);
    expect(rest[SERVER]).toBeUndefined();
  });

  test('gap misses 14 bytes of one direction and nothing else', () => {
    const heard = streams('gap');
    expect(heard[SERVER]).toBe(base[SERVER]);
    const [before = '', after = ''] = (heard[CLIENT] ?? '').split('[14]');
    expect(base[CLIENT]?.startsWith(before) && base[CLIENT].endsWith(after)).toBe(true);
    expect(before.length + after.length).toBe(292 - 14);
  });

  test('snap62 has no payload, and tells how much it misses', () => {
    const missed = (text = '') =>
      [...text.matchAll(/\[(\d+)\]/g)].reduce((sum, [, n]) => sum + Number(n), 0);
    const heard = streams('snap62');
    expect([missed(heard[CLIENT]), missed(heard[SERVER])]).toEqual([292, 393]);
  });

  test('cutfile gives the beginning', () => {
    const heard = streams('cutfile');
    expect(heard[CLIENT]?.length).toBeGreaterThan(100);
    expect(base[CLIENT]?.startsWith(heard[CLIENT] ?? '?')).toBe(true);
    expect(base[SERVER]?.startsWith(heard[SERVER] ?? '?')).toBe(true);
  });
});
