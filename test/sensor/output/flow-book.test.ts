import { describe, expect, test } from 'vitest';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import type { FlowRecord } from '#sensor/model/flow.ts';
import { micros } from '#sensor/model/time.ts';
import { FlowBook, linkId } from '#sensor/output/flow-book.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { capturedPacket, tcpFrame, udpFrame } from '../../support/packets.ts';

const START = 1_700_000_000_000_000;
const READ = Buffer.from('000100000006010300640001', 'hex');
const VALUE = Buffer.from('00010000000501030200ff', 'hex');

const CLIENT = { from: '192.0.2.7', to: '192.0.2.10', sourcePort: 40_000, destinationPort: 502 };
const SERVER = { from: '192.0.2.10', to: '192.0.2.7', sourcePort: 502, destinationPort: 40_000 };

/** Reads frames a second apart; gives events and flows with their names. */
function read(frames: readonly Buffer[]) {
  const book = new FlowBook();
  const events: { readonly event: SensorEvent; readonly uid: string | undefined }[] = [];
  const flows: { readonly flow: FlowRecord; readonly uid: string; readonly exchanges: number }[] =
    [];
  const pipeline = createPipeline({
    detect: (event) => event,
    event: (event) => {
      if (event.kind === 'exchange') book.exchange(event);
      if (event.kind !== 'health') events.push({ event, uid: book.of(event.client)?.uid });
    },
    routine: () => undefined,
    servers: new KnownServers(),
    flows: {
      opened: (opening) => book.opened(opening),
      ended: (flow) => {
        const { uid, exchanges } = book.ended(flow);
        flows.push({ flow, uid, exchanges });
      },
    },
    everything: true,
    seed: 1,
  });
  for (const [i, frame] of frames.entries()) {
    pipeline.packet(capturedPacket(frame, i + 1, START + i * 1_000_000));
  }
  pipeline.finish(micros(START + frames.length * 1_000_000));
  return { events, flows };
}

/** One connection with an exchange, whose client begins at `sequence`. */
const connection = (sequence: number): readonly Buffer[] => [
  tcpFrame({ ...CLIENT, flags: 2, sequence }),
  tcpFrame({ ...SERVER, flags: 18, sequence: 900, acknowledgment: sequence + 1 }),
  tcpFrame({ ...CLIENT, sequence: sequence + 1, acknowledgment: 901, payload: READ }),
  tcpFrame({ ...SERVER, sequence: 901, acknowledgment: sequence + 13, payload: VALUE }),
];

describe('names of flows', () => {
  test('are those of the connection that an event is of, also where its ends begin anew', () => {
    const { events, flows } = read([...connection(100), ...connection(50_000)]);
    expect(events.map(({ event }) => event.kind)).toEqual(['exchange', 'exchange']);
    expect(flows.map(({ flow }) => flow.reason)).toEqual(['replaced', 'capture-end']);
    expect(events.map(({ uid }) => uid)).toEqual(flows.map(({ uid }) => uid));
    expect(new Set(flows.map(({ uid }) => uid)).size).toBe(2);
    expect(flows.map(({ exchanges }) => exchanges)).toEqual([1, 1]);
  });

  test('hold over UDP', () => {
    const { events, flows } = read([
      udpFrame({ ...CLIENT, sourcePort: 5000, destinationPort: 53, payload: Buffer.from('name') }),
      udpFrame({ ...CLIENT, payload: READ }),
      udpFrame({ ...SERVER, payload: VALUE }),
    ]);
    expect(events).toMatchObject([{ event: { transport: 'udp' } }]);
    const modbus = flows.find(({ exchanges }) => exchanges > 0);
    expect(modbus?.uid).toBe(events[0]?.uid);
    expect(modbus?.flow).toMatchObject({
      transport: 'udp',
      history: 'Dd',
      originator: { endpoint: { port: 40_000 }, bytes: 12 },
    });
    expect(flows).toHaveLength(2);
  });

  test('are the same for the same flow, and others for another start', () => {
    const uids = (): readonly string[] => read(connection(100)).flows.map(({ uid }) => uid);
    expect(uids()).toEqual(uids());
    const [late] = read([tcpFrame({ from: '192.0.2.9', flags: 2 }), ...connection(100)]).flows;
    expect(uids()).not.toContain(late?.uid);
  });
});

test('links have the sixteen letters that their readers know', () => {
  const links = Array.from({ length: 200 }, (_, i) => linkId('C1', i));
  expect(new Set(links).size).toBe(200);
  for (const link of links) expect(link).toMatch(/^[0-9A-Za-z]{16}$/);
});
