/** What devices say of themselves, made fit to be stored, sorted and shown. */
import { MAX_DEVICE_TEXT } from '#sensor/model/bounds.ts';

/** Control characters, marks of writing direction, unassigned: nothing of a name, and some change what a screen shows. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]+/gu;

/** UTF-8 `from` to `to`, without what cannot be seen, at most `MAX_DEVICE_TEXT` characters; may be empty. */
export function deviceText(bytes: Uint8Array, from: number, to: number): string {
  // A character has at most four bytes.
  const end = Math.min(to, from + MAX_DEVICE_TEXT * 4);
  return cleanText(new TextDecoder().decode(bytes.subarray(from, end)));
}

export const cleanText = (text: string): string =>
  text
    .replace(UNSEEN, ' ')
    .trim()
    .slice(0, MAX_DEVICE_TEXT)
    // Half of a character may be left.
    .replace(UNSEEN, ' ')
    .trim();
