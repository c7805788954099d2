/** A policy that waits looks at a vendor's work and stops nothing of it; once two people agreed, it does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PolicyPlanView, PolicyView } from '#broker/api/views-policy.ts';
import { ConnectProcess } from './connect-process.ts';
import { hasPeers, pymodbus } from './peers.ts';
import { grantFor } from './person.ts';
import { type Site, startSite, until } from './site.ts';

if (!hasPeers) console.warn('skipped: mbpoll or tshark is missing; run deploy/setup test as root');

describe.runIf(hasPeers)('an edit of the policy', { timeout: 120_000 }, () => {
  let site: Site;
  let connect: ConnectProcess | undefined;
  beforeAll(async () => {
    site = await startSite({ hears: false, policyChange: 'two-people' });
  }, 120_000);
  afterAll(async () => {
    await connect?.end();
    await site?.end();
  });

  test('decides beside the one in force, and instead of it when two people agreed', async () => {
    const [vera, otto, petra, sam, sina] = await Promise.all([
      site.as('vera'),
      site.as('otto'),
      site.as('petra'),
      site.as('sam'),
      site.as('sina'),
    ]);
    const { grant } = await grantFor({ vera, otto, petra }, 300, false);
    connect = new ConnectProcess(grant.connect);
    const at = await connect.open(vera);

    const text = readFileSync(site.policyFile, 'utf8');
    writeFileSync(
      site.policyFile,
      text
        .replace('value: { min: 0, max: 1500 }', 'value: { min: 0, max: 1200 }')
        .replaceAll('value 1500', 'value 1200'),
    );
    const { staged, version } = await until('it waits', 15_000, async () => {
      const view = await sam.get<PolicyView>('/api/policy');
      return view.staged === undefined ? undefined : { ...view, staged: view.staged };
    });
    // The shorter grant is not asked for anew: what people approved is more than the policy lets be asked then.
    const plan = await sam.get<PolicyPlanView>(`/api/policy/plan?to=${staged.version}`);
    expect(plan.changes).toMatchObject([{ becomes: 'denied' }]);

    expect(await pymodbus(at, 's:100:1100', 's:100:1300', 's:100:1301')).toMatchObject([
      { registers: null },
      { registers: null },
      { registers: null },
    ]);
    expect((await sam.get<PolicyView>('/api/policy')).staged?.beside).toMatchObject({
      asked: 3,
      differences: [{ becomes: 'refused', asset: 'plc-12', count: 2 }],
    });

    const approve = `/api/policy/staged/${staged.version}/approve`;
    expect(await sam.post(approve, { base: version })).toEqual({ inForce: false });
    expect(await pymodbus(at, 's:100:1302')).toMatchObject([{ registers: null }]);
    expect(await sina.post(approve, { base: version })).toEqual({ inForce: true });
    expect(await pymodbus(at, 's:100:1303', 's:100:1100')).toMatchObject([
      { exception: 3 },
      { registers: null },
    ]);

    expect(await sam.post('/api/policy/roll-back', { base: staged.version })).toEqual({ version });
    expect(await pymodbus(at, 's:100:1304')).toMatchObject([{ registers: null }]);
  });
});
