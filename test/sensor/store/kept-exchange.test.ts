import { expect, test } from 'vitest';
import { MAX_FACTS, MAX_FRAMES } from '#sensor/model/bounds.ts';
import type { Exchange } from '#sensor/model/event.ts';
import { keptOf } from '#sensor/store/kept-exchange.ts';
import { exchange, T0, write } from '../../support/exchange.ts';
import { opcuaExchange } from '../../support/opcua-exchange.ts';

/** What is kept whole, read again. */
function whole(of: Exchange): Exchange {
  const kept = keptOf(of);
  if (kept.kind !== 'whole') throw new Error('it is counted');
  return JSON.parse(kept.document) as Exchange;
}

test('a clean read is counted, and a write kept with what it says', () => {
  expect(keptOf(exchange({ at: 1 }))).toEqual({
    kind: 'counted',
    at: T0 + 1,
    clientIp: '10.0.2.10',
    server: { ip: '10.0.1.12', port: 502 },
    traffic: { protocol: 'modbus', unit: 1, functionCode: 3 },
  });
  expect(keptOf(write())).toMatchObject({ kind: 'whole', changing: true, at: T0 });
  expect(whole(write())).toEqual(write());
  expect(keptOf(exchange({ exception: 2 }))).toMatchObject({ kind: 'whole', changing: false });
});

test('the digests of browsed nodes that are not listed are told to nobody', () => {
  const nodes = [{ nodeId: 'ns=2;i=1' }];
  const facts = [{ name: 'a.fact', text: 'x' }];
  const browse = { service: 'Browse', opcua: { nodes, nodeCount: 3 } };
  const all = opcuaExchange({ ...browse, opcua: { ...browse.opcua, unlisted: [7, 9] } });
  expect(whole({ ...all, facts })).toEqual({ ...opcuaExchange(browse), facts });
  expect(whole({ ...all, facts })).not.toHaveProperty('opcua.unlisted');
});

test.each([
  ['as many as are told', 0],
  ['one more', 1],
])('of frames and facts, with %s, no more are told', (_, more) => {
  const frames = Array.from({ length: MAX_FRAMES + more }, (_, i) => i);
  const facts = Array.from({ length: MAX_FACTS + more }, (_, i) => ({
    name: 'a.fact',
    text: `${i}`,
  }));
  for (const all of [exchange(), opcuaExchange()]) {
    const shorter = whole({ ...all, facts, frames: { request: frames, response: frames } });
    expect(shorter.facts).toEqual(facts.slice(0, MAX_FACTS));
    for (const side of [shorter.frames.request, shorter.frames.response]) {
      expect(side).toHaveLength(MAX_FRAMES);
      expect(side.at(-1)).toBe(frames.at(-1));
    }
  }
});
