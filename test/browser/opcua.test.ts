/** A stranger at the boiler, as an analyst meets it: a real OPC UA stack, a real browser, and tshark on the packets. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AttributeIds, DataType } from 'node-opcua';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AlertPageView, AlertRowView } from '#broker/api/views.ts';
import type { AssetView } from '#broker/api/views-assets.ts';
import { BOILER_NAMESPACE } from '../../deploy/demo/boiler.ts';
import { writeSetpoint } from '../../deploy/demo/boiler-clients.ts';
import { browseSweep, rogueSetpoint } from '../../deploy/demo/opcua-attack.ts';
import { BOILER, HMI, ROGUE } from '../../deploy/demo/plan.ts';
import { haveTshark, tsharkRows } from '../support/tshark.ts';
import { OPERATOR, type SiteBoiler, startSiteBoiler } from '../system/boiler.ts';
import type { Person } from '../system/person.ts';
import { type Site, startSite, until } from '../system/site.ts';
import { hasChromium, launch, openScreen, type Screen, signInAs } from './chromium.ts';

if (!hasChromium) console.warn('skipped: no chromium; run deploy/setup test as root');

/** Another host that the plant does not know, whose user somebody told the boiler's password. */
const THIEF = '127.20.66.67';

/** Client, value, node and server, in one sentence. */
const SENTENCE = `${ROGUE.host} wrote 15.5 to node ns=2;s=Boiler.PressureSetPoint on boiler-1: no conduit leads from ${ROGUE.host}`;

/** Server.ServerStatus.BuildInfo. */
const BUILD_INFO = 'i=2260';

/** Encoding ids. OPC 10000-6, A.3. */
const WRITE_REQUEST = '673';
const WRITE_RESPONSE = '676';

describe.runIf(hasChromium && haveTshark())(
  'a stranger at the boiler',
  { timeout: 120_000 },
  () => {
    let site: Site;
    let plant: SiteBoiler;
    let browser: Browser;
    let anna: Person;
    let consoleUrl: string;

    beforeAll(async () => {
      site = await startSite({ hears: true });
      plant = await startSiteBoiler(site);
      browser = await launch();
      anna = await site.as('anna');
      consoleUrl = `${site.origin.replace('localhost', 'console.localhost')}/console/`;
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
      await plant?.close();
      await site?.end();
    });

    const alertsOf = async (host: string): Promise<readonly AlertRowView[]> => {
      const { items } = await anna.get<AlertPageView>('/api/alerts');
      return items.filter(({ source }) => source?.startsWith(`${host}:`));
    };

    const alertOf = (host: string, rule: string, words: string): Promise<AlertRowView> =>
      until(`${rule}: ${words}`, 20_000, async () =>
        (await alertsOf(host)).find((row) => row.rule === rule && row.message.includes(words)),
      );

    const screenOf = async (row: AlertRowView, who = row.source): Promise<Screen> => {
      const screen = await openScreen(browser);
      onTestFinished(() => screen.context.close());
      await signInAs(screen, `${consoleUrl}alerts/${row.id}`, 'Anna');
      const [host = ''] = who?.split(':') ?? [];
      await screen.page.getByRole('heading', { level: 1, name: host }).waitFor();
      return screen;
    };

    async function fine(screen: Screen, name: string): Promise<void> {
      expect(await screen.shots(name)).toEqual([]);
      expect(await screen.axe()).toEqual([]);
      expect(screen.complaints).toEqual([]);
    }

    test('what the panel does before anybody asked for the namespaces is told as undecided, and accuses nobody', async () => {
      const panel = await plant.panel();
      onTestFinished(() => panel.close());
      // By the number that it knows from an earlier run, as a client does that the sensor did not hear connect.
      const value = { value: { dataType: DataType.Double, value: 8.25 } };
      const nodeId = 'ns=2;s=Boiler.PressureSetPoint';
      const attributeId = AttributeIds.Value;
      expect((await panel.session.write({ nodeId, attributeId, value })).name).toBe('Good');
      const rule = 'Operation that the plant policy cannot decide yet';
      const row = await alertOf(HMI.host, rule, 'wrote 8.25');
      expect(row.level).toBe('low');
      const screen = await screenOf(row, 'hmi-1');
      await screen.page.getByText('cannot be decided').first().waitFor();
      await screen.page
        .getByText(/^conduit.*lets asset.*write nsu=urn:example-works:boiler/)
        .first()
        .waitFor();
      await fine(screen, 'console-opcua-undecided');
      expect((await writeSetpoint(panel.session, 8.5)).name).toBe('Good');
    });

    test('who sets the pressure is told in words, taken, and proved by the packets of that write', async () => {
      const panel = await plant.panel();
      expect((await writeSetpoint(panel.session, 8.5)).name).toBe('Good');
      await panel.close();
      await rogueSetpoint({ from: ROGUE.host, url: plant.boiler.url });
      const rule = 'Operation not allowed by the plant policy';
      const screen = await screenOf(await alertOf(ROGUE.host, rule, 'wrote'));
      const { page } = screen;
      await page.getByRole('heading', { level: 1 }).filter({ hasText: SENTENCE }).waitFor();
      const says = (term: string) =>
        page
          .locator('.lk-facts > div')
          .filter({ hasText: new RegExp(`^${term}`) })
          .first()
          .innerText();
      expect(await says('Operation')).toContain('write node ns=2;s=Boiler.PressureSetPoint: 15.5');
      expect(await says('The device')).toContain('accepted it');
      expect(await says('Plant policy')).toMatch(
        /does not allow it.*no conduit leads.*plant\.yaml:\d+/s,
      );
      expect(await says('ATT&CK')).toContain('T1692.001');
      expect(await says('identity type')).toContain('anonymous');
      await fine(screen, 'console-opcua-write');

      await page.keyboard.press('a');
      await page.getByText('assigned to Anna').waitFor();
      const packets = page.getByRole('link', { name: 'Download packets (pcapng)' });
      const [download] = await Promise.all([page.waitForEvent('download'), packets.press('Enter')]);
      const file = await download.path();
      const fields = ['ip.src', 'opcua.servicenodeid.numeric', 'opcua.Double'];
      const writes = tsharkRows(
        file,
        `opcua.servicenodeid.numeric in {${WRITE_REQUEST}, ${WRITE_RESPONSE}}`,
        fields,
        site.boilerPort,
      );
      expect(writes).toEqual([
        [ROGUE.host, WRITE_REQUEST, '15.5'],
        [BOILER.host, WRITE_RESPONSE, ''],
      ]);
      // The panel's own write, right before, is what the policy lets it do.
      const ofPanel = (await alertsOf(HMI.host)).map(({ rule: by, count }) => [by, count]);
      expect(ofPanel).toEqual([['Operation that the plant policy cannot decide yet', 1]]);
    });

    test('who walks through the address space is one alert of the sweep and one of the policy', async () => {
      await browseSweep({ from: ROGUE.host, url: plant.boiler.url });
      const sweep = await alertOf(
        ROGUE.host,
        'Browse sweep of an OPC UA server',
        'browses all of boiler-1',
      );
      const browsed = (await alertsOf(ROGUE.host)).filter(({ message }) =>
        message.includes(' browsed '),
      );
      expect(browsed.map(({ rule }) => rule).sort()).toEqual([
        'Browse sweep of an OPC UA server',
        'Operation not allowed by the plant policy',
      ]);
      const screen = await screenOf(sweep);
      await screen.page.getByText('more than 500 different nodes').first().waitFor();
      await screen.page.getByText('T0861').first().waitFor();
      await fine(screen, 'console-opcua-sweep');
    });

    test('no password and no token is in the packets that anybody may download', async () => {
      const wire = join(site.folder, 'wire.pcap');
      await listen(wire, site.boilerPort);
      const thief = await plant.stranger(THIEF, OPERATOR);
      const token = thief.session.authenticationToken?.value;
      expect((await writeSetpoint(thief.session, 9)).name).toBe('Good');
      await thief.close();
      await alertOf(THIEF, 'Operation not allowed by the plant policy', 'wrote 9');
      if (!Buffer.isBuffer(token)) throw new Error('the session has no token');
      // What can be found on the wire could be found in the slices.
      await until(
        'the token on the wire',
        10_000,
        () => readFileSync(wire).includes(token) || undefined,
      );
      const rows = await until('the alerts of the sensor', 20_000, async () => {
        const all = await alertsOf(THIEF);
        const own = all.filter(({ rule }) => rule !== 'Write without a grant');
        return own.length > 3 ? own : undefined;
      });
      for (const { id } of rows) {
        const slice = await until(`packets of ${id}`, 20_000, async () => {
          const response = await anna.request('GET', `/api/alerts/${id}/pcap`);
          return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
        });
        expect(slice.includes(BOILER_NAMESPACE) || slice.includes('opc.tcp://')).toBe(true);
        expect(slice.includes(token)).toBe(false);
        expect(slice.includes(OPERATOR.password)).toBe(false);
      }
    });

    test('the page of the boiler says what software it runs, once somebody has asked it', async () => {
      const panel = await plant.panel();
      await panel.session.read({ nodeId: BUILD_INFO, attributeId: AttributeIds.Value });
      await panel.close();
      await until('the build of the boiler', 30_000, async () => {
        const { builds } = await anna.get<AssetView>(`/api/assets/${BOILER.host}`);
        return builds.length > 0 || undefined;
      });
      const screen = await openScreen(browser);
      onTestFinished(() => screen.context.close());
      await signInAs(screen, `${consoleUrl}assets/${BOILER.host}`, 'Anna');
      const { page } = screen;
      await page.getByText('Example Works, EW-Boiler 3, version 1.8.0').waitFor();
      await page.getByText(`port ${site.boilerPort}: `).waitFor();
      await fine(screen, 'console-opcua-asset');
    });
  },
);

/**
 * Writes all packets of a port, as they are, into `file` until the test ends, once it resolves.
 *
 * Its words are read to their end: tcpdump writes "listening on lo" and the rest of that line apart, and a pipe that is
 * closed between the two ends it before the first packet.
 */
async function listen(file: string, port: number): Promise<void> {
  const child = spawn(
    'tcpdump',
    ['-i', 'lo', '--immediate-mode', '-U', '-w', file, `tcp port ${port}`],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  onTestFinished(() => void child.kill('SIGINT'));
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += String(chunk);
    if (said.includes('listening on')) resolve();
  });
  child.once('error', reject);
  child.once('exit', () => reject(new Error(`tcpdump ended: ${said}`)));
  await listening;
}
