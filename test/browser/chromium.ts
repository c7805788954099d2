/** Debian's Chromium, as a person's browser: one context for each person, every CSP violation and console error kept. */
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** Where screenshots go, to be looked at. */
const SHOTS = join(tmpdir(), 'lockkeeper-screens');

/** Runs in the page, before anything of ours. */
const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  window.lockkeeperViolation(['CSP', event.violatedDirective, event.blockedURI, event.sourceFile, event.sample].join(' '));
});`;

/** Runs in the page: pixels that are hidden below, and the elements that stick out to the right. */
const UNSEEN = `(() => {
  const main = document.querySelector('.pf-v6-c-page__main') ?? document.documentElement;
  const box = document.querySelector('[role="dialog"] .pf-v6-c-modal-box__body');
  const parts = [document.documentElement, main, box].filter((part) => part !== null);
  const sticksOut = (part) => [...part.querySelectorAll('*')].filter(
    (e) => e.getBoundingClientRect().right > part.getBoundingClientRect().left + part.clientWidth + 1,
  );
  return {
    below: Math.max(...parts.slice(1).map((part) => part.scrollHeight - part.clientHeight)),
    beside: parts
      .filter((part) => part.scrollWidth > part.clientWidth)
      .flatMap((part) => [part, ...sticksOut(part)])
      .map((e) => e.cloneNode().outerHTML),
  };
})()`;

interface Unseen {
  readonly below: number;
  readonly beside: readonly string[];
}

export const hasChromium = existsSync(EXECUTABLE);

export async function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGS });
}

export interface Screen {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors and Content-Security-Policy violations since the start. */
  readonly complaints: readonly string[];
  /** Ids of axe violations on what is shown now, each with the element it is about. */
  axe(): Promise<readonly string[]>;
  /** Pictures at the width of a desk, of half of one, and of a phone; gives what sticks out of any. */
  shots(name: string): Promise<readonly string[]>;
}

const DESK = { width: 1280, height: 900 };
/** A window beside another one, and a tablet. */
const HALF_WIDTH = 900;
const PHONE_WIDTH = 400;

/** Milliseconds in which PatternFly's sidebar follows the width of the window. */
const REFLOW = 350;

/** A page scrolls inside its main part, so a picture of all of it takes a window as tall as that. */
async function shot(page: Page, width: number, name: string): Promise<readonly string[]> {
  await page.setViewportSize({ width, height: DESK.height });
  if (width !== DESK.width) await page.waitForTimeout(REFLOW);
  const { below, beside } = await page.evaluate<Unseen>(UNSEEN);
  await page.setViewportSize({ width, height: DESK.height + below });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
  return beside;
}

/** A fresh window. axe wants pages of a context of their own. */
export async function openScreen(browser: Browser): Promise<Screen> {
  const context = await browser.newContext({ viewport: DESK, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A 401 before sign-in is the answer to "who am I", not a fault.
    if (message.type() === 'error' && !message.text().includes('401'))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.exposeFunction('lockkeeperViolation', (text: string) => complaints.push(text));
  await page.addInitScript({ content: REPORT_VIOLATIONS });
  return {
    page,
    context,
    complaints,
    axe: async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      await page.bringToFront();
      return violations.flatMap((v) =>
        v.nodes.map((node) => `${v.id}: ${node.html.slice(0, 160)}`),
      );
    },
    shots: async (name) => {
      mkdirSync(SHOTS, { recursive: true });
      const atDesk = await shot(page, DESK.width, name);
      const atHalf = await shot(page, HALF_WIDTH, `${name}-half`);
      const onPhone = await shot(page, PHONE_WIDTH, `${name}-phone`);
      await page.setViewportSize(DESK);
      await page.waitForTimeout(REFLOW);
      return [...atDesk, ...atHalf, ...onPhone];
    },
  };
}

/** Signs in with the demo's one click. */
export async function signInAs(screen: Screen, url: string, name: string): Promise<void> {
  await screen.page.goto(url);
  await screen.page.getByRole('button', { name }).click();
  await screen.page.getByRole('button', { name: 'Sign out' }).waitFor();
}
