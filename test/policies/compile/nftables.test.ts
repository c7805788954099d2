import { describe, expect, test } from 'vitest';
import { nftables } from '#policies/compile/nftables.ts';
import { edited, plantOf, SMALL_PLANT } from '../../support/plant.ts';

test('the ruleset of the small plant is the committed one', async () => {
  await expect(nftables(plantOf(SMALL_PLANT))).toMatchFileSnapshot('./small-plant.nft');
});

const linesWith = (text: string, word: string): readonly string[] =>
  text.split('\n').filter((line) => line.includes(word));

test('nothing that is established passes before the sets are asked', () => {
  const text = nftables(plantOf(SMALL_PLANT));
  expect(text).not.toContain('established');
  expect(text).not.toContain('flowtable');
  const rules = text.slice(text.indexOf('chain forward')).split('\n');
  const accepts = rules.filter((line) => line.includes(' accept'));
  expect(accepts.every((line) => line.includes('@') || line.includes('icmp'))).toBe(true);
});

test('what passes the gate for a grant has no rule of its own', () => {
  const text = nftables(plantOf(SMALL_PLANT));
  expect(linesWith(text, 'dmz-cell')).toEqual([
    '# Open for grants alone, by conduit dmz-cell: plc',
  ]);
});

test('or it is open for the gate alone, which then decides what passes', () => {
  const text = nftables(plantOf(SMALL_PLANT), 'open');
  expect(linesWith(text, 'set dmz-cell-')).toEqual([
    '\tset dmz-cell-from4 { type ipv4_addr; flags interval; elements = { 10.0.10.1 } }',
    '\tset dmz-cell-to4 { type ipv4_addr . inet_service; elements = { 10.0.1.12 . 502 } }',
  ]);
});

test('a conduit of which a safety zone leaves nothing opens nothing', () => {
  const closed = edited(
    'allow: [{ ops: [read] }] }\n  - { id: dmz-cell',
    'allow: [{ ops: [write] }] }\n  - { id: dmz-cell',
  );
  expect(linesWith(nftables(plantOf(closed)), 'hall-safety')).toEqual([]);
});

describe('whatever somebody wrote into the policy', () => {
  test('a comment stays one line', () => {
    const plant = plantOf(SMALL_PLANT);
    const [first] = plant.conduits;
    if (first === undefined) throw new Error('no conduit');
    const evil = { ...first, why: 'runs it\n} table inet x {\u2028\r' };
    const text = nftables({ ...plant, conduits: [evil] });
    expect(linesWith(text, 'table inet x')).toEqual([
      expect.stringMatching(/^\t# hall-cell, plant\.yaml:\d+: runs it } table inet x { $/),
    ]);
  });
});
