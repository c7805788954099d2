/** Whom sensors heard and what the policy says, in a real browser on a real site: by keyboard, live, and under the strict CSP. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AssetPageView, AssetView } from '#broker/api/views-assets.ts';
import type { PolicyView } from '#broker/api/views-policy.ts';
import { type Client, connectFrom, disconnect } from '../../deploy/demo/client.ts';
import { HMI, PLC, ROGUE } from '../../deploy/demo/plan.ts';
import type { Person } from '../system/person.ts';
import { freePort, type Site, startSite, until } from '../system/site.ts';
import { hasChromium, launch, openScreen, type Screen, signInAs } from './chromium.ts';
import { keyboardOf } from './keyboard.ts';

if (!hasChromium) console.warn('skipped: no chromium; run deploy/setup test as root');

/** Another host that the plant does not know. */
const SECOND_ROGUE = '127.20.66.67';

/** Code of function 43/14 for all objects that have a name. */
const REGULAR = 2;

/** The sensor of the site looks at its inventory each second. */
const TOLD_WITHIN = 30_000;

const BANNER = 'SSH-2.0-dropbear_2022.83\r\n';

/** What would be drawn of an answer is drawn by then, in milliseconds. */
const SHOWN_WITHIN = 500;

/** The policy names them, and nobody hears them here: historian, boiler, safety controller. */
const UNHEARD = ['127.20.2.30', '127.20.3.20', '127.20.9.10'];

describe.runIf(hasChromium)('assets and policy', { timeout: 180_000 }, () => {
  let site: Site;
  let browser: Browser;
  let consoleUrl: string;
  let anna: Person;
  let policyText: string;

  async function speakFrom(host: string, say: (client: Client) => Promise<unknown>): Promise<void> {
    const client = await connectFrom(host, { ...PLC, port: site.plcPort });
    await say(client);
    await disconnect(client);
  }

  /** The first words of a connection that is neither Modbus nor OPC UA. */
  async function greetedBy(server: string, port: number, client: string): Promise<void> {
    const listener = createServer((socket) => socket.end(BANNER));
    await new Promise<void>((resolve) => listener.listen(port, server, resolve));
    const socket = connect({ host: server, port, localAddress: client });
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => listener.close(resolve));
  }

  const heard = (address: string) =>
    until(`${address} among the assets`, TOLD_WITHIN, async () => {
      const { items } = await anna.get<AssetPageView>(`/api/assets?text=${address}`);
      return items.find(({ lastSeen }) => lastSeen !== undefined);
    });

  beforeAll(async () => {
    const also = await freePort(PLC.host);
    site = await startSite({ hears: true, also });
    browser = await launch();
    consoleUrl = `${site.origin.replace('localhost', 'console.localhost')}/console/`;
    policyText = readFileSync(site.policyFile, 'utf8');
    anna = await site.as('anna');
    await speakFrom(HMI.host, (hmi) => hmi.readHoldingRegisters(0, 10));
    await speakFrom(ROGUE.host, async (rogue) => {
      await rogue.readDeviceIdentification(REGULAR, 0);
      await rogue.writeRegisters(100, [1500]);
    });
    await greetedBy(PLC.host, also, ROGUE.host);
    await heard(ROGUE.host);
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await site?.end();
  });

  async function screen(path: string, name: string): Promise<Screen> {
    const opened = await openScreen(browser);
    onTestFinished(() => opened.context.close());
    await signInAs(opened, `${consoleUrl}${path}`, name);
    return opened;
  }

  async function fine(shown: Screen, name: string): Promise<void> {
    expect(await shown.shots(name)).toEqual([]);
    expect(await shown.axe()).toEqual([]);
    expect(shown.complaints).toEqual([]);
  }

  const addresses = async ({ page }: Screen): Promise<readonly string[]> =>
    page
      .getByRole('grid', { name: 'assets' })
      .locator('td[data-label="Address"]')
      .allTextContents();

  test('an analyst finds who does not belong, by keyboard alone', async () => {
    const shown = await screen('', 'Anna');
    const { page } = shown;
    const keyboard = keyboardOf(page);
    await keyboard.reach('Assets');
    await keyboard.press('Enter');
    await page.getByRole('grid', { name: 'assets' }).waitFor();
    expect([...(await addresses(shown))].sort()).toEqual(
      [PLC.host, HMI.host, ROGUE.host, ...UNHEARD].sort(),
    );
    expect((await addresses(shown)).slice(-UNHEARD.length).sort()).toEqual(UNHEARD);
    await fine(shown, 'console-assets');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await keyboard.reach('not in the policy');
    await keyboard.press('Enter');
    await expect.poll(() => addresses(shown)).toEqual([ROGUE.host]);
    expect(page.url()).toContain('standing=unknown');
    await fine(shown, 'console-assets-unknown');
    expect(keyboard.unseen).toEqual([]);
    // Off the button, so that Enter is the list's again.
    await page.keyboard.press('/');
    await page.keyboard.type('66.66');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toMatch(/text=[^&]*66\.66/);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: ROGUE.host }).waitFor();
    await page.getByText('The plant policy does not name this address').waitFor();
    await page.getByText('no conduit', { exact: true }).waitFor();
    await fine(shown, 'console-asset-unknown');
  });

  test('a filter is in the address, and a search for a name that only the policy knows finds it', async () => {
    const shown = await screen('assets?text=panel', 'Anna');
    await expect.poll(() => addresses(shown)).toEqual([HMI.host]);
    await shown.page.getByLabel('zone', { exact: true }).selectOption('Press cell 1');
    await shown.page.getByText('Nothing matches the filter').waitFor();
    await fine(shown, 'console-assets-none');
    await shown.page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => addresses(shown)).toEqual([PLC.host]);
    await shown.page.reload();
    await expect.poll(() => addresses(shown)).toEqual([PLC.host]);
    await shown.page.getByLabel('protocol', { exact: true }).selectOption('Modbus');
    await expect.poll(() => shown.page.url()).toContain('protocol=modbus');
    await shown.page.getByLabel('zone', { exact: true }).selectOption('in no zone');
    await expect.poll(() => addresses(shown)).toEqual([ROGUE.host]);
  });

  test('the page of the press says what it is, who asks it what, and by which conduit', async () => {
    const shown = await screen(`assets/${PLC.host}`, 'Anna');
    const { page } = shown;
    await page.getByRole('heading', { level: 1, name: 'Press PLC 12' }).waitFor();
    const plc = await anna.get<AssetView>(`/api/assets/${PLC.host}`);
    const [unit] = plc.units;
    await page.getByText(`unit 1: ${unit?.vendor}, ${unit?.product}, revision`).waitFor();
    await page.getByText('Press control, model EW-PLC 12 C').waitFor();
    const peers = page.getByRole('grid', { name: 'peers' });
    const panel = peers.getByRole('row').filter({ hasText: 'Operator panel 1' });
    expect(await panel.textContent()).toMatch(/asks it.*read.*control-room-cell-1/);
    const rogue = peers.getByRole('row').filter({ hasText: ROGUE.host });
    expect(await rogue.textContent()).toMatch(/identify, write.*no conduit/);
    await page
      .getByRole('link', { name: /wrote 1500/ })
      .first()
      .waitFor();
    await page.getByText('SSH, SSH-2.0-dropbear_2022.83').waitFor();
    await page.getByText(/^controller/).waitFor();
    await page.getByText(/it serves Modbus, and .* changed something on it/).waitFor();
    expect(await rogue.textContent()).toMatch(/Modbus sent .*got .*SSH sent /);
    await fine(shown, 'console-asset');
    await panel.getByRole('link', { name: 'control-room-cell-1' }).press('Enter');
    const conduit = page.locator('#conduit-control-room-cell-1');
    await expect.poll(() => conduit.getAttribute('class')).toContain('lk-selected');
  });

  test('an asset that the policy names and nobody heard says so', async () => {
    const shown = await screen('assets/127.20.9.10', 'Otto');
    await shown.page.getByRole('heading', { level: 1, name: 'Safety controller 1' }).waitFor();
    await shown.page.getByText('no sensor, though one is said to hear it').waitFor();
    await fine(shown, 'console-asset-unheard');
    // Operators do not read the policy: nothing of it is offered.
    expect(await shown.page.getByRole('link', { name: 'Policy' }).count()).toBe(0);
  });

  test('who is new waits behind a button, and is shown when it is asked for', async () => {
    const shown = await screen('assets', 'Anna');
    await shown.page.getByRole('grid', { name: 'assets' }).waitFor();
    const before = await addresses(shown);
    // The alert of the newcomer has the list ask again how many there are: not a reason to show it.
    const recounted = shown.page.waitForResponse(/\/api\/assets\?/, { timeout: TOLD_WITHIN });
    await speakFrom(SECOND_ROGUE, (rogue) => rogue.writeRegisters(100, [1500]));
    const fresh = shown.page.getByRole('button', { name: '1 new' });
    await fresh.waitFor({ timeout: TOLD_WITHIN });
    await (await recounted).finished();
    await shown.page.waitForTimeout(SHOWN_WITHIN);
    expect(await addresses(shown)).toEqual(before);
    await fresh.press('Enter');
    await expect.poll(() => addresses(shown)).toEqual([SECOND_ROGUE, ...before]);
    expect(shown.complaints).toEqual([]);
  });

  test('a security engineer reads the policy by keyboard alone', async () => {
    const shown = await screen('', 'Sam');
    const { page } = shown;
    const keyboard = keyboardOf(page);
    await keyboard.reach('Policy');
    await keyboard.press('Enter');
    await page.getByText('is in force').waitFor();
    const table = page.getByRole('table', { name: 'which zone may speak to which' });
    expect(await table.getByText('denied', { exact: true }).count()).toBe(32);
    await page.getByText(/^All \d+ sentences hold/).waitFor();
    await fine(shown, 'console-policy');
    await keyboard.reach(/^read, write.*via gate$/);
    await keyboard.press('Enter');
    await page.getByText('only through the gate, for a grant that people approved').waitFor();
    expect(page.url()).toContain('from=dmz');
    await keyboard.reach(/^readdirect$/, 'Shift+Tab');
    await keyboard.press('Enter');
    await page.getByText('into the safety zone Safety system only this').waitFor();
    await keyboard.reach('Show the sentences');
    await keyboard.press('Enter');
    await page.getByRole('grid', { name: 'tests' }).waitFor();
    await fine(shown, 'console-policy-read');
    expect(keyboard.unseen).toEqual([]);
  });

  test('an edit that does not lint is shown with its lines, stays out of force, and goes when it is mended', async () => {
    const shown = await screen('policy', 'Audra');
    const { page } = shown;
    await page.getByText('is in force').waitFor();
    const { version } = await anna.get<PolicyView>('/api/policy');
    onTestFinished(() => writeFileSync(site.policyFile, policyText));
    writeFileSync(
      site.policyFile,
      policyText.replace('to: cell-1\n    via: direct', 'to: cell-9\n    via: direct'),
    );
    await page.getByText('the edit is refused').waitFor();
    await page.getByText('cell-9').first().waitFor();
    expect(await page.getByText(/plant\.yaml:\d+/).count()).toBeGreaterThan(0);
    await page.getByRole('grid', { name: 'versions' }).getByText('refused').first().waitFor();
    await fine(shown, 'console-policy-refused');
    expect((await anna.get<PolicyView>('/api/policy')).version).toBe(version);

    writeFileSync(site.policyFile, `${policyText}\n# a word\n`);
    await expect.poll(() => page.getByText('the edit is refused').count()).toBe(0);
    const versions = page.getByRole('grid', { name: 'versions' });
    await expect.poll(() => versions.locator('tbody tr').count()).toBe(3);
    expect(await versions.locator('tbody tr').first().textContent()).toContain(
      `after ${version.slice(0, 12)}`,
    );
  });
});
