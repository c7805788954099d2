import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createPlantWatch } from '#sensor/judge/plant-watch.ts';
import { loadOrSay } from '#sensor/run/command.ts';
import { type ExchangeShape, exchange, write } from '../../support/exchange.ts';
import { opcuaExchange, toNode } from '../../support/opcua-exchange.ts';

const TEXT = readFileSync('policies/example-plant.yaml', 'utf8');

function watch(text = TEXT) {
  const plant = loadOrSay(text, 'plant.yaml');
  if (typeof plant === 'string') throw new Error(plant);
  const created = createPlantWatch();
  created.use(plant);
  return created;
}

const HMI = '127.20.2.10';
const PLC = '127.20.1.12';
const to = (shape: ExchangeShape) => ({ from: HMI, to: PLC, port: 5020, ...shape });

describe('what the policy says to an exchange', () => {
  const { view } = watch();
  test.each([
    ['a poll of the panel', exchange(to({ quantity: 10 })), true],
    ['a setpoint of the panel', write(to({ code: 16, quantity: 10 })), true],
    ['a write above the setpoints', write(to({ code: 16, address: 110 })), false],
    [
      'a write that is not in one range as a whole',
      write(to({ address: 109, quantity: 2, code: 16 })),
      false,
    ],
    ['a function that is not understood', exchange(to({ code: 90, kind: 'none' })), false],
    ['a poll by nobody', exchange(to({ from: '127.20.66.66' })), false],
    ['a write by the gate', write(to({ from: '127.20.10.1', code: 6, address: 119 })), true],
    ['the same by its neighbour', write(to({ from: '127.20.10.2', code: 6, address: 119 })), false],
    ['a write into the safety system', write(to({ to: '127.20.9.10' })), false],
  ])('%s', (_name, asked, allowed) => {
    const answer = view.allowed(asked);
    expect(answer?.allowed).toBe(allowed);
    expect(answer?.because.length).toBeGreaterThan(0);
  });

  test('an exchange whose request was not seen is not judged', () => {
    const seen = { ...exchange(to({})), operations: [], frames: { request: [], response: [2] } };
    expect(view.allowed(seen)).toBeUndefined();
  });

  test('everything that an exchange does must be allowed', () => {
    const [read] = exchange(to({})).operations;
    const both = write(to({ address: 110 }));
    const operations = [read, ...both.operations].filter((each) => each !== undefined);
    expect(view.allowed({ ...both, operations })?.allowed).toBe(false);
  });

  test.each([
    ['a write that may be the allowed one', ['s=Boiler.PressureSetPoint'], true],
    [
      'one of two that certainly is not',
      ['s=Boiler.PressureSetPoint', 's=Boiler.Level'],
      undefined,
    ],
  ])('what cannot be decided is said to be so: %s', (_, names, undecided) => {
    const operations = names.map((name) => toNode('write', `ns=2;${name}`, { unseen: true }));
    const answer = view.allowed(opcuaExchange({ service: 'Write', operations }));
    expect(answer).toMatchObject({ allowed: false });
    expect(answer?.undecided).toBe(undecided);
    expect(answer?.because.some(({ text }) => text.includes('cannot be told'))).toBe(
      undecided === true,
    );
  });

  test.each([
    ['that was called', {}, 4840, true],
    ['that was called on another port', {}, 51_000, false],
    ['that called its client, from any port', { reverseConnect: true as const }, 51_000, true],
  ])('a port of OPC UA is that of a server %s', (_, opcua, port, allowed) => {
    const operations = [toNode('read', 'ns=2;s=Boiler.Level')];
    const asked = opcuaExchange({ operations, opcua });
    const answer = view.allowed({ ...asked, server: { ...asked.server, port } });
    expect(answer?.allowed).toBe(allowed);
  });

  test('what the policy says alike of many nodes, it says once', () => {
    const operations = ['i=84', 'i=85', 'i=2253'].map((id) => toNode('browse', id));
    const asked = opcuaExchange({ from: '127.20.66.66', service: 'Browse', operations });
    const texts = view.allowed(asked)?.because.map(({ text }) => text) ?? [];
    expect(texts[0]).toMatch(/^no conduit leads from 127\.20\.66\.66/);
    expect(new Set(texts).size).toBe(texts.length);
  });
});

test('who may write to whom, and which assets there are', () => {
  const { view } = watch();
  expect(view.mayWrite(HMI, PLC)).toBe(true);
  expect(view.mayWrite(HMI, '127.20.9.10')).toBe(false);
  expect(view.mayWrite('127.20.10.1', PLC)).toBe(true);
  expect(view.mayWrite('127.20.66.66', PLC)).toBe(false);
  expect(view.writersOf(PLC)).toEqual(['control-room', 'the gate']);
  expect(view.writersOf('192.0.2.1')).toEqual([]);
  expect(view.asset(PLC)).toEqual({
    id: 'plc-12',
    zone: 'cell-1',
    criticality: 'high',
    safety: false,
    purdue: 1,
  });
  expect(view.asset('127.20.9.10')).toMatchObject({ id: 'sis-1', safety: true });
  expect(view.asset('127.20.66.66')).toBeUndefined();
});

test('without a policy nothing is known, and a new one takes over at once', () => {
  const created = createPlantWatch();
  const asked = write(to({ address: 100 }));
  expect(created.known()).toBe(false);
  expect(created.view.allowed(asked)).toBeUndefined();
  const use = (text: string) => {
    const plant = loadOrSay(text, 'plant.yaml');
    if (typeof plant === 'string') throw new Error(plant);
    created.use(plant);
  };
  use(TEXT);
  expect(created.view.allowed(asked)?.allowed).toBe(true);
  use(TEXT.replace('- { fc: [6, 16], range: 100-109 }\n', '- { fc: [6, 16], range: 101-109 }\n'));
  expect(created.view.allowed(asked)?.allowed).toBe(false);
});
