/** What appears without a reload, what stays where it is, and who is shown nothing: in a real browser on a real site. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlertPageView, PageView, RequestView } from '#broker/api/views.ts';
import { connectFrom, disconnect } from '../../deploy/demo/client.ts';
import { PLC, ROGUE } from '../../deploy/demo/plan.ts';
import { ConnectProcess } from '../system/connect-process.ts';
import type { Person } from '../system/person.ts';
import { type Site, startSite, until } from '../system/site.ts';
import { hasChromium, launch, openScreen, type Screen, signInAs } from './chromium.ts';

/** Another host that the plant does not know. */
const SECOND_ROGUE = '127.20.66.67';

describe.runIf(hasChromium)('live screens', { timeout: 120_000 }, () => {
  let site: Site;
  let browser: Browser;
  let consoleUrl: string;
  let portalUrl: string;
  let anna: Person;
  /** The request of Vera. */
  let asked: string;

  async function writeFrom(host: string, value: number): Promise<void> {
    const rogue = await connectFrom(host, { ...PLC, port: site.plcPort });
    await rogue.writeRegisters(100, [value]);
    await disconnect(rogue);
  }

  async function alertsOf(host: string): Promise<readonly string[]> {
    const { items } = await anna.get<AlertPageView>('/api/alerts');
    return items.filter(({ message }) => message.includes(host)).map(({ id }) => id);
  }

  /** Waits until a write from `host` has led to its three alerts: two of the sensor, one of the broker. */
  const alertsCome = (host: string) =>
    until(`alerts about ${host}`, 20_000, async () => {
      const ids = await alertsOf(host);
      return ids.length === 3 ? ids : undefined;
    });

  beforeAll(async () => {
    site = await startSite({ hears: true });
    browser = await launch();
    consoleUrl = `${site.origin.replace('localhost', 'console.localhost')}/console/`;
    portalUrl = `${site.origin.replace('localhost', 'portal.localhost')}/portal/`;
    anna = await site.as('anna');
    await writeFrom(ROGUE.host, 1400);
    await alertsCome(ROGUE.host);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await site?.end();
  });

  test('what is new waits behind a button, what is shown changes in its place', async () => {
    const screen = await openScreen(browser);
    await signInAs(screen, consoleUrl, 'Anna');
    const { page } = screen;
    const ids = async (): Promise<readonly string[]> => {
      const rows = await page.locator('tbody tr').all();
      const found = await Promise.all(rows.map((row) => row.getAttribute('id')));
      return found.map((id) => (id ?? '').replace('alert-', ''));
    };
    await expect.poll(async () => (await ids()).length).toBe(3);
    const before = await ids();

    await writeFrom(SECOND_ROGUE, 1300);
    const fresh = await alertsCome(SECOND_ROGUE);
    await page.getByRole('button', { name: '3 new', exact: true }).waitFor();
    await page.getByRole('button', { name: 'new 6' }).waitFor();
    expect(await ids()).toEqual(before);

    await writeFrom(ROGUE.host, 1350);
    await page.getByText('2 times').first().waitFor();
    expect(await ids()).toEqual(before);
    await page.getByRole('button', { name: '3 new', exact: true }).click();
    await expect
      .poll(async () => (await ids()).toSorted())
      .toEqual([...before, ...fresh].toSorted());
    expect(await page.getByRole('button', { name: /^\d+ new$/ }).count()).toBe(0);
    expect(screen.complaints).toEqual([]);
    await screen.context.close();
  });

  test('single keys do nothing once they are turned off', async () => {
    const screen = await openScreen(browser);
    await signInAs(screen, consoleUrl, 'Anna');
    const { page } = screen;
    await page.locator('tbody tr').first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('switch').press('Space');
    await page.keyboard.press('Escape');
    await page.getByText('Single keys are off').waitFor();
    await page.keyboard.press('?');
    await page.keyboard.press('c');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('button', { name: 'Keys' }).press('Enter');
    await page.getByRole('switch').press('Space');
    await page.keyboard.press('Escape');
    await page.keyboard.press('c');
    await page.getByRole('dialog').waitFor();
    await screen.context.close();
  });

  /** Vera asks for everything that she may, in the portal. */
  async function ask(vendor: Screen): Promise<void> {
    const { page } = vendor;
    await signInAs(vendor, `${portalUrl}ask`, 'Vera');
    await page.getByLabel('What are you going to do, and why?').fill('set the dosing curve');
    await page.getByLabel(/^write holding registers/).check();
    await page.getByRole('button', { name: 'Ask for access' }).press('Enter');
    await page.getByText('waits: 0 of 2 approvals').waitFor();
  }

  /** Otto takes away half of the registers and all values above 1200. */
  async function approveLess(approver: Screen): Promise<void> {
    const { page } = approver;
    await signInAs(approver, `${consoleUrl}approvals`, 'Otto');
    await page.getByRole('link', { name: /Vera/ }).press('Enter');
    await page.getByRole('button', { name: 'Approve less' }).press('Enter');
    await page.getByLabel('Greatest value').fill('1200');
    await page.getByLabel('Addresses, from 0').last().fill('100-104');
    await page.getByLabel('Comment', { exact: true }).fill('five registers are enough');
    await page.getByRole('button', { name: 'Approve this much' }).press('Enter');
    await page.getByText('was narrowed by an approver').waitFor();
  }

  async function petraApproves(): Promise<string> {
    const petra = await site.as('petra');
    const { items } = await petra.get<PageView<RequestView>>('/api/requests?state=pending');
    const [request] = items;
    if (request === undefined) throw new Error('no request waits');
    asked = request.id;
    const { grant } = await petra.approve(request);
    if (grant === undefined) throw new Error('no grant');
    return grant.connect;
  }

  test('a request is narrowed, granted and connected to, and its operations are watched, without a reload', async () => {
    const [vendor, approver] = await Promise.all([openScreen(browser), openScreen(browser)]);
    await ask(vendor);
    await approveLess(approver);

    await vendor.page.getByText('waits: 1 of 2 approvals').waitFor();
    await vendor.page.getByText(/write holding registers 100-104 .* values 0 to 1200/).waitFor();
    await vendor.page.getByText('was narrowed by an approver').waitFor();
    const connect = new ConnectProcess(await petraApproves());
    try {
      await vendor.page.getByText('ready to connect').waitFor();
      const clock = vendor.page.locator('.lk-countdown time');
      const first = await clock.textContent();
      await expect.poll(() => clock.textContent()).not.toBe(first);

      const { code } = await connect.heard('confirm');
      await vendor.page.goto(`${portalUrl}connect?code=${code}`);
      await vendor.page.getByRole('button', { name: 'Yes, this is my terminal' }).press('Enter');
      const { address } = await connect.heard('open');
      const [host = '', port] = address.split(':');
      const tool = await connectFrom('127.0.0.1', { host, port: Number(port), unit: PLC.unit });

      await approver.page.getByRole('link', { name: 'Sessions' }).press('Enter');
      await approver.page.getByRole('link', { name: /Vera/ }).press('Enter');
      await approver.page.getByText('No operation yet').waitFor();
      await tool.readHoldingRegisters(100, 2);
      await tool.writeRegisters(100, [1111]);
      await approver.page.locator('td', { hasText: /100: \d+ → 1111/ }).waitFor();
      await expect(tool.writeRegisters(105, [1])).rejects.toThrow();
      await approver.page.getByText('refused', { exact: true }).waitFor();
      expect(await approver.shots('console-session')).toEqual([]);
      expect(await approver.axe()).toEqual([]);

      await vendor.page.goto(`${portalUrl}sessions`);
      await vendor.page.getByRole('link', { name: /Vera/ }).press('Enter');
      await vendor.page.getByText('values 0 to 1200').waitFor();
      expect(await vendor.shots('portal-session')).toEqual([]);
      await disconnect(tool);
    } finally {
      await connect.end();
    }
    await approver.page.getByText('ended by the vendor').waitFor();
    expect([...vendor.complaints, ...approver.complaints]).toEqual([]);
    await Promise.all([vendor.context.close(), approver.context.close()]);
  });

  test('a vendor sees no page of the console, and nothing of another vendor', async () => {
    const policy = readFileSync(site.policyFile, 'utf8');
    writeFileSync(
      site.policyFile,
      policy
        .replace('  acme: { name: Acme Drives }', '$&\n  pumps: { name: Other Pumps }')
        .replace(
          'people:\n',
          '$&  boris: { name: Boris Other, company: pumps, roles: [vendor], subject: boris }\n',
        ),
    );
    await until('the policy is applied', 10_000, () => site.as('boris').catch(() => undefined));
    const screen = await openScreen(browser);
    await signInAs(screen, portalUrl, 'Boris');
    await screen.page.getByText('No request yet').waitFor();
    await screen.page.getByRole('link', { name: 'My sessions' }).click();
    await screen.page.getByText('No session yet').waitFor();
    await screen.page.getByRole('link', { name: 'Ask for access' }).click();
    await screen.page.getByText('Nothing to ask for').waitFor();
    await screen.page.goto(`${portalUrl}requests/${asked}`);
    await screen.page.getByRole('alert').waitFor();
    expect(await screen.page.getByText('set the dosing curve').count()).toBe(0);

    // The sign-in of the portal does not reach the console, and a vendor who signs in there finds nothing.
    await screen.page.goto(consoleUrl);
    await screen.page.getByRole('heading', { name: 'Lockkeeper console' }).waitFor();
    expect(await screen.page.getByRole('button', { name: 'Boris' }).count()).toBe(0);
    await screen.page.evaluate(
      `fetch('/api/sign-in/demo', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"person":"boris"}' })`,
    );
    await screen.page.reload();
    await screen.page.getByText('Nothing here for you').waitFor();
    expect(await screen.page.getByRole('navigation').getByRole('link').count()).toBe(0);
    await screen.context.close();
  });
});
