import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyPolicy } from '#broker/actions/apply-policy.ts';
import { codeOf, done, openSite, type Site } from '../../support/broker-context.ts';

/** The one that ships: complete, with its own tests. */
const GOOD = readFileSync(new URL('../../../policies/example-plant.yaml', import.meta.url), 'utf8');

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const apply = (text: string) => applyPolicy(site.context, { text, file: 'plant.yaml' });
const revisions = async () =>
  (await site.context.store.policies.list({}, { limit: 10 })).items.map(({ text, active }) => ({
    text,
    active,
  }));

test('a sound policy comes into force and its text is kept', async () => {
  const { plant, revision } = done(await apply(GOOD));
  expect(plant.people.size).toBeGreaterThan(0);
  expect(revision).toMatchObject({ id: plant.version, active: true, appliedBy: 'broker' });
  expect(await revisions()).toEqual([{ text: GOOD, active: true }]);
  expect(await site.leaves()).toMatchObject([
    { actor: 'broker', action: 'apply-policy', subject: plant.version, outcome: 'allowed' },
  ]);
});

test('the same policy again changes nothing', async () => {
  done(await apply(GOOD));
  done(await apply(GOOD));
  expect((await site.leaves()).length).toBe(1);
});

test('one policy is in force, also when an old one comes back', async () => {
  const other = `${GOOD}\n# another day\n`;
  done(await apply(GOOD));
  done(await apply(other));
  expect(await revisions()).toEqual([
    { text: other, active: true },
    { text: GOOD, active: false },
  ]);
  done(await apply(GOOD));
  expect(await revisions()).toEqual([
    { text: other, active: false },
    { text: GOOD, active: true },
  ]);
});

describe('a policy is refused, the old one stays, and it is noted', () => {
  const refuse = async (text: string) => {
    done(await apply(GOOD));
    const outcome = await apply(text);
    expect(codeOf(outcome)).toBe('invalid');
    expect(await revisions()).toEqual([{ text: GOOD, active: true }]);
    expect((await site.leaves()).at(-1)).toMatchObject({ outcome: 'denied' });
    return outcome.kind === 'refused' ? (outcome.fields ?? []) : [];
  };

  test('that is no YAML', async () => {
    const [fault] = await refuse('zones: [');
    expect(fault?.field).toMatch(/^plant\.yaml:\d+:\d+$/);
  });

  test('that was cut off while it was written', async () => {
    expect((await refuse(GOOD.slice(0, GOOD.length / 2))).length).toBeGreaterThan(0);
  });

  test('that is empty', async () => {
    const [fault] = await refuse('');
    expect(fault?.message).toContain('nothing passes');
  });

  test('that asks for more approvers than there are', async () => {
    const text = GOOD.replace(/quorum: \d+/, 'quorum: 9');
    expect(text).not.toBe(GOOD);
    expect((await refuse(text)).length).toBeGreaterThan(0);
  });

  test('whose own test fails, with the line of the sentence', async () => {
    const text = GOOD.replace('as: zone:control-room, on: plc-12, deny: [', '$&read, ');
    expect(text).not.toBe(GOOD);
    const [fault] = await refuse(text);
    expect(fault?.field).toMatch(/^plant\.yaml:\d+$/);
  });
});
