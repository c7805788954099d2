/**
 * Each screen in a real browser, on a real site: looked at by axe, watched for violations of the
 * Content-Security-Policy, and worked by keyboard alone. Screenshots lie in the temporary folder.
 */
import { execFileSync } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlertPageView } from '#broker/api/views.ts';
import { connectFrom, disconnect } from '../../deploy/demo/client.ts';
import { PLC, ROGUE } from '../../deploy/demo/plan.ts';
import { grantFor } from '../system/person.ts';
import { type Site, startSite, until } from '../system/site.ts';
import { hasChromium, launch, openScreen, type Screen, signInAs } from './chromium.ts';

if (!hasChromium) console.warn('skipped: no chromium; run deploy/setup test as root');

/** The Modbus messages of functions that write in a capture, as tshark reads them. */
function modbusIn(file: string, port: number) {
  const rows = execFileSync(
    'tshark',
    [
      '-r',
      file,
      '-d',
      `tcp.port==${port},mbtcp`,
      '-o',
      `mbtcp.tcp.port:${port}`,
      '-Y',
      'modbus.func_code==16',
      '-T',
      'fields',
      '-e',
      'modbus.func_code',
      '-e',
      'ip.src',
      '-e',
      'modbus.regval_uint16',
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return rows
    .trimEnd()
    .split('\n')
    .map((row) => {
      const [functionCode, from, written = ''] = row.split('\t');
      return { functionCode, from, written };
    });
}

describe.runIf(hasChromium)('the screens', { timeout: 240_000 }, () => {
  let site: Site;
  let browser: Browser;
  let console_: string;
  let portal: string;

  beforeAll(async () => {
    site = await startSite({ hears: true });
    browser = await launch();
    console_ = `${site.origin.replace('localhost', 'console.localhost')}/console/`;
    portal = `${site.origin.replace('localhost', 'portal.localhost')}/portal/`;
    const rogue = await connectFrom(ROGUE.host, { ...PLC, port: site.plcPort });
    await rogue.writeRegisters(100, [1500]);
    await disconnect(rogue);
    const anna = await site.as('anna');
    await until('an alert', 20_000, async () => {
      const { items } = await anna.get<AlertPageView>('/api/alerts');
      return items[0];
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await site?.end();
  });

  async function fine(screen: Screen, name: string): Promise<void> {
    expect(await screen.shots(name)).toEqual([]);
    expect(await screen.axe()).toEqual([]);
    expect(screen.complaints).toEqual([]);
  }

  test('the sign-in page says that it is a demo', async () => {
    const screen = await openScreen(browser);
    await screen.page.goto(console_);
    await screen.page.getByText('without a password').waitFor();
    await fine(screen, 'console-sign-in');
    await screen.context.close();
  });

  test('an analyst works an alert by keyboard alone', async () => {
    const screen = await openScreen(browser);
    await signInAs(screen, console_, 'Anna');
    const { page } = screen;
    const row = page.getByRole('row').filter({ hasText: ROGUE.host }).first();
    await row.waitFor();
    await fine(screen, 'console-alerts');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await fine(screen, 'console-keys');
    await page.keyboard.press('Escape');
    // The sensor's own alert: the one of the broker beside it has no packets.
    await page.keyboard.press('/');
    await page.keyboard.type('default-deny');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1 }).filter({ hasText: ROGUE.host }).waitFor();
    await page.getByText('does not allow it').waitFor();
    await fine(screen, 'console-alert');
    await page.keyboard.press('a');
    await page.getByText('assigned to').waitFor();
    const packets = page.getByRole('link', { name: 'Download packets (pcapng)' });
    const [download] = await Promise.all([page.waitForEvent('download'), packets.press('Enter')]);
    expect(modbusIn(await download.path(), site.plcPort)).toEqual([
      { functionCode: '16', from: ROGUE.host, written: '1500' },
      { functionCode: '16', from: PLC.host, written: '' },
    ]);
    await page.keyboard.press('c');
    await page.getByRole('dialog').waitFor();
    await page.getByLabel('Reason').selectOption('true-positive');
    await page.getByLabel('What the next shift should know').fill('a test of the screens');
    await fine(screen, 'console-close');
    await page.getByRole('button', { name: 'Close alert' }).press('Enter');
    await page.getByText('true-positive').first().waitFor();
    await fine(screen, 'console-alert-closed');
    await screen.context.close();
  });

  test('a filter is in the address, so that it can be sent to a colleague', async () => {
    const screen = await openScreen(browser);
    await signInAs(screen, console_, 'Anna');
    await screen.page.getByRole('button', { name: /^closed/ }).click();
    await expect
      .poll(() => new URL(screen.page.url()).search)
      .toContain('status=new&status=acknowledged&status=closed');
    await screen.page.reload();
    await expect
      .poll(() => screen.page.getByRole('button', { name: /^closed/ }).getAttribute('aria-pressed'))
      .toBe('true');
    await screen.context.close();
  });

  test('a vendor asks in the portal, an approver agrees in the console', async () => {
    const vendor = await openScreen(browser);
    await signInAs(vendor, `${portal}ask`, 'Vera');
    const { page } = vendor;
    await page.getByLabel('What are you going to do, and why?').fill('change the dosing curve');
    await page
      .getByLabel(/^write/)
      .first()
      .check();
    await fine(vendor, 'portal-ask');
    const first = page.getByLabel(/^first address of write/).first();
    await first.fill('500');
    await page.getByText('the first address comes before the last').first().waitFor();
    await fine(vendor, 'portal-ask-fault');
    await first.fill('100');
    const until = await page.getByLabel(/^Writes stop at/).inputValue();
    await page.getByLabel(/^Writes stop at/).fill(`2099${until.slice(4)}`);
    await page.getByText('it may last 4 h at most').waitFor();
    await page.getByLabel(/^Writes stop at/).fill(until);
    await page.getByRole('button', { name: 'Ask for access' }).press('Enter');
    await page.getByText('waits: 0 of 2 approvals').waitFor();
    await fine(vendor, 'portal-request-pending');

    const approver = await openScreen(browser);
    await signInAs(approver, `${console_}approvals`, 'Otto');
    await approver.page.getByRole('link', { name: /Vera/ }).first().waitFor();
    await fine(approver, 'console-approvals');
    await approver.page.getByRole('link', { name: /Vera/ }).first().press('Enter');
    await approver.page.getByRole('button', { name: 'Approve less' }).click();
    await approver.page.getByRole('dialog').waitFor();
    await fine(approver, 'console-narrow');
    await approver.page.keyboard.press('Escape');
    await approver.page.getByRole('button', { name: 'Approve exactly this' }).press('Enter');
    await approver.page.getByText('1 of 2 approvals').waitFor();
    await fine(approver, 'console-request');
    await expect.poll(() => page.getByText('waits: 1 of 2 approvals').count()).toBeGreaterThan(0);
    await Promise.all([vendor.context.close(), approver.context.close()]);
  });

  test('the connect card shows one command and counts down', async () => {
    const [vera, otto, petra] = await Promise.all(['vera', 'otto', 'petra'].map(site.as));
    if (!vera || !otto || !petra) throw new Error('nobody there');
    const { request } = await grantFor({ vera, otto, petra }, 3600);
    const screen = await openScreen(browser);
    await signInAs(screen, `${portal}requests/${request.id}`, 'Vera');
    await screen.page.getByText('Writes stop in').waitFor();
    await fine(screen, 'portal-connect');
    for (const [path, name] of [
      ['requests', 'portal-requests'],
      ['sessions', 'portal-sessions'],
      ['connect', 'portal-code'],
    ] as const) {
      await screen.page.goto(`${portal}${path}`);
      await screen.page.getByRole('heading', { level: 1 }).waitFor();
      await fine(screen, name);
    }
    await screen.page.getByLabel('Code in the terminal').fill('AAAA-BBBB');
    await screen.page.getByRole('button', { name: 'Continue' }).press('Enter');
    await screen.page.getByText('This code is not known').waitFor();
    expect(await screen.page.getByLabel('Code in the terminal').inputValue()).toBe('AAAA-BBBB');
    expect(await screen.shots('portal-code-wrong')).toEqual([]);
    expect(await screen.axe()).toEqual([]);
    await screen.context.close();
  });

  test('sessions and audit', async () => {
    const screen = await openScreen(browser);
    await signInAs(screen, `${console_}sessions`, 'Otto');
    await screen.page.getByText('Nobody is inside').waitFor();
    await fine(screen, 'console-sessions');
    await screen.context.close();
    const auditor = await openScreen(browser);
    await signInAs(auditor, `${console_}audit`, 'Audra');
    await auditor.page.getByRole('row').nth(2).waitFor();
    await fine(auditor, 'console-audit');
    // By a press on a name in the table, and by what a person types into the address.
    const cells = (column: string) => auditor.page.locator(`td[data-label="${column}"]`);
    const distinct = async (column: string) => [...new Set(await cells(column).allTextContents())];
    await cells('Did').getByText('sign-in', { exact: true }).first().click();
    await expect.poll(() => distinct('Did')).toEqual(['sign-in']);
    expect((await distinct('Who')).length).toBeGreaterThan(1);
    await auditor.page.goto(`${console_}audit?action=sign-in&actor=audra`);
    await expect.poll(() => distinct('Who')).toEqual(['audra']);
    expect(await distinct('Did')).toEqual(['sign-in']);
    await auditor.page.getByLabel('who did it').fill('nobody-here');
    await auditor.page.keyboard.press('Enter');
    await auditor.page.getByText('No such leaf').waitFor();
    expect(new URL(auditor.page.url()).search).toBe('?action=sign-in&actor=nobody-here');
    await fine(auditor, 'console-audit-none');
    await auditor.context.close();
  });

  test('an admin makes a token for a sensor', async () => {
    const screen = await openScreen(browser);
    await signInAs(screen, `${console_}sensors`, 'Ada');
    const { page } = screen;
    await page.getByText('test-sensor', { exact: true }).waitFor();
    await fine(screen, 'console-sensors');
    await page.getByLabel('Name').fill('hall-2');
    await page.getByLabel('Addresses it hears').fill('10.20.2.0/24, 10.20.3.7');
    await page.getByRole('button', { name: 'Make a token' }).press('Enter');
    await page.getByText('It works once').waitFor();
    expect(await page.locator('main').textContent()).toContain('sensor enrol lks1.');
    await fine(screen, 'console-sensors-token');

    await page.reload();
    await page.getByLabel('Name').fill('hall-3');
    await page.getByLabel('Addresses it hears').fill('no address');
    await page.getByLabel('Addresses it hears').press('Enter');
    await page.getByText('Address 1: is no address').first().waitFor();
    await screen.context.close();
  });
});
