/** A person who has no mouse: goes from stop to stop with Tab, and has to see where they are. */
import type { Page } from 'playwright-core';

/** Presses of Tab to reach anything on one page: more than any page of ours has stops, times two. */
const MAX_TABS = 80;

/**
 * Runs in the page: what holds the focus, as a person would call it, and whether that is drawn. The
 * button inside a date field is Chromium's own, closed to scripts: the field then is not `:focus-visible`.
 */
const HELD = `(() => {
  const held = document.activeElement;
  if (held === null || held === document.body) return null;
  const style = getComputedStyle(held);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const inside = held.type === 'datetime-local' && !held.matches(':focus-visible');
  const label = held.getAttribute('aria-label') ?? held.labels?.[0]?.textContent;
  return {
    name: (label ?? held.textContent).trim(),
    tag: held.outerHTML.slice(0, 160),
    seen: inside || outlined || style.boxShadow !== 'none',
  };
})()`;

interface Stop {
  readonly name: string;
  readonly tag: string;
  /** Whether an outline or a shadow shows that it holds the focus. */
  readonly seen: boolean;
}

export interface Keyboard {
  /** Stops so far at which nothing showed where the focus is. */
  readonly unseen: readonly string[];
  /** Presses `key` until the focus is on what is called `name`; throws with all stops if it never is. */
  reach(name: string | RegExp, key?: 'Tab' | 'Shift+Tab'): Promise<void>;
  press(key: string): Promise<void>;
  type(text: string): Promise<void>;
}

export function keyboardOf(page: Page): Keyboard {
  const unseen: string[] = [];
  const reach = async (name: string | RegExp, key = 'Tab'): Promise<void> => {
    const stops: string[] = [];
    while (stops.length < MAX_TABS) {
      await page.keyboard.press(key);
      const stop = await page.evaluate<Stop | null>(HELD);
      stops.push(stop?.name ?? 'the page');
      if (stop === null) continue;
      if (!stop.seen) unseen.push(stop.tag);
      if (typeof name === 'string' ? stop.name === name : name.test(stop.name)) return;
    }
    throw new Error(`${key} never reaches ${name}; it stops at: ${stops.join(' | ')}`);
  };
  return {
    unseen,
    reach,
    press: (key) => page.keyboard.press(key),
    type: (text) => page.keyboard.type(text),
  };
}
