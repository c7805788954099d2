/** A supply-chain owner and two packages, in a real browser on a real site: by keyboard, under the strict CSP. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { PageView } from '#broker/api/views.ts';
import type { ReleasePageView, ReleaseView } from '#broker/api/views-releases.ts';
import type { AuditRowView } from '#broker/api/views-site.ts';
import { tar } from '../../deploy/demo/tar.ts';
import { type Site, startSite, until } from '../system/site.ts';
import { hasChromium, launch, openScreen, type Screen, signInAs } from './chromium.ts';
import { keyboardOf } from './keyboard.ts';

if (!hasChromium) console.warn('skipped: no chromium; run deploy/setup test as root');

/** At this many bytes a second the rest of a large package takes minutes. */
const SLOW_LINE = 200_000;
const LARGE = 40_000_000;

describe.runIf(hasChromium)('releases', { timeout: 180_000 }, () => {
  let site: Site;
  let browser: Browser;
  let consoleUrl: string;

  beforeAll(async () => {
    site = await startSite({ hears: false });
    browser = await launch();
    consoleUrl = `${site.origin.replace('localhost', 'console.localhost')}/console/`;
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await site?.end();
  });

  async function screen(path: string, name: string): Promise<Screen> {
    const opened = await openScreen(browser);
    onTestFinished(() => opened.context.close());
    // Long before a file is chosen: the picker is taken away from the browser only once this has arrived there.
    opened.page.on('filechooser', () => undefined);
    await signInAs(opened, `${consoleUrl}${path}`, name);
    return opened;
  }

  async function fine(shown: Screen, name: string): Promise<void> {
    expect(await shown.shots(name)).toEqual([]);
    expect(await shown.axe()).toEqual([]);
    expect(shown.complaints).toEqual([]);
  }

  async function choose(page: Page, path: string, press: () => Promise<void>): Promise<void> {
    const chooser = page.waitForEvent('filechooser');
    await press();
    await (await chooser).setFiles(path);
  }

  const inQuarantine = (): readonly string[] =>
    readdirSync(join(site.folder, 'broker', 'quarantine'));

  test('a good package is let in, by keyboard alone', async () => {
    const shown = await screen('', 'Susi');
    const { page } = shown;
    await page.getByText('Nobody has uploaded a firmware package yet').waitFor();
    await fine(shown, 'console-releases-none');
    const keyboard = keyboardOf(page);
    await keyboard.reach('Upload a package');
    await choose(page, site.firmware.good, () => keyboard.press('Enter'));
    await page.getByRole('heading', { level: 1, name: 'Press 2.4.2' }).waitFor();
    await page.getByText('whole and current. It may come in.').waitFor();
    const susi = await site.as('susi');
    const [row] = (await susi.get<ReleasePageView>('/api/releases')).items;
    const release = await susi.get<ReleaseView>(`/api/releases/${row?.id}`);
    if (release.signer?.kind !== 'certificate') throw new Error('no certificate');
    for (const text of [
      'Acme Drives Release',
      release.signer.certificateSha256,
      release.signer.anchorSha256,
      'CycloneDX 1.6',
      'the hash of its root component, which is a file of the package',
      'whether a certificate was revoked: no revocation lists are kept for this vendor',
      'acme-press-2.4.2.tar',
      ...release.files.map(({ sha256 }) => sha256),
    ]) {
      expect(await page.getByText(text, { exact: false }).count(), text).toBeGreaterThan(0);
    }
    expect(inQuarantine()).toEqual([`${release.id}.tar`]);
    await fine(shown, 'console-release-allowed');
    expect(keyboard.unseen).toEqual([]);
  });

  test('one that somebody changed is denied with its reason, and none of its words is a link', async () => {
    const shown = await screen('releases', 'Susi');
    const { page } = shown;
    const before = inQuarantine();
    await page.getByRole('grid', { name: 'releases' }).waitFor();
    await choose(page, site.firmware.tampered, () => page.keyboard.press('u'));
    await page.getByText('It may not come in, and nothing of it was kept.').waitFor();
    await page.getByText('file-hash-mismatch').waitFor();
    await page.getByText('has another SHA-256 than in the manifest').waitFor();
    const links = page.locator('#main a');
    expect(await links.allTextContents()).toEqual(['All releases']);
    expect(inQuarantine()).toEqual(before);
    await fine(shown, 'console-release-denied');
  });

  test('the list shows both, is filtered by the URL, and is worked by keys', async () => {
    const shown = await screen('releases', 'Audra');
    const { page } = shown;
    const rows = page.getByRole('grid', { name: 'releases' }).locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(2);
    // Auditors read; nothing to upload is offered.
    expect(await page.getByRole('button', { name: 'Upload a package' }).count()).toBe(0);
    await fine(shown, 'console-releases');
    await page.getByRole('button', { name: 'denied' }).press('Enter');
    await expect.poll(() => rows.count()).toBe(1);
    expect(page.url()).toContain('verdict=deny');
    expect(await rows.first().textContent()).toMatch(
      /denied.*Press 2\.4\.2.*says it is of acme.*file-hash-mismatch.*Susi Supply Chain/,
    );
    await page.keyboard.press('/');
    await page.keyboard.type('bolt');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing matches the filter').waitFor();
    await page.getByRole('button', { name: 'all', exact: true }).click();
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => rows.count()).toBe(2);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByText('whole and current. It may come in.').waitFor();
  });

  test('an upload shows how far it is, and a person who cancels it leaves nothing behind', async () => {
    const large = join(site.folder, 'large.tar');
    writeFileSync(large, tar([{ name: 'image.bin', content: Buffer.alloc(LARGE) }]));
    const shown = await screen('releases', 'Susi');
    const { page } = shown;
    const before = inQuarantine();
    const line = await shown.context.newCDPSession(page);
    await line.send('Network.enable');
    await line.send('Network.emulateNetworkConditions', {
      ...{ offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: SLOW_LINE },
    });
    const button = page.getByRole('button', { name: 'Upload a package' });
    await choose(page, large, () => button.click());
    const progress = page.getByRole('progressbar');
    await expect
      .poll(async () => Number(await progress.getAttribute('aria-valuenow')))
      .toBeGreaterThan(0);
    await expect.poll(() => inQuarantine().length).toBe(before.length + 1);
    await fine(shown, 'console-releases-sending');
    // A second one would be out of reach of the button that cancels.
    expect(await page.locator('input[type=file]').isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Cancel' }).press('Enter');
    await button.waitFor();
    await expect.poll(() => inQuarantine()).toEqual(before);
    const audra = await site.as('audra');
    const leaf = await until('the leaf of what broke off', 20_000, async () => {
      const { items } = await audra.get<PageView<AuditRowView>>('/api/audit?actor=susi');
      return items.find(({ outcome }) => outcome === 'failed');
    });
    expect(leaf).toMatchObject({ action: 'receive-release' });
    expect(shown.complaints).toEqual([]);
  });

  test('an analyst is offered none of it', async () => {
    const { page } = await screen('', 'Anna');
    expect(await page.getByRole('link', { name: 'Releases' }).count()).toBe(0);
  });
});
