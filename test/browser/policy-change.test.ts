/** An edit of the policy waits, is read in words, is agreed to by two people, and taken back by one, in a real browser. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { PolicyView } from '#broker/api/views-policy.ts';
import { type Site, startSite } from '../system/site.ts';
import { hasChromium, launch, openScreen, type Screen, signInAs } from './chromium.ts';
import { keyboardOf } from './keyboard.ts';

if (!hasChromium) console.warn('skipped: no chromium; run deploy/setup test as root');

/** What the edit of this test takes away. */
const CHANGED = /write coils 0-3 .* of any unit/;

describe.runIf(hasChromium)('a change of the policy', { timeout: 180_000 }, () => {
  let site: Site;
  let browser: Browser;
  let consoleUrl: string;
  beforeAll(async () => {
    site = await startSite({ hears: false, policyChange: 'two-people' });
    browser = await launch();
    consoleUrl = `${site.origin.replace('localhost', 'console.localhost')}/console/`;
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await site?.end();
  });

  async function policyAs(name: string): Promise<Screen> {
    const opened = await openScreen(browser);
    onTestFinished(() => opened.context.close());
    await signInAs(opened, `${consoleUrl}policy`, name);
    await opened.page.getByText('is in force').waitFor();
    return opened;
  }

  async function fine(shown: Screen, name: string): Promise<void> {
    expect(await shown.shots(name)).toEqual([]);
    expect(await shown.axe()).toEqual([]);
    expect(shown.complaints).toEqual([]);
  }

  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=sam', '-c', 'user.email=sam@localhost', ...args], {
      cwd: dirname(site.policyFile),
      encoding: 'utf8',
    }).trim();

  test('from the commit to the step back', async () => {
    const sam = await policyAs('Sam');
    const analyst = await site.as('anna');
    const { version } = await analyst.get<PolicyView>('/api/policy');

    git('init', '-q');
    const text = readFileSync(site.policyFile, 'utf8');
    const edit = text
      .replace('limits: { max: 4h', 'limits: { max: 2h')
      .replace('- { fc: [5], range: 0-3 }', '- { fc: [5], range: 0-3, units: [1] }');
    expect(edit).not.toBe(text);
    writeFileSync(site.policyFile, edit);
    git('add', 'plant.yaml');
    git('commit', '-qm', 'one unit alone');
    const commit = git('rev-parse', 'HEAD');

    await sam.page.getByText('An edit waits for two people').waitFor();
    await sam.page.getByText(CHANGED).first().waitFor();
    await sam.page.getByText('Nobody agreed yet; 2 different people must.').waitFor();
    await sam.page.getByRole('button', { name: 'Show the lines of the file' }).click();
    await sam.page.locator('.lk-added').first().waitFor();
    await fine(sam, 'console-policy-waits');
    expect((await analyst.get<PolicyView>('/api/policy')).version).toBe(version);

    // Who may not agree is not asked to.
    const anna = await policyAs('Anna');
    await anna.page.getByText('An edit waits for two people').waitFor();
    expect(await anna.page.getByRole('button', { name: 'Agree to exactly this' }).count()).toBe(0);

    const keyboard = keyboardOf(sam.page);
    await keyboard.reach('Agree to exactly this');
    await keyboard.press('Enter');
    await sam.page.getByText('1 of 2 different people.').waitFor();
    expect(await sam.page.getByRole('button', { name: 'You agreed' }).isDisabled()).toBe(true);

    const sina = await policyAs('Sina');
    await sina.page.getByText('Sam Security agreed').waitFor();
    await sina.page.getByRole('button', { name: 'Agree to exactly this' }).click();
    // On the other's screen too, without a click.
    await expect.poll(() => sam.page.getByText('An edit waits').count()).toBe(0);
    await sam.page.getByText(commit.slice(0, 10)).first().waitFor();
    const now = await analyst.get<PolicyView>('/api/policy');
    expect(now.version).not.toBe(version);
    expect(now.git?.commit).toBe(commit);
    await sam.page.getByRole('button', { name: 'Show what it changed' }).first().click();
    await sam.page.getByText(CHANGED).first().waitFor();
    await fine(sam, 'console-policy-changed');

    await sam.page.getByRole('button', { name: 'One step back' }).click();
    await sam.page.getByRole('dialog').getByText(CHANGED).first().waitFor();
    await fine(sam, 'console-policy-back');
    await sam.page.getByRole('button', { name: 'Take it back' }).click();
    const versions = sam.page.getByRole('grid', { name: 'versions' });
    await versions.getByText('taken back').waitFor();
    expect((await analyst.get<PolicyView>('/api/policy')).version).toBe(version);
  });
});
