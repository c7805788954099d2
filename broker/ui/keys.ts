/** Single-key commands of a page. They are off while a field has the focus, and can be turned off (WCAG 2.1.4). */
import { useEffect, useRef, useSyncExternalStore } from 'react';

const FIELDS = new Set(['INPUT', 'TEXTAREA', 'SELECT']);

/** Elements that Enter itself presses. */
const PRESSED_BY_ENTER = 'a, button, summary';

/** Where a browser remembers that its user wants no single keys. */
const OFF = 'lockkeeper.single-keys-off';

const CHANGED = 'lockkeeper-single-keys';

function onChange(tell: () => void): () => void {
  globalThis.addEventListener(CHANGED, tell);
  globalThis.addEventListener('storage', tell);
  return () => {
    globalThis.removeEventListener(CHANGED, tell);
    globalThis.removeEventListener('storage', tell);
  };
}

/** Whether single keys do something in this browser, and how to say otherwise. */
export function useSingleKeys(): readonly [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(onChange, () => localStorage.getItem(OFF) === null);
  const set = (wanted: boolean): void => {
    if (wanted) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, '1');
    globalThis.dispatchEvent(new Event(CHANGED));
  };
  return [on, set];
}

/** Whether the key belongs to what has the focus rather than to the page. */
function isTaken(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector('[role="dialog"]') !== null) return true;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (FIELDS.has(target.tagName) || target.isContentEditable) return true;
  return event.key === 'Enter' && target.closest(PRESSED_BY_ENTER) !== null;
}

/** `commands` maps `KeyboardEvent.key` to what it does. */
export function useKeys(commands: Readonly<Record<string, () => void>>): void {
  const [enabled] = useSingleKeys();
  const latest = useRef(commands);
  latest.current = commands;
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent): void => {
      if (isTaken(event) || !Object.hasOwn(latest.current, event.key)) return;
      event.preventDefault();
      latest.current[event.key]?.();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [enabled]);
}
