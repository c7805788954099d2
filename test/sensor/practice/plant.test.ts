import { expect, test } from 'vitest';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { practicePlant } from '#sensor/practice/plant.ts';
import { T0 } from '../../support/exchange.ts';

test('the plant for practice is one that is read without a fault, polls and writes', () => {
  const events: SensorEvent[] = [];
  const pipeline = createPipeline({
    detect: (event) => event,
    event: (event) => events.push(event),
    routine: () => undefined,
    servers: new KnownServers(),
    everything: true,
    seed: 1,
  });
  let packets = 0;
  practicePlant(2000, T0, (packet) => {
    packets++;
    pipeline.packet(packet);
  });
  pipeline.finish(micros(T0 + 1_000_000));
  const { wire, stream, decode } = pipeline.counters;
  expect(packets).toBeGreaterThanOrEqual(2000);
  expect(wire.kinds.tcp).toBe(packets);
  expect(stream).toMatchObject({ connections: 40, gaps: 0, retransmissions: 0 });
  const counts = decode.get('modbus');
  expect(counts?.requests).toBeGreaterThan(600);
  expect(counts?.responses).toBe(counts?.requests);
  expect(events.flatMap(({ facts }) => facts)).toEqual([]);
  const writes = events.filter(
    (event) => 'operations' in event && event.operations[0]?.kind === 'write',
  );
  expect(writes.length / events.length).toBeCloseTo(0.1, 1);
});
