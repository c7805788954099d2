import { describe, expect, test } from 'vitest';
import { modbusDecoders } from '#sensor/decode/modbus/decoder.ts';
import { emitAdu, emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import type { Peers } from '#sensor/decode/protocol.ts';
import { MAX_WAITING_COST } from '#sensor/decode/waiting.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import type { Side } from '#sensor/stream/consumer.ts';

/** Requests that each connection may have open; see `MAX_PENDING`. */
const OPEN = 512;
/** One of the longest. */
const WRITE = emitRequest({
  kind: 'write-multiple',
  functionCode: 16,
  address: 0,
  quantity: 122,
  values: new Array<number>(122).fill(7),
});
const READ = emitRequest({ kind: 'read', functionCode: 3, address: 0, quantity: 1 });
const VALUES = emitResponse({ kind: 'registers', functionCode: 3, values: [1] });

function listen() {
  const events: SensorEvent[] = [];
  const sink = { event: (event: SensorEvent) => events.push(event), routine: () => undefined };
  const counters = { requests: 0, responses: 0, exchanges: 0, exceptions: 0 };
  const [decoder] = modbusDecoders({ sink, counters, everything: false });
  if (decoder === undefined) throw new Error('there is no decoder');
  const open = (port: number) => {
    const ends = [
      { ip: '192.0.2.7', port },
      { ip: '192.0.2.10', port: 502 },
    ] as const;
    const peers: Peers = {
      transport: 'tcp',
      client: 0,
      fromStart: true,
      port: (side) => ends[side].port,
      endpoint: (side) => ends[side],
      setClient: () => undefined,
      handTo: () => undefined,
      ignore: () => undefined,
    };
    const conversation = decoder.open(peers, 0);
    const say = (side: Side, pdu: Buffer, id: number): void => {
      const bytes = emitAdu(id, 1, pdu);
      const { length } = bytes;
      conversation.bytes({ side, bytes, offset: 0, place: 0, length, frame: 1, at: micros(1000) });
    };
    return { conversation, say };
  };
  const facts = (name: string): number =>
    events.flatMap((event) => event.facts).filter((fact) => fact.name === name).length;
  return { open, facts, events, counters };
}

/** Of so many connections the writes take more than the 64 MiB that all together may. */
const TOO_MANY = 320;

describe('writes that wait for their answer', () => {
  test('are kept, all together, only as far as there is room, and what is let go is told', () => {
    const { open, facts, events, counters } = listen();
    for (let port = 0; port < TOO_MANY; port++) {
      const { say } = open(port);
      for (let id = 0; id < OPEN; id++) say(0, WRITE, id);
    }
    const letGo = facts('modbus.memory-limit');
    expect(letGo).toBeGreaterThan(0);
    expect(events).toHaveLength(letGo);
    expect(counters.exchanges).toBe(letGo);
    // As many as there is room for still wait.
    const cost = WRITE.length + 200;
    const kept = TOO_MANY * OPEN - letGo;
    expect(kept * cost).toBeLessThanOrEqual(MAX_WAITING_COST);
    expect((kept + OPEN) * cost).toBeGreaterThan(MAX_WAITING_COST);
  });

  test('are let go, and not the polls that wait in front of them', () => {
    const { open, facts, events } = listen();
    for (let port = 0; port < TOO_MANY; port++) {
      const { say } = open(port);
      say(0, READ, 0);
      for (let id = 1; id < OPEN; id++) say(0, WRITE, id);
    }
    expect(facts('modbus.memory-limit')).toBeGreaterThan(0);
    const codes = events.map((event) => 'modbus' in event && event.modbus.functionCode);
    expect(new Set(codes)).toEqual(new Set([16]));
  });

  test('make room again once they are answered, given up, or their connection ends', () => {
    const { open, facts } = listen();
    for (let port = 0; port < TOO_MANY; port++) {
      const { conversation, say } = open(port);
      for (let id = 0; id < OPEN; id++) say(0, WRITE, id);
      if (port % 2 === 0) {
        const answer = emitResponse({
          kind: 'written',
          functionCode: 16,
          address: 0,
          quantity: 122,
        });
        for (let id = 0; id < OPEN; id++) say(1, answer, id);
      } else {
        conversation.end(0, 'finished', 2, micros(2000));
        conversation.end(1, 'finished', 2, micros(2000));
      }
    }
    expect(facts('modbus.memory-limit')).toBe(0);
  });

  test('cost nothing where a client only polls', () => {
    const { open, facts, events } = listen();
    for (let port = 0; port < TOO_MANY * 2; port++) {
      const { say } = open(port);
      for (let id = 0; id < OPEN; id++) say(0, READ, id);
      for (let id = 0; id < OPEN; id++) say(1, VALUES, id);
    }
    expect(facts('modbus.memory-limit')).toBe(0);
    expect(events.length).toBeLessThan(TOO_MANY * 2);
  });
});

test('answers that wait for their request are let go as well', () => {
  const { open, facts } = listen();
  const long = emitResponse({ kind: 'registers', functionCode: 3, values: new Array(125).fill(1) });
  for (let port = 0; port < 1800; port++) {
    const { say } = open(port);
    for (let id = 0; id < 64; id++) say(1, long, id);
  }
  expect(facts('modbus.memory-limit')).toBeGreaterThan(0);
});
