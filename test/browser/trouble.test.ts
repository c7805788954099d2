/** What people see when the broker is away, somebody was first, or their sign-in is over. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlertPageView } from '#broker/api/views.ts';
import { connectFrom, disconnect } from '../../deploy/demo/client.ts';
import { PLC, ROGUE } from '../../deploy/demo/plan.ts';
import { type Site, startSite, until } from '../system/site.ts';
import { hasChromium, launch, openScreen, signInAs } from './chromium.ts';

describe.runIf(hasChromium)('screens in trouble', { timeout: 120_000 }, () => {
  let site: Site;
  let browser: Browser;
  let consoleUrl: string;

  beforeAll(async () => {
    site = await startSite({ hears: true });
    browser = await launch();
    consoleUrl = `${site.origin.replace('localhost', 'console.localhost')}/console/`;
    const rogue = await connectFrom(ROGUE.host, { ...PLC, port: site.plcPort });
    await rogue.writeRegisters(100, [1500]);
    await disconnect(rogue);
    const anna = await site.as('anna');
    await until('alerts', 20_000, async () => {
      const { items } = await anna.get<AlertPageView>('/api/alerts');
      return items.length === 3 || undefined;
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await site?.end();
  });

  test('a broker out of reach leaves the alerts on screen, says so, and is found again', async () => {
    const screen = await openScreen(browser);
    const { page } = screen;
    await signInAs(screen, consoleUrl, 'Anna');
    await page.locator('tbody tr').first().waitFor();
    await screen.context.setOffline(true);
    await page.keyboard.press('a');
    await page.getByText('the broker cannot be reached').first().waitFor();
    expect(await page.locator('tbody tr').count()).toBe(3);
    expect(await screen.axe()).toEqual([]);
    await screen.shots('console-unreachable');
    await screen.context.setOffline(false);
    await page.keyboard.press('a');
    await page.locator('td[data-label="Status"]', { hasText: 'anna' }).first().waitFor();
    await expect.poll(() => page.getByText('the broker cannot be reached').count()).toBe(0);
    await screen.context.close();
  });

  test('a cut stream is said, opened again, and what was missed is offered', async () => {
    const screen = await openScreen(browser);
    const { page } = screen;
    await page.route('**/api/live', (route) => route.abort());
    await signInAs(screen, consoleUrl, 'Anna');
    await page.getByText('Live updates are interrupted').waitFor();
    await page.unroute('**/api/live');
    const missed = page.getByRole('button', { name: 'Show what came meanwhile' });
    await missed.press('Enter');
    await expect.poll(() => missed.count()).toBe(0);
    expect(await page.getByText('Live updates are interrupted').count()).toBe(0);
    await screen.context.close();
  });

  test('a restart of the broker, which forgets who is signed in, leads to the sign-in page by itself', async () => {
    const screen = await openScreen(browser);
    await signInAs(screen, consoleUrl, 'Anna');
    await screen.page.locator('tbody tr').first().waitFor();
    await site.restartBroker();
    await screen.page.getByText('without a password').waitFor();
    await screen.context.close();
  });

  test('the second of two analysts who close the same alert is told, and loses no words unseen', async () => {
    const [first, second] = await Promise.all([openScreen(browser), openScreen(browser)]);
    // The second hears nothing live, as behind a proxy that holds streams back.
    await second.page.route('**/api/live', (route) => route.abort());
    for (const screen of [first, second]) {
      await signInAs(screen, `${consoleUrl}alerts?text=default-deny`, 'Anna');
      await screen.page.getByRole('link', { name: /default-deny/ }).press('Enter');
      await screen.page.getByRole('button', { name: /^Close with/ }).press('Enter');
      await screen.page.getByLabel('Reason').selectOption('true-positive');
      await screen.page.getByLabel('What the next shift should know').fill('mine');
    }
    await first.page.getByRole('button', { name: 'Close alert' }).press('Enter');
    await first.page.getByText('true-positive').first().waitFor();
    await second.page.getByRole('button', { name: 'Close alert' }).press('Enter');
    await second.page.getByText('Somebody else was first and has closed it').waitFor();
    expect(await second.page.getByLabel('What the next shift should know').inputValue()).toBe(
      'mine',
    );
    expect(await second.page.getByRole('button', { name: 'Close alert' }).isDisabled()).toBe(true);
    await second.shots('console-conflict');
    expect(await second.axe()).toEqual([]);
    await Promise.all([first.context.close(), second.context.close()]);
  });

  test('a sign-in that is over leads to the sign-in page, and from there back to the same page', async () => {
    const screen = await openScreen(browser);
    const { page } = screen;
    await signInAs(screen, consoleUrl, 'Anna');
    await page.locator('tbody tr').first().waitFor();
    const address = page.url();
    await screen.context.clearCookies();
    await page.keyboard.press('j');
    await page
      .getByRole('link', { name: /wrote 1500/ })
      .last()
      .click();
    await page.getByText('without a password').waitFor();
    expect(await page.getByText('wrote 1500').count()).toBe(0);
    await page.getByRole('button', { name: 'Sam' }).press('Enter');
    await page.getByRole('heading', { level: 1 }).filter({ hasText: 'wrote 1500' }).waitFor();
    expect(page.url()).not.toBe(address);
    // Sam reads alerts and does not work them: nothing of what Anna was offered is left.
    expect(await page.getByRole('button', { name: /^Take it/ }).count()).toBe(0);
    expect(screen.complaints).toEqual([]);
    await screen.context.close();
  });
});
