import { expect, test } from 'vitest';
import { MAX_FACTS, MAX_FRAMES } from '#sensor/model/bounds.ts';
import { told } from '#sensor/store/told.ts';
import { exchange } from '../../support/exchange.ts';
import { opcuaExchange } from '../../support/opcua-exchange.ts';

test('the digests of browsed nodes that are not listed are told to nobody', () => {
  const nodes = [{ nodeId: 'ns=2;i=1' }];
  const browse = { service: 'Browse', opcua: { nodes, nodeCount: 3 } };
  const whole = opcuaExchange({ ...browse, opcua: { ...browse.opcua, unlisted: [7, 9] } });
  expect(told(whole)).toEqual(opcuaExchange(browse));
  expect(told(whole)).not.toHaveProperty('opcua.unlisted');
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
  for (const whole of [exchange(), opcuaExchange()]) {
    const shorter = told({ ...whole, facts, frames: { request: frames, response: frames } });
    expect(shorter.facts).toEqual(facts.slice(0, MAX_FACTS));
    for (const side of [shorter.frames.request, shorter.frames.response]) {
      expect(side).toHaveLength(MAX_FRAMES);
      expect(side.at(-1)).toBe(frames.at(-1));
    }
  }
});
