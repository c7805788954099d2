import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approveRequest, denyRequest, narrowRequest } from '#broker/actions/decide-request.ts';
import { expire } from '#broker/actions/expire.ts';
import { MAX_PENDING, submitRequest } from '#broker/actions/submit-request.ts';
import { withdrawRequest } from '#broker/actions/withdraw-request.ts';
import { micros } from '#sensor/model/time.ts';
import {
  approve,
  codeOf,
  done,
  granted,
  openSite,
  type Site,
  submitted,
} from '../../support/broker-context.ts';
import {
  HOUR,
  later,
  PLANT,
  person,
  plantWith,
  plantWithPeople,
  READS,
} from '../../support/broker-site.ts';

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

describe('asking', () => {
  test('stores a pending request, with a leaf of the audit log, and tells the screens', async () => {
    const request = await submitted(site);
    expect(await site.context.store.requests.get(request.id)).toEqual(request);
    expect(await site.leaves()).toMatchObject([
      { actor: 'vera', action: 'submit-request', subject: request.id, outcome: 'allowed' },
    ]);
    expect(site.published).toMatchObject([{ noun: 'request', put: { id: request.id } }]);
  });

  test('with faults stores nothing, and leaves a denied leaf', async () => {
    const outcome = await submitRequest(site.context, { actor: 'vera', submission: {} });
    expect(outcome).toMatchObject({ kind: 'refused', code: 'invalid' });
    expect((await site.context.store.requests.list({}, { limit: 10 })).items).toEqual([]);
    expect(await site.leaves()).toMatchObject([{ outcome: 'denied', detail: { code: 'invalid' } }]);
    expect(site.published).toEqual([]);
  });

  test('is for vendors alone', async () => {
    for (const actor of ['otto', 'audra', 'ada', 'anna', 'nobody']) {
      const outcome = await submitRequest(site.context, { actor, submission: {} });
      expect([actor, codeOf(outcome)]).toEqual([actor, 'forbidden']);
    }
  });

  test('without a policy is refused', async () => {
    site.plant = undefined;
    const outcome = await submitRequest(site.context, { actor: 'vera', submission: {} });
    expect(codeOf(outcome)).toBe('no-policy');
  });

  test(`more than ${MAX_PENDING} times at once is refused`, async () => {
    for (let count = 0; count < MAX_PENDING; count += 1) await submitted(site);
    await expect(submitted(site)).rejects.toThrow('too-many');
  });
});

describe('deciding', () => {
  test('with two of four eyes makes the grant, exactly as asked', async () => {
    const asked = await submitted(site);
    const first = done(await approve(site, 'otto', asked));
    expect(first.request.state).toBe('pending');
    expect(first.grant).toBeUndefined();
    const second = done(await approve(site, 'petra', first.request));
    expect(second.request.state).toBe('approved');
    expect(second.grant).toMatchObject({
      state: 'scheduled',
      request: asked.id,
      requestHash: asked.hash,
      person: 'vera',
      operations: asked.operations,
      notAfter: asked.notAfter,
      graceUntil: asked.graceUntil,
    });
    expect((await site.leaves()).map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'submit-request allowed',
      'approve-request allowed',
      'approve-request allowed',
    ]);
  });

  test('twice by one person, or by the same human, counts once', async () => {
    const asked = await submitted(site);
    const { request } = done(await approve(site, 'otto', asked));
    expect(codeOf(await approve(site, 'otto', request))).toBe('already-decided');
    site.plant = plantWithPeople([
      { ...person('otto2', 'site', 'approver@cell-1'), sameAs: 'otto' },
    ]);
    expect(codeOf(await approve(site, 'otto2', request))).toBe('already-decided');
  });

  test('is for those whom the entry names, and nobody of the vendor', async () => {
    const asked = await submitted(site);
    for (const [actor, code] of [
      ['vera', 'unknown'],
      ['victor', 'unknown'],
      ['bert', 'unknown'],
      ['carl', 'forbidden'],
      ['anna', 'forbidden'],
      ['audra', 'forbidden'],
      ['ada', 'forbidden'],
    ] as const) {
      const seen = { actor, id: asked.id, version: asked.version };
      const narrowing = { operations: [{ index: 0 }] };
      const less = { ...seen, hash: asked.hash, comment: '', narrowing };
      const codes = [
        codeOf(await approve(site, actor, asked)),
        codeOf(await denyRequest(site.context, { ...seen, reason: 'no' })),
        codeOf(await narrowRequest(site.context, less)),
      ];
      expect([actor, ...codes]).toEqual([actor, code, code, code]);
    }
    expect((await site.context.store.requests.get(asked.id))?.version).toBe(1);
    expect((await site.leaves()).filter(({ outcome }) => outcome === 'denied').length).toBe(21);
  });

  test('so often that no more may be said can still be a denial', async () => {
    const asked = await submitted(site);
    const word = {
      person: 'otto',
      at: site.now,
      verdict: 'approve',
      comment: '',
      hash: 'x',
      policyVersion: asked.policyVersion,
    } as const;
    const said = { ...asked, version: 2, approvals: Array.from({ length: 50 }, () => word) };
    await site.context.store.commit({
      writes: [{ noun: 'request', expected: 1, put: said }],
      audit: [
        {
          at: site.now,
          actor: 'otto',
          action: 'approve-request',
          subject: asked.id,
          outcome: 'allowed',
          detail: {},
        },
      ],
    });
    expect(codeOf(await approve(site, 'petra', said))).toBe('too-many');
    const denial = { actor: 'petra', id: asked.id, version: 2, reason: 'enough' };
    expect(done(await denyRequest(site.context, denial)).request.state).toBe('denied');
  });

  test('about another version is a conflict, about another hash another question', async () => {
    const asked = await submitted(site);
    expect(codeOf(await approve(site, 'otto', { ...asked, version: 2 }))).toBe('conflict');
    expect(codeOf(await approve(site, 'otto', { ...asked, hash: 'x' }))).toBe('request-changed');
  });

  test('at the same moment lets both words stand', async () => {
    const asked = await submitted(site);
    const outcomes = await Promise.all([
      approve(site, 'otto', asked),
      approve(site, 'petra', asked),
    ]);
    // The second saw a version that was no longer there.
    expect(outcomes.map(codeOf).sort()).toEqual(['conflict', 'done']);
  });

  test('with a denial ends it', async () => {
    const asked = await submitted(site);
    const { request } = done(await approve(site, 'otto', asked));
    const seen = { actor: 'petra', id: request.id, version: request.version };
    expect(codeOf(await denyRequest(site.context, { ...seen, reason: ' ' }))).toBe('invalid');
    const denied = done(await denyRequest(site.context, { ...seen, reason: 'not this week' }));
    expect(denied.request.state).toBe('denied');
    expect(codeOf(await approve(site, 'sam', denied.request))).toBe('wrong-state');
  });

  test('for less voids what was said before, and the narrower word counts', async () => {
    const asked = await submitted(site);
    const { request } = done(await approve(site, 'otto', asked));
    const narrowed = done(
      await narrowRequest(site.context, {
        actor: 'petra',
        id: request.id,
        version: request.version,
        hash: request.hash,
        comment: 'reads only',
        narrowing: { operations: [{ index: 0 }] },
      }),
    );
    expect(narrowed.request).toMatchObject({
      state: 'pending',
      operations: [READS],
      narrowedFrom: asked.hash,
    });
    // otto approved more than this; his word must be given anew.
    const { grant } = done(await approve(site, 'otto', narrowed.request));
    expect(grant?.operations).toEqual([READS]);
  });

  test('is possible until the request expires, to the microsecond', async () => {
    const asked = await submitted(site);
    for (const [offset, code] of [
      [1, 'expired'],
      [0, 'expired'],
      [-1, 'done'],
    ] as const) {
      site.now = micros(asked.requestExpiresAt + offset);
      expect([offset, codeOf(await approve(site, 'otto', asked))]).toEqual([offset, code]);
    }
  });

  test('after the policy changed asks again: checked anew, and no earlier word counts', async () => {
    const asked = await submitted(site);
    const { request } = done(await approve(site, 'otto', asked));
    site.plant = plantWith({});
    expect(codeOf(await approve(site, 'petra', request))).toBe('policy-changed');
    const anew = await site.context.store.requests.get(asked.id);
    if (anew === undefined) throw new Error('the request is gone');
    expect(anew).toMatchObject({ policyVersion: 'policy-2', state: 'pending' });
    expect(anew.hash).not.toBe(asked.hash);
    const changed = { hash: anew.hash, was: asked.hash, policy: 'policy-2' };
    expect((await site.leaves()).slice(-2)).toMatchObject([
      { actor: 'petra', action: 'approve-request', subject: asked.id, outcome: 'denied' },
      {
        actor: 'broker',
        action: 'ask-anew',
        subject: asked.id,
        outcome: 'allowed',
        detail: changed,
      },
    ]);
    const { request: once } = done(await approve(site, 'petra', anew));
    expect(once.state).toBe('pending');
    expect(done(await approve(site, 'otto', once)).request.state).toBe('approved');
  });

  test('after the policy stopped allowing it says what no longer fits', async () => {
    const asked = await submitted(site);
    const entry = PLANT.access.get('acme-press');
    if (entry === undefined) throw new Error('the site has changed');
    site.plant = plantWith({ access: new Map([[entry.id, { ...entry, mayRequest: [READS] }]]) });
    expect(await approve(site, 'otto', asked)).toMatchObject({
      code: 'policy-changed',
      fields: [{ field: 'operations.1' }],
    });
    const seen = { actor: 'otto', id: asked.id, version: asked.version, reason: 'no longer' };
    expect(done(await denyRequest(site.context, seen)).request.state).toBe('denied');
  });
});

describe('taking it back', () => {
  const withdraw = (actor: string, id: string, version: number) =>
    withdrawRequest(site.context, { actor, id, version, reason: '' });

  test('is for the requester alone', async () => {
    const asked = await submitted(site);
    expect(codeOf(await withdraw('victor', asked.id, 1))).toBe('unknown');
    expect(codeOf(await withdraw('otto', asked.id, 1))).toBe('forbidden');
    expect(done(await withdraw('vera', asked.id, 1)).request.state).toBe('withdrawn');
    expect(codeOf(await withdraw('vera', asked.id, 2))).toBe('wrong-state');
  });

  test('after the approval revokes the grant', async () => {
    const grant = await granted(site);
    const request = await site.context.store.requests.get(grant.request);
    const outcome = done(await withdraw('vera', grant.request, request?.version ?? 0));
    expect(outcome.grant?.state).toBe('revoked');
    expect((await site.context.store.grants.get(grant.id))?.state).toBe('revoked');
  });
});

test('what nobody decided expires, once', async () => {
  const asked = await submitted(site);
  site.now = micros(asked.requestExpiresAt - 1);
  expect(await expire(site.context)).toMatchObject({ requests: 0 });
  site.now = asked.requestExpiresAt;
  expect(await expire(site.context)).toMatchObject({ requests: 1 });
  expect(await expire(site.context)).toMatchObject({ requests: 0 });
  expect((await site.context.store.requests.get(asked.id))?.state).toBe('expired');
});

test('a grant begins and ends by the clock', async () => {
  const grant = await granted(site);
  const stateAt = async (span: number) => {
    site.now = later(span);
    await expire(site.context);
    return (await site.context.store.grants.get(grant.id))?.state;
  };
  expect(await stateAt(HOUR - 1)).toBe('scheduled');
  expect(await stateAt(HOUR)).toBe('active');
  site.now = micros(grant.graceUntil - 1);
  expect(await stateAt(grant.graceUntil - later(0) - 1)).toBe('active');
  expect(await stateAt(grant.graceUntil - later(0))).toBe('expired');
});

describe('an id from elsewhere', () => {
  const strange = [
    '',
    'req_',
    'req_000000000000',
    'gr_000000000000',
    '../x',
    'req_\u0000',
    'x'.repeat(500),
  ];

  test('looks the same to a vendor whether it is hidden or not there', async () => {
    const asked = await submitted(site);
    const ids = [...strange, asked.id];
    for (const actor of ['bert', 'victor']) {
      for (const id of ids) {
        const seen = { actor, id, version: 1 };
        const outcomes = await Promise.all([
          withdrawRequest(site.context, { ...seen, reason: '' }),
          denyRequest(site.context, { ...seen, reason: 'x' }),
          approveRequest(site.context, { ...seen, hash: asked.hash, comment: '' }),
        ]);
        for (const outcome of outcomes) {
          expect(outcome).toEqual({
            kind: 'refused',
            code: 'unknown',
            message: 'there is no such request',
          });
        }
      }
    }
    for (const { subject } of await site.leaves()) expect(subject.length).toBeLessThanOrEqual(80);
  });
});
