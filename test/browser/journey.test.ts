/** A vendor's visit from the first click to the cut, as all who take part see it: real browsers, real tools. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AlertPageView } from '#broker/api/views.ts';
import { connectFrom, disconnect } from '../../deploy/demo/client.ts';
import { PLC, ROGUE } from '../../deploy/demo/plan.ts';
import { ConnectProcess } from '../system/connect-process.ts';
import { hasPeers, mbpoll, pymodbus } from '../system/peers.ts';
import { type Site, startSite, until } from '../system/site.ts';
import { hasChromium, launch, openScreen, type Screen, signInAs } from './chromium.ts';
import { keyboardOf } from './keyboard.ts';

if (!hasChromium || !hasPeers)
  console.warn('skipped: no chromium or mbpoll; run deploy/setup test as root');

/** Milliseconds from the last click to the closed connection of the tool. */
const CUT_WITHIN = 1_000;

describe.runIf(hasChromium && hasPeers)('the journey of a vendor', { timeout: 60_000 }, () => {
  let site: Site;
  let browser: Browser;
  let consoleUrl: string;
  let portalUrl: string;

  beforeAll(async () => {
    site = await startSite({ hears: true });
    browser = await launch();
    consoleUrl = `${site.origin.replace('localhost', 'console.localhost')}/console/`;
    portalUrl = `${site.origin.replace('localhost', 'portal.localhost')}/portal/`;
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await site?.end();
  });

  async function screen(url: string, name: string): Promise<Screen> {
    const opened = await openScreen(browser);
    onTestFinished(() => opened.context.close());
    await signInAs(opened, url, name);
    return opened;
  }

  async function clean(shown: Screen): Promise<void> {
    expect(await shown.axe()).toEqual([]);
    expect(shown.complaints).toEqual([]);
  }

  /** Asks for reading, and for writing holding registers 100-109. */
  async function ask({ page }: Screen, purpose: string): Promise<void> {
    await page.getByRole('navigation').getByRole('link', { name: 'Ask for access' }).click();
    await page.getByLabel(/^write holding registers/).check();
    const bound = (end: string) => page.getByLabel(`${end} address of write holding registers`);
    expect(await bound('first').inputValue()).toBe('100');
    expect(await bound('last').inputValue()).toBe('109');
    await page.getByLabel('What are you going to do, and why?').fill(purpose);
    await page.getByRole('button', { name: 'Ask for access' }).click();
    await page.getByText('waits: 0 of 2 approvals').waitFor();
  }

  async function openRequest({ page }: Screen): Promise<void> {
    await page
      .getByRole('grid', { name: 'requests that wait' })
      .getByRole('link', { name: /Vera/ })
      .click();
  }

  /** Approves what is shown, after which the page says `then`. */
  async function approve({ page }: Screen, then: string): Promise<void> {
    await page.getByRole('button', { name: 'Approve exactly this' }).click();
    await page.getByText(then).waitFor();
  }

  /** Copies the command off the connect card and starts it. */
  async function startCommand({ page }: Screen): Promise<ConnectProcess> {
    await page.getByText('ready to connect').waitFor();
    const line = await page.locator('code').textContent();
    const connect = new ConnectProcess((line ?? '').trim());
    onTestFinished(() => connect.end());
    return connect;
  }

  /** Confirms the code on the page that the command names, by `press`; gives where tools connect. */
  async function confirm({ page }: Screen, connect: ConnectProcess, press: 'click' | 'Enter') {
    const { code, page: named } = await connect.heard('confirm');
    const { pathname, search } = new URL(named);
    await page.goto(new URL(`${pathname}${search}`, portalUrl).href);
    await page.locator('strong', { hasText: code }).waitFor();
    const yes = page.getByRole('button', { name: 'Yes, this is my terminal' });
    await (press === 'click' ? yes.click() : yes.press(press));
    await page.getByText('Confirmed. Go back to the terminal').waitFor();
    const { address, session } = await connect.heard('open');
    const [host = '', port] = address.split(':');
    return { at: { host, port: Number(port) }, session };
  }

  /** Cell texts of the operations on screen, the oldest first. */
  async function operations({ page }: Screen, column: string): Promise<readonly string[]> {
    const cells = page
      .getByRole('grid', { name: 'operations' })
      .locator(`td[data-label="${column}"]`);
    return (await cells.allTextContents()).toReversed();
  }

  async function workWithTools(at: { host: string; port: number }): Promise<void> {
    expect(
      await pymodbus(at, 'r:100:2', 'w:100:1300,800', 'w:110:1', 's:100:1501', 's:109:7'),
    ).toMatchObject([
      { registers: [expect.any(Number), expect.any(Number)] },
      { step: 'w:100:1300,800', registers: null },
      { step: 'w:110:1', exception: 2 },
      { step: 's:100:1501', exception: 3 },
      { step: 's:109:7', registers: null },
    ]);
    expect(await mbpoll(at, 101)).toContain('1300');
    expect(await mbpoll(at, 111, 1)).toContain('Illegal data address');
    expect(await mbpoll(at, 101, 1250)).toContain('Written 1 references');
  }

  /** Watches the session of Vera as `watcher`, from before its first operation. */
  async function watchSession({ page }: Screen): Promise<void> {
    await page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click();
    await page
      .getByRole('grid', { name: 'open sessions' })
      .getByRole('link', { name: /Vera/ })
      .click();
    await page.getByText('No operation yet').waitFor();
  }

  /** Ends the session with a reason; gives the milliseconds until `cut`. */
  async function endSession(watcher: Screen, reason: string, cut: Promise<void>): Promise<number> {
    const { page } = watcher;
    await page.getByRole('button', { name: 'End now' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await page.getByRole('button', { name: 'End session' }).isDisabled()).toBe(true);
    await page.getByRole('dialog').getByLabel('Reason').fill(reason);
    await clean(watcher);
    const asked = performance.now();
    const [at] = await Promise.all([
      cut.then(() => performance.now()),
      page.getByRole('button', { name: 'End session' }).click(),
    ]);
    return at - asked;
  }

  /** Sees the block with its reason, and lifts it. */
  async function liftBlock({ page }: Screen, reason: string): Promise<void> {
    await page.getByRole('link', { name: 'All sessions' }).click();
    const block = page.getByRole('grid', { name: 'locks' }).getByRole('row', { name: reason });
    await block.getByRole('button', { name: 'Let them connect again' }).click();
    await page.getByText('Nothing is blocked').waitFor();
  }

  test('is asked for, approved by two, watched while it works, cut, blocked, and let in again', async () => {
    const [vera, otto, petra] = await Promise.all([
      screen(portalUrl, 'Vera'),
      screen(`${consoleUrl}approvals`, 'Otto'),
      screen(`${consoleUrl}approvals`, 'Petra'),
    ]);
    let loads = 0;
    otto.page.on('load', () => loads++);
    await ask(vera, 'set the dosing curve');
    await openRequest(otto);
    await approve(otto, '1 of 2 approvals');
    await vera.page.getByText('waits: 1 of 2 approvals').waitFor();
    expect(await vera.page.locator('code').count()).toBe(0);
    await openRequest(petra);
    await approve(petra, '2 approvals; the request is approved');

    const connect = await startCommand(vera);
    const { at } = await confirm(vera, connect, 'click');
    await watchSession(otto);
    await workWithTools(at);
    // Reads are left out unless asked for.
    await expect
      .poll(() => operations(otto, 'Decision'))
      .toEqual(['allowed', 'refused', 'refused', 'allowed', 'refused', 'allowed']);
    await otto.page.getByText('6 of 6 shown').waitFor();
    await otto.page.getByRole('button', { name: 'with reads' }).click();
    await expect
      .poll(() => operations(otto, 'Decision'))
      .toEqual([
        'allowed',
        'allowed',
        'refused',
        'refused',
        'allowed',
        'allowed',
        'refused',
        'allowed',
      ]);
    const written = await operations(otto, 'Old → new');
    expect(written[1]).toMatch(/100: \d+ → 1300101: \d+ → 800/);
    expect(written.at(-1)).toBe('100: 1300 → 1250');
    const left = otto.page.locator('.lk-countdown time');
    const first = await left.textContent();
    await expect.poll(() => left.textContent()).not.toBe(first);
    await clean(otto);

    await vera.page.getByRole('link', { name: 'My sessions' }).click();
    await vera.page.getByRole('grid', { name: 'my open sessions' }).waitFor();
    const tool = await connectFrom('127.0.0.1', { ...at, unit: PLC.unit });
    await tool.readHoldingRegisters(100, 1);
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    tool.on('close', () => resolve());
    expect(await endSession(otto, 'the shift changes', cut)).toBeLessThan(CUT_WITHIN);
    await otto.page.getByText('ended by an approver').waitFor();
    await vera.page
      .getByRole('grid', { name: 'my ended sessions' })
      .getByText('ended by an approver')
      .waitFor();
    await liftBlock(otto, 'the shift changes');
    expect(loads).toBe(0);

    await vera.page.getByRole('link', { name: 'My requests' }).click();
    await vera.page.getByRole('link', { name: /Press PLC 12/ }).click();
    const again = await confirm(vera, await startCommand(vera), 'Enter');
    expect(await pymodbus(again.at, 'r:100:1')).toMatchObject([{ registers: [1250] }]);
    await clean(vera);
  });

  test('is narrowed by one approver, shown to the vendor, and holds at the gate', async () => {
    const [vera, otto, petra] = await Promise.all([
      screen(portalUrl, 'Vera'),
      screen(`${consoleUrl}approvals`, 'Otto'),
      screen(`${consoleUrl}approvals`, 'Petra'),
    ]);
    await ask(vera, 'check five registers');
    await openRequest(otto);
    await otto.page.getByRole('button', { name: 'Approve less' }).click();
    await otto.page.getByLabel('Addresses, from 0').last().fill('100-104');
    await otto.page.getByLabel('Comment', { exact: true }).fill('five are enough');
    await otto.page.getByRole('button', { name: 'Approve this much' }).click();

    await vera.page.getByText('was narrowed by an approver').waitFor();
    await vera.page.getByText('five are enough').waitFor();
    await vera.page.getByText(/write holding registers 100-104/).waitFor();
    await clean(vera);
    await openRequest(petra);
    await petra.page.getByText(/write holding registers 100-104/).waitFor();
    await approve(petra, '2 approvals; the request is approved');

    // Somebody else's terminal is sent away, and says so.
    const stranger = await startCommand(vera);
    const { page: named } = await stranger.heard('confirm');
    const { pathname, search } = new URL(named);
    await vera.page.goto(new URL(`${pathname}${search}`, portalUrl).href);
    await vera.page.getByRole('button', { name: 'No', exact: true }).click();
    await vera.page.getByText('the terminal is told so').waitFor();
    await until('the command ends', 10_000, () => stranger.exitCode ?? undefined);
    expect(stranger.errors).toContain('refused it in the portal');
    await vera.page.getByRole('link', { name: 'My requests' }).click();
    await vera.page
      .getByRole('link', { name: /Press PLC 12/ })
      .first()
      .click();

    const { at } = await confirm(vera, await startCommand(vera), 'Enter');
    const before = site.plc.writes.length;
    expect(await pymodbus(at, 's:105:41', 's:104:42', 'w:104:43,44', 'r:105:1')).toMatchObject([
      { step: 's:105:41', exception: 2 },
      { step: 's:104:42', registers: null },
      { step: 'w:104:43,44', exception: 2 },
      { step: 'r:105:1', registers: [expect.any(Number)] },
    ]);
    expect(site.plc.writes.slice(before)).toMatchObject([{ address: 104, value: 42 }]);
  });

  test('an alert is closed by keyboard alone, and each stop on the way is seen', async () => {
    const rogue = await connectFrom(ROGUE.host, { ...PLC, port: site.plcPort });
    await rogue.writeRegisters(100, [1500]);
    await disconnect(rogue);
    const anna = await site.as('anna');
    await until('alerts about the rogue', 20_000, async () => {
      const { items } = await anna.get<AlertPageView>('/api/alerts');
      return items.find(({ message }) => message.startsWith(`${ROGUE.host} wrote 1500`));
    });
    const opened = await openScreen(browser);
    onTestFinished(() => opened.context.close());
    const { page } = opened;
    const keys = keyboardOf(page);
    await page.goto(consoleUrl);
    await page.getByRole('button', { name: 'Anna' }).waitFor();
    await keys.reach(/^Anna/);
    await keys.press('Enter');
    await page.locator('tbody tr').first().waitFor();
    await keys.reach(new RegExp(`^${ROGUE.host} wrote 1500`));
    await keys.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'wrote 1500' }).waitFor();
    await keys.reach(/^Close with a reason/);
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor();
    await keys.reach(/^What the next shift should know/);
    await keys.type('no mouse was needed');
    await keys.reach(/^Reason/, 'Shift+Tab');
    await keys.press('ArrowDown');
    await keys.press('ArrowDown');
    await keys.reach('Close alert');
    await keys.press('Space');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await page.getByText('benign-true-positive').first().waitFor();
    await page.getByText('no mouse was needed').waitFor();
    expect(keys.unseen).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });

  test('a request is written and sent by keyboard alone, and each stop on the way is seen', async () => {
    const opened = await openScreen(browser);
    onTestFinished(() => opened.context.close());
    const { page } = opened;
    const keys = keyboardOf(page);
    await page.goto(portalUrl);
    await page.getByRole('button', { name: 'Vera' }).waitFor();
    await keys.reach(/^Vera/);
    await keys.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'My requests' }).waitFor();
    await keys.reach('Ask for access');
    await keys.press('Enter');
    await page.getByLabel(/^write holding registers/).waitFor();
    await keys.reach(/^write holding registers/);
    await keys.press('Space');
    await keys.reach(/^last address of write holding registers/);
    await keys.press('ArrowDown');
    await keys.reach(/^first address of write holding registers/, 'Shift+Tab');
    await keys.press('ArrowUp');
    await keys.reach(/^What are you going to do/);
    await keys.type('work without a mouse');
    await keys.reach('Ask for access');
    await keys.press('Enter');
    await page.getByText('waits: 0 of 2 approvals').waitFor();
    await page.getByText(/write holding registers 101-108/).waitFor();
    await page.getByText('work without a mouse').waitFor();
    expect(keys.unseen).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });
});
