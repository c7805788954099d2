import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyPolicy } from '#broker/actions/apply-policy.ts';
import { approvePolicy } from '#broker/actions/approve-policy.ts';
import { rollBackPolicy } from '#broker/actions/roll-back-policy.ts';
import { stagePolicy, withdrawPolicy } from '#broker/actions/stage-policy.ts';
import { micros } from '#sensor/model/time.ts';
import { codeOf, done, openSite, type Site } from '../../support/broker-context.ts';
import { plantOf } from '../../support/plant.ts';

const OLD = readFileSync(new URL('../../../policies/example-plant.yaml', import.meta.url), 'utf8');
const NEW = OLD.replace('{ fc: [5], range: 0-3 }', '{ fc: [5], range: 0-3, units: [1] }');
const OTHER = `${OLD}\n# another\n`;
const idOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const FILE = 'plant.yaml';

let site: Site;
beforeEach(async () => {
  site = await openSite();
  await inForce(OLD);
});
afterEach(() => site.close());

async function inForce(text: string): Promise<void> {
  site.plant = done(await applyPolicy(site.context, { text, file: FILE })).plant;
}
const stage = (text: string) => stagePolicy(site.context, { text, file: FILE });
const approve = (actor: string, { id = idOf(NEW), base = idOf(OLD) } = {}) =>
  approvePolicy(site.context, { actor, id, base, file: FILE });
const withdraw = (actor: string) => withdrawPolicy(site.context, { actor, id: idOf(NEW) });
const rollBack = (actor: string, from: string) =>
  rollBackPolicy(site.context, { actor, from, file: FILE });
const revision = async (text: string) => site.context.store.policies.get(idOf(text));

test('a policy that waits changes nothing', async () => {
  done(await stage(NEW));
  expect(await revision(OLD)).toMatchObject({ active: true });
  expect(await revision(NEW)).toMatchObject({
    active: false,
    staged: { base: idOf(OLD), approvals: [] },
  });
  expect((await site.leaves()).at(-1)).toMatchObject({
    actor: 'broker',
    action: 'stage-policy',
    subject: idOf(NEW),
    outcome: 'allowed',
  });
});

test('two different people put it into force, and the audit log names both', async () => {
  done(await stage(NEW));
  const first = done(await approve('sam'));
  expect(first.plant).toBeUndefined();
  expect(await revision(OLD)).toMatchObject({ active: true });
  const second = done(await approve('sina'));
  expect(second.plant?.version).toBe(idOf(NEW));
  expect(await revision(OLD)).toMatchObject({ active: false });
  const now = await revision(NEW);
  expect(now).toMatchObject({ active: true, appliedBy: 'sina', before: idOf(OLD) });
  expect(now).not.toHaveProperty('staged');
  expect((await site.leaves()).at(-1)).toMatchObject({
    actor: 'sina',
    action: 'approve-policy',
    detail: { base: idOf(OLD), people: ['sam', 'sina'] },
  });
});

describe('no word counts', () => {
  test('twice', async () => {
    done(await stage(NEW));
    done(await approve('sam'));
    expect(codeOf(await approve('sam'))).toBe('already-decided');
    expect(await revision(OLD)).toMatchObject({ active: true });
  });

  test('by another account of the same human', async () => {
    const twins = OLD.replace(
      'sina: { name: Sina Security, roles: [security], subject: sina }',
      '$&\n  sam-2: { name: Sam Again, roles: [security], subject: sam-2, same_as: sam }',
    );
    await inForce(twins);
    done(await stage(NEW));
    done(await approve('sam', { base: idOf(twins) }));
    expect(codeOf(await approve('sam-2', { base: idOf(twins) }))).toBe('already-decided');
  });

  test.each(['anna', 'otto', 'ada', 'audra', 'vera', 'mallory'])(
    'of somebody without the right (%s)',
    async (actor) => {
      done(await stage(NEW));
      expect(codeOf(await approve(actor))).toMatch(/^(forbidden|unknown)$/);
      expect(codeOf(await withdraw(actor))).toMatch(/^(forbidden|unknown)$/);
      expect(codeOf(await rollBack(actor, idOf(OLD)))).toMatch(/^(forbidden|unknown)$/);
      expect(await revision(NEW)).toMatchObject({ staged: { approvals: [] } });
    },
  );

  test('to a step from another policy than the one in force', async () => {
    done(await stage(NEW));
    expect(codeOf(await approve('sam', { base: idOf(OTHER) }))).toBe('policy-changed');
  });

  test('once another policy came into force meanwhile', async () => {
    done(await stage(NEW));
    done(await approve('sam'));
    await inForce(OTHER);
    // sam agreed to the step from OLD; now it takes two again.
    const base = idOf(OTHER);
    expect(done(await approve('sina', { base })).plant).toBeUndefined();
    expect(done(await approve('sam', { base })).plant?.version).toBe(idOf(NEW));
  });

  test('once the person is gone from the policy', async () => {
    done(await stage(NEW));
    done(await approve('sam'));
    const people = new Map(site.plant?.people);
    people.delete('sam');
    people.set('sven', { ...site.plant?.people.get('sina'), id: 'sven' } as never);
    site.plant = { ...plantOf(OLD), people };
    expect(done(await approve('sina')).plant).toBeUndefined();
    expect(done(await approve('sven')).plant?.version).toBe(idOf(NEW));
  });

  test('to one that does not wait', async () => {
    expect(codeOf(await approve('sam'))).toBe('wrong-state');
    done(await stage(NEW));
    done(await withdraw('sina'));
    expect(codeOf(await approve('sam'))).toBe('wrong-state');
    expect(codeOf(await withdraw('sam'))).toBe('wrong-state');
  });
});

test('a newer edit takes the place of the one that waits, with its agreements', async () => {
  done(await stage(NEW));
  done(await approve('sam'));
  done(await stage(OTHER));
  expect(await revision(NEW)).not.toHaveProperty('staged');
  expect(await revision(OTHER)).toMatchObject({ staged: { approvals: [] } });
});

test('what is in force, and what waits already, stands', async () => {
  expect(done(await stage(OLD)).revision).toMatchObject({ active: true });
  done(await stage(NEW));
  done(await approve('sam'));
  done(await stage(NEW));
  expect(await revision(NEW)).toMatchObject({ staged: { approvals: [{ person: 'sam' }] } });
});

test('the edit that is put back to what is in force leaves nothing waiting', async () => {
  done(await stage(NEW));
  done(await stage(OLD));
  expect(await revision(NEW)).not.toHaveProperty('staged');
});

test('one that is unsound never waits', async () => {
  const outcome = await stage(OLD.replace(/quorum: \d+/, 'quorum: 9'));
  expect(codeOf(outcome)).toBe('invalid');
  expect((await site.leaves()).at(-1)).toMatchObject({ outcome: 'denied' });
});

describe('fewer than two people who may agree', () => {
  const ALONE = OLD.replace(/ {2}sina: .*\n/, '');

  test('in the policy in force: the way out is named', async () => {
    await inForce(ALONE);
    const outcome = await stage(NEW);
    expect(outcome).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('`policy_change: file`') as string,
    });
  });

  test('in the one that comes: it could never be changed again', async () => {
    const outcome = await stage(ALONE);
    expect(outcome).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('give more people the role `security`') as string,
    });
  });
});

describe('one step back', () => {
  beforeEach(async () => {
    done(await stage(NEW));
    done(await approve('sam'));
    site.plant = done(await approve('sina')).plant;
  });

  test('is one word of one person', async () => {
    site.now = micros(site.now + 1);
    const { plant } = done(await rollBack('sina', idOf(NEW)));
    expect(plant.version).toBe(idOf(OLD));
    expect(await revision(OLD)).toMatchObject({
      active: true,
      appliedBy: 'sina',
      appliedAt: site.now,
    });
    expect(await revision(NEW)).toMatchObject({ active: false });
    expect((await site.leaves()).at(-1)).toMatchObject({
      action: 'roll-back-policy',
      subject: idOf(OLD),
      detail: { before: idOf(NEW) },
    });
  });

  test('is refused from a policy that is no longer in force', async () => {
    expect(codeOf(await rollBack('sam', idOf(OLD)))).toBe('policy-changed');
  });

  test('leads nowhere from the first policy', async () => {
    const first = await openSite();
    const { plant } = done(await applyPolicy(first.context, { text: OLD, file: FILE }));
    first.plant = plant;
    const outcome = await rollBackPolicy(first.context, {
      actor: 'sam',
      from: plant.version,
      file: FILE,
    });
    expect(codeOf(outcome)).toBe('wrong-state');
    await first.close();
  });
});
